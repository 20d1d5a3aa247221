/**
 * What the base policy says to the world's prompts, with the truth about it: made once, kept in files that the other commands
 * read too.
 * @module
 */
import { join } from "node:path";
import { InputError } from "../io/errors.ts";
import { exists } from "../io/exists.ts";
import { writeRows } from "../io/write.ts";
import type { Policy } from "../policies/index.ts";
import { type CandidateSet, promptHash, readCandidates } from "../preferences/index.ts";
import { createJudge, drawWorldPrompts } from "../world/index.ts";
import { TOPICS } from "./base-policy.ts";

/** Prompts by what they are for: no prompt serves two ends. */
export type Part = "learn" | "align" | "test";
export const PARTS: readonly Part[] = ["learn", "align", "test"];

export type PartSize = { readonly prompts: number; readonly samples: number };
export type SampleSizes = Readonly<Record<Part, PartSize>>;

/** Longest response, in tokens. */
export const MAX_NEW_TOKENS = 128;

/** Prompts sampled at a time. */
const BATCH = 32;

/**
 * Samples the base policy at the prompts of each part: `learn` for preferences, `align` for references and reinforcement
 * learning, `test` for best-of-k and for what is compared in the end. Files that are there are read instead.
 * @throws InputError where a file holds other prompts, or another number of samples
 */
export async function baseSamples(
  folder: string,
  policy: Policy,
  sizes: SampleSizes,
  options: { seed: number; signal?: AbortSignal; onProgress?: (text: string) => void },
): Promise<Record<Part, CandidateSet[]>> {
  const total = PARTS.reduce((sum, part) => sum + sizes[part].prompts, 0);
  const prompts = drawWorldPrompts(options.seed, total, { topics: TOPICS });
  const found: Partial<Record<Part, CandidateSet[]>> = {};
  let first = 0;
  for (const part of PARTS) {
    const own = prompts.slice(first, first + sizes[part].prompts);
    first += sizes[part].prompts;
    const file = join(folder, `${part}.jsonl`);
    if (!(await exists(file))) {
      await writeRows(file, await sampleAll(policy, own, part, sizes[part].samples, options));
    }
    const { sets } = await readCandidates([file]);
    refuseOthers(file, sets, own, sizes[part].samples);
    found[part] = sets;
  }
  return found as Record<Part, CandidateSet[]>;
}

function refuseOthers(
  file: string,
  sets: readonly CandidateSet[],
  prompts: readonly Prompt[],
  n: number,
): void {
  const same =
    sets.length === prompts.length &&
    sets.every(
      ({ promptHash: hash, candidates }, i) => hash === promptHash(prompts[i]!) && candidates.length === n,
    );
  if (same) return;
  throw new InputError({
    problem: "these samples are of other prompts or sizes than asked for",
    file,
    found: `${sets.length} prompts with ${sets[0]?.candidates.length ?? 0} samples each`,
    expected: `${prompts.length} with ${n}`,
    fix: "Remove the file, and it is made anew; or choose another folder",
  });
}

type Prompt = ReturnType<typeof drawWorldPrompts>[number];

async function sampleAll(
  policy: Policy,
  prompts: readonly Prompt[],
  part: Part,
  n: number,
  { seed, signal, onProgress }: { seed: number; signal?: AbortSignal; onProgress?: (text: string) => void },
): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for (let at = 0; at < prompts.length; at += BATCH) {
    signal?.throwIfAborted();
    onProgress?.(`base policy: ${part} prompts, ${at} of ${prompts.length}`);
    const some = prompts.slice(at, at + BATCH);
    const groups = await policy.sample(some, {
      n,
      maxNewTokens: MAX_NEW_TOKENS,
      seed: (Math.imul(seed, 0x9e3779b1) + PARTS.indexOf(part) * 1_000_003 + at) | 0,
      ...(signal && { signal }),
    });
    for (const [i, prompt] of some.entries()) {
      const judge = createJudge(prompt);
      const hash = promptHash(prompt);
      const candidates = groups[i]!.map(({ text }, k) => ({
        id: `${hash}.${k + 1}`,
        response: text,
        truth: judge(text),
      }));
      rows.push({ prompt, candidates });
    }
  }
  return rows;
}
