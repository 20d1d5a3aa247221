import { join } from "node:path";
import { TOPICS, trainBasePolicy } from "../../src/frontier/base-policy.ts";
import { writeRows } from "../../src/io/write.ts";
import { createRandom } from "../../src/stats/random.ts";
import { composeResponse } from "../../src/world/compose.ts";
import { createJudge, drawWorldPrompts, readRequest } from "../../src/world/index.ts";

/** Trains a base policy for some seconds: it says the world's words, in no order to speak of. */
export function trainSmallPolicy(folder: string): Promise<unknown> {
  return trainBasePolicy({
    folder,
    seed: 1,
    session: { threads: 1 },
    settings: {
      ...{ prompts: 160, responses: 1, heldOut: 8, tokenizerTexts: 160, vocabSize: 512 },
      ...{ dim: 24, layers: 1, heads: 2, hidden: 32, context: 192, rows: 8, length: 112 },
      ...{ steps: 80, warmup: 10, learningRate: 1e-2 },
    },
  });
}

/**
 * Writes what raters are asked about, as the world's own composer says it, for a frontier that has no samples yet: what a
 * small policy says is equally bad in all values, and nothing can be learned from it.
 */
export async function writeLearnSamples(
  folder: string,
  { prompts, samples, seed }: { prompts: number; samples: number; seed: number },
): Promise<void> {
  const random = createRandom(seed);
  const rows = drawWorldPrompts(seed, prompts, { topics: TOPICS }).map((prompt) => {
    const judge = createJudge(prompt);
    const candidates = Array.from({ length: samples }, (_, i) => {
      const response = composeResponse(readRequest(prompt), random);
      return { id: `${i + 1}`, response, truth: judge(response) };
    });
    return { prompt, candidates };
  });
  await writeRows(join(folder, "learn.jsonl"), rows);
}
