import { createRandom } from "../stats/random.ts";
import type { CandidateScores } from "./scored-set.ts";

/** A prompt from reward columns; references are 0 and responses `response <index>` unless given. */
export function candidateScores(
  rewards: readonly (readonly number[])[],
  more: Partial<Omit<CandidateScores, "rewards">> = {},
): CandidateScores {
  const ids = rewards[0]!.map((_, c) => String(c));
  return {
    promptHash: "prompt",
    prompt: "What now?",
    ids,
    responses: ids.map((id) => `response ${id}`),
    references: rewards.map(() => 0),
    rewards: rewards.map((column) => Float64Array.from(column)),
    ...more,
  };
}

/** Prompts with normal rewards whose scale grows with the value's place, and truths that they are noisy signs of. */
export function randomScores(options: {
  seed: number;
  prompts: number;
  candidates: number;
  values: number;
}): CandidateScores[] {
  const random = createRandom(options.seed);
  return Array.from({ length: options.prompts }, (_, i) => {
    const truth = Array.from({ length: options.values }, () =>
      Float64Array.from({ length: options.candidates }, () => random.uniform()),
    );
    const rewards = truth.map((column, v) =>
      Array.from(column, (t) => (v + 1) * (4 * (t - 0.5) + random.normal())),
    );
    return candidateScores(rewards, { promptHash: `prompt ${i}`, truth });
  });
}
