import { createHash } from "node:crypto";
import { UsageError } from "../../io/errors.ts";
import type { Question } from "../../rewards/index.ts";
import { createRandom } from "../../stats/random.ts";
import { choiceProbability, createJudge, impression, VALUES, type Value } from "../../world/index.ts";
import type { Rater } from "./rater.ts";

/**
 * A simulated rater of the demo world. The answer to a question depends on the seed and the question alone, so a
 * collection that was killed gets the same answers again.
 *
 * @throws UsageError for a value that the demo world does not know
 */
export function createWorldRater(value: string, seed: number): Rater {
  const known = VALUES.find((name) => name === value);
  if (known === undefined) {
    throw new UsageError(
      `the demo world's raters judge ${VALUES.join(", ")}, not ${value}: name one of these, or answer yourself ` +
        "(--rater person)",
    );
  }
  return { ask: async (question) => choose(question, known, seed), tell: () => {}, close: () => {} };
}

function choose(
  { question, promptHash, prompt, responseA, responseB }: Question,
  value: Value,
  seed: number,
) {
  const judge = createJudge(prompt);
  const seen = (response: string) => impression(response, judge(response)[value]);
  const name = JSON.stringify([seed, value, question, promptHash, responseA, responseB]);
  const random = createRandom(createHash("sha256").update(name).digest().readInt32BE(0));
  return random.uniform() < choiceProbability(seen(responseA), seen(responseB), value) ? "a" : "b";
}
