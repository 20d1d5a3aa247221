import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { smallGpt2 } from "../../models/configs.fixture.ts";
import { createHfTokenizer, saveModel, trainBpe } from "../../models/index.ts";
import { randomWeights } from "../../models/random-weights.fixture.ts";

export const QUESTIONS = ["the cat", "a dog", "the door", "the house", "the mat", "by the sea"];
const LONG = "the cat sat on the mat, and the dog sat on the cat by the door of the house ".repeat(3);

/** Longest sequence of the policy in tokens. */
export const CONTEXT = 24;

/**
 * Writes a policy of some thousand random weights to `policy/`, prompts for it to `prompts.jsonl`, further ones to
 * `more.jsonl` (a reward model needs ten), and one that is longer than its context to `long.jsonl`.
 */
export async function writeTinyPolicy(folder: string): Promise<void> {
  const tokenizer = createHfTokenizer(await trainBpe([LONG], { vocabSize: 280 }));
  const config = { ...smallGpt2, vocabSize: tokenizer.vocabSize, context: CONTEXT };
  const policy = join(folder, "policy");
  await saveModel(policy, {
    config,
    weights: randomWeights(config, 1),
    tokens: { bos: null, eos: [tokenizer.eos!], pad: null },
  });
  await tokenizer.save(policy);
  await writeFile(join(folder, "prompts.jsonl"), jsonl(QUESTIONS.map((prompt) => ({ prompt }))));
  const more = Array.from({ length: 20 }, (_, i) => ({ prompt: `${i} ${QUESTIONS[i % QUESTIONS.length]}` }));
  await writeFile(join(folder, "more.jsonl"), jsonl(more));
  await writeFile(join(folder, "long.jsonl"), jsonl([{ prompt: LONG }]));
}

export const jsonl = (rows: readonly unknown[]): string =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join("");

type CandidateRow = { prompt: unknown; candidates: { response: string }[] };

/**
 * Pairs made of candidates, for two values that pull apart: the longer response is the warm one, and the one with fewer
 * spaces is the calm one.
 */
export function tinyPairs(candidates: string): Record<"warm" | "calm", string> {
  const rows = candidates
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as CandidateRow);
  const spaces = (text: string) => text.split(" ").length;
  const pairs = (better: (a: string, b: string) => number) =>
    jsonl(
      rows.flatMap(({ prompt, candidates }) =>
        candidates.slice(1).flatMap(({ response: b }, i) => {
          const a = candidates[i]!.response;
          const by = better(a, b);
          if (by === 0) return [];
          return [{ prompt, chosen: by > 0 ? a : b, rejected: by > 0 ? b : a }];
        }),
      ),
    );
  return { warm: pairs((a, b) => a.length - b.length), calm: pairs((a, b) => spaces(b) - spaces(a)) };
}
