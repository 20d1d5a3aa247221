/** A policy's samples in place of a file of candidates. */
import { createHash } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { InputError, UsageError } from "../io/errors.ts";
import { exists } from "../io/exists.ts";
import { sha256OfFile } from "../io/file-hash.ts";
import { openJournal } from "../io/journal.ts";
import { writeFileAtomic, writeJsonAtomic } from "../io/write.ts";
import type { Policy } from "../policies/index.ts";
import { type PromptsRead, readPrompts } from "../preferences/index.ts";
import type { Context } from "./command.ts";
import { readJson } from "./load.ts";
import { openPolicy, type PolicyFlags, type PolicyIdentity } from "./policy-source.ts";
import { noneSampled, type SampledCounts, type Sampling, sampleRows } from "./sample-rows.ts";
import { VERSION } from "./version.ts";

/** Options of a command that takes candidates from files or from a policy; see `policySampleOptions`. */
export type CandidateFlags = Partial<PolicyFlags> & {
  prompts?: string[];
  maxNewTokens?: number;
  policyTemperature?: number;
  skipBad?: boolean;
  seed: number;
};

/** Where a command's candidates come from, and where samples go. */
export type CandidatePlace = {
  /** The name of the option that gives files. */
  option: string;
  files: string[] | undefined;
  /** Samples of each prompt. */
  n: number;
  folder: string;
  /** Looks at the prompts before anything is sampled; throws. */
  check?: (prompts: PromptsRead["prompts"]) => void;
};

/**
 * The files that a command reads candidates from: those given, or `candidates.jsonl` in `folder`, sampled from the policy.
 *
 * @throws UsageError unless exactly one of files and policy is given
 */
export async function candidateFiles(
  { option, files, n, folder, check }: CandidatePlace,
  flags: CandidateFlags,
  context: Context,
): Promise<string[]> {
  const { policy, prompts } = flags;
  if (files !== undefined) {
    if (policy !== undefined || prompts !== undefined)
      throw new UsageError(`${option} has the candidates already: leave it out, or --policy and --prompts`);
    return files;
  }
  if (policy === undefined || prompts === undefined)
    throw new UsageError(`give ${option} FILE…, or --policy DIR_OR_URL with --prompts FILE…`);
  const sampling = {
    n,
    maxNewTokens: flags.maxNewTokens ?? 128,
    temperature: flags.policyTemperature ?? 1,
    seed: flags.seed,
  };
  return [await sampledFile(folder, { ...flags, policy, prompts }, sampling, context, check)];
}

const recordSchema = z.object({ identity: z.string(), sha256: z.string() });

/**
 * Samples into `candidates.jsonl`, with what it was made from beside it in `candidates.json`. A killed run goes on where it stopped; one that
 * is done is not sampled again.
 */
async function sampledFile(
  folder: string,
  flags: PolicyFlags & { prompts: string[]; skipBad?: boolean },
  sampling: Sampling,
  context: Context,
  check: CandidatePlace["check"],
): Promise<string> {
  const path = join(folder, "candidates.jsonl");
  const record = join(folder, "candidates.json");
  const { prompts, badRows } = await readPrompts(flags.prompts, {
    signal: context.signal,
    ...(flags.skipBad && { skipBad: true }),
  });
  if (badRows > 0) context.note(`${badRows} bad rows skipped`);
  check?.(prompts);
  const { policy, identity: model } = await openPolicy(flags);
  try {
    const { made, identity } = samplesFrom(model, sampling, prompts);
    if (await exists(path)) {
      await refuseOthers(path, record, identity);
      // a kill right after they were written leaves their journal
      await Promise.all([".partial", ".partial.state"].map((end) => rm(`${path}${end}`, { force: true })));
      context.note(`${path} has these samples already`);
      return path;
    }
    const finish = async (lines: string, result: SampledCounts) => {
      const rows = await readFile(lines);
      // first: where the candidates stand, what they were made from does too
      await writeJsonAtomic(record, { version: VERSION, made, identity, sha256: sha256(rows), result });
      await writeFileAtomic(path, rows);
    };
    await sampleInto(`${path}.partial`, { policy, prompts, sampling, identity, finish }, context);
    return path;
  } finally {
    await policy.dispose();
  }
}

/** What samples follow from, and its name: a journal of other samples is not gone on with. */
export function samplesFrom(policy: PolicyIdentity, sampling: Sampling, prompts: PromptsRead["prompts"]) {
  const hashes = prompts.map(({ promptHash }) => promptHash);
  const made = { policy, ...sampling, prompts: sha256(JSON.stringify(hashes)) };
  return { made, identity: sha256(JSON.stringify(made)) };
}

type Work = {
  policy: Policy;
  prompts: PromptsRead["prompts"];
  sampling: Sampling;
  identity: string;
  /** Gives the rows, as a file of JSONL, their name. */
  finish: (lines: string, result: SampledCounts) => Promise<void>;
};

/**
 * Samples into a journal, going on with the one that a killed run left.
 *
 * @param path of the journal, which is gone at the end
 */
export async function sampleInto(
  path: string,
  { policy, prompts, sampling, identity, finish }: Work,
  context: Context,
): Promise<SampledCounts> {
  const journal = await openJournal(path, identity, { done: 0, counts: noneSampled(prompts.length) });
  try {
    const from = { start: journal.state.done, counts: journal.state.counts };
    for await (const { rows, done, counts } of sampleRows(policy, prompts, sampling, context, from)) {
      await journal.append(rows.map((row) => `${JSON.stringify(row)}\n`).join(""), { done, counts });
    }
    context.signal.throwIfAborted();
    const { counts } = journal.state;
    await finish(journal.file, counts);
    await journal.remove();
    return counts;
  } catch (error) {
    // nothing sampled is nothing to keep
    await (journal.state.done === 0 ? journal.remove() : journal.close()).catch(() => {});
    throw error;
  }
}

/** Candidates of another origin are neither read as if they were the policy's nor written over. */
async function refuseOthers(path: string, record: string, identity: string): Promise<void> {
  const found = recordSchema.safeParse((await exists(record)) ? await readJson(record) : undefined);
  const same = found.data?.identity === identity && found.data.sha256 === (await sha256OfFile(path));
  if (same) return;
  throw new InputError({
    problem: "there are other candidates here already, not of this policy, these prompts and these options",
    file: path,
    fix: "Remove them, or choose another --out",
  });
}

const sha256 = (text: string | Buffer): string => createHash("sha256").update(text).digest("hex");
