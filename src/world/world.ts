import { promptHash } from "../preferences/prompt-hash.ts";
import type { Candidate, CandidateSet, Message } from "../preferences/types.ts";
import { createRandom, type Random } from "../stats/random.ts";
import { composeResponse } from "./compose.ts";
import { drawWorldPrompts } from "./prompts.ts";
import { readRequest } from "./request.ts";
import { streamSeed } from "./stream-seed.ts";
import { createJudge } from "./true-values.ts";

export type WorldOptions = {
  /** Number of distinct prompts, the intents by turns; 480 where absent. */
  prompts?: number;
  /** Number of distinct responses to each prompt, in 1 … 64; 8 where absent. */
  k?: number;
};

/**
 * The demo world: prompts, each with k responses of the base policy and their true values. The same seed gives the
 * same world; the responses to a prompt depend on the seed and that prompt alone.
 *
 * @throws RangeError for a number of prompts or responses that isn't a whole number ≥ 1, or too large
 */
export function createWorld(seed: number, options: WorldOptions = {}): { candidateSets: CandidateSet[] } {
  const { prompts = 480, k = 8 } = options;
  if (!Number.isInteger(prompts) || prompts < 1)
    throw new RangeError(`prompts must be a whole number ≥ 1, got ${prompts}`);
  if (!Number.isInteger(k) || k < 1 || k > 64)
    throw new RangeError(`k must be a whole number in 1…64, got ${k}`);
  const drawn = drawWorldPrompts(seed, prompts);
  return {
    candidateSets: drawn.map((prompt, i) => {
      const hash = promptHash(prompt);
      const random = createRandom(streamSeed(seed, `responses ${hash}`));
      return {
        promptHash: hash,
        prompt,
        candidates: sample(prompt, hash, k, random),
        source: `world:${i + 1}`,
      };
    }),
  };
}

/** k distinct responses of the base policy. */
function sample(prompt: Message[], hash: string, k: number, random: Random): Candidate[] {
  const request = readRequest(prompt);
  const judge = createJudge(prompt);
  const texts = new Set<string>();
  while (texts.size < k) texts.add(composeResponse(request, random));
  return [...texts].map((response, i) => ({ id: `${hash}.${i + 1}`, response, truth: judge(response) }));
}
