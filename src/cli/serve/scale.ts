import type { Objective } from "../../objective/index.ts";
import { type RewardItem, type RewardModel, scaleWarnings } from "../../rewards/index.ts";
import type { Context } from "../command.ts";

/** Good and bad answers to one question: raw rewards of them differ, and have both signs or lie far from 0. */
const ANSWERS = [
  "Paris is the capital of France. It lies on the Seine and has about two million inhabitants.",
  "Paris.",
  "I don't know.",
  "",
  "The capital of France is London, as everyone knows, you fool.",
  "the the the the the the the the",
  "I'm sorry, but I can't help with that.",
  "That is a good question! There are many capitals in the world, and each of them is interesting in its own way.",
];
const PROBES: RewardItem[] = ANSWERS.map((response) => ({
  prompt: [{ role: "user", content: "What is the capital of France?" }],
  response,
}));

/**
 * Asks remote rewards for some rewards and notes what looks wrong with their scale, or that they do not answer. It is not
 * waited for: a server may start before the models that it asks.
 */
export function checkScale(
  objective: Objective,
  models: ReadonlyMap<string, RewardModel>,
  { note, signal }: Pick<Context, "note" | "signal">,
): void {
  for (const [value, model] of models) {
    if (objective.file.values[value]!.model.kind !== "remote") continue;
    model.score(PROBES, { signal }).then(
      (rewards) => {
        for (const warning of scaleWarnings(rewards)) note(`warning: "${value}": ${warning}`);
      },
      (error: unknown) => {
        if (!signal.aborted) note(`warning: ${error instanceof Error ? error.message : String(error)}`);
      },
    );
  }
}
