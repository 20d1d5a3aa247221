/** A policy's samples as rows of candidates, chunk by chunk. */
import type { Policy } from "../policies/index.ts";
import type { PromptsRead } from "../preferences/index.ts";
import type { Context } from "./command.ts";

/** How many samples of which prompts. */
export type Sampling = {
  n: number;
  maxNewTokens: number;
  temperature: number;
  seed: number;
};

/** What came of a policy's samples. */
export type SampledCounts = {
  prompts: number;
  candidates: number;
  /** Tokens of all responses; null where a server does not say. */
  tokens: number | null;
  /** Responses that ended by themselves. */
  ended: number;
};

export const noneSampled = (prompts: number): SampledCounts => ({
  prompts,
  candidates: 0,
  tokens: 0,
  ended: 0,
});

/** A row `{prompt, candidates}`, as `calibrate` and `align best-of-k` read it. */
export type CandidateRow = { prompt: unknown; candidates: { id: string; response: string }[] };

/** Prompts sampled at a time: what a kill loses. */
const CHUNK = 16;

/**
 * Rows by chunk of prompts. The samples of a chunk follow from the seed and its place, so that work goes on where it stopped.
 *
 * @param start the prompt to begin with, a multiple of the chunk
 */
export async function* sampleRows(
  policy: Policy,
  prompts: PromptsRead["prompts"],
  { n, maxNewTokens, temperature, seed }: Sampling,
  { signal, progress, note }: Context,
  { start = 0, counts = noneSampled(prompts.length) }: { start?: number; counts?: SampledCounts } = {},
): AsyncGenerator<{ rows: CandidateRow[]; done: number; counts: SampledCounts }> {
  let alike = n > 1 && prompts.length - start > 1;
  for (let at = start, sum = counts; at < prompts.length; at += CHUNK) {
    const some = prompts.slice(at, at + CHUNK);
    const groups = await policy.sample(
      some.map(({ prompt }) => prompt),
      {
        n,
        maxNewTokens,
        temperature,
        seed: (Math.imul(seed, 0x9e3779b1) + at) | 0,
        signal,
        onProgress: (tokens) =>
          progress.show(
            `sampling: prompt ${at} of ${prompts.length}, ${((sum.tokens ?? 0) + tokens).toLocaleString("en")} tokens`,
          ),
      },
    );
    const samples = groups.flat();
    sum = {
      ...sum,
      candidates: sum.candidates + samples.length,
      tokens: samples.reduce<number | null>(
        (total, { tokens }) => (total === null || tokens === undefined ? null : total + tokens),
        sum.tokens,
      ),
      ended: sum.ended + samples.filter(({ ended }) => ended).length,
    };
    alike &&= groups.every((group) => group.every(({ text }) => text === group[0]!.text));
    const rows = some.map(({ prompt, promptHash }, p) => ({
      prompt,
      candidates: groups[p]!.map(({ text }, k) => ({ id: `${promptHash}.${k + 1}`, response: text })),
    }));
    yield { rows, done: at + some.length, counts: sum };
  }
  if (alike) note(ALIKE);
}

const ALIKE =
  "at every prompt all samples are alike: the policy does not seem to sample. A server may decode greedily whatever the temperature " +
  "(transformers serve does unless the model's generation_config.json has do_sample: true), or with a fixed seed";
