/**
 * `allgood frontier`: every way to combine rewards, over KL weights and k, seed by seed, where the truth is known.
 * @module
 */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import {
  baseSamples,
  compareFrontier,
  describeFrontier,
  FRONTIER_FILE,
  type FrontierSettings,
  readFrontier,
  runFrontier,
  trainBasePolicy,
} from "../../frontier/index.ts";
import { InputError } from "../../io/errors.ts";
import { exists } from "../../io/exists.ts";
import { sha256OfFile } from "../../io/file-hash.ts";
import { writeFileAtomic, writeJsonAtomic } from "../../io/write.ts";
import { loadModel, loadTokenizer } from "../../models/index.ts";
import { LocalPolicy } from "../../policies/index.ts";
import { frontierReport } from "../../report/index.ts";
import type { Context } from "../command.ts";
import type { SessionFlags } from "../session-options.ts";
import { sessionOptions } from "../session-options.ts";
import { VERSION } from "../version.ts";
import { WorkerPool } from "./pool.ts";
import { frontierSettings, type SizeFlags } from "./settings.ts";

/** A base policy that is given lies in Hugging Face layout, as the one trained here would. */
const WEIGHTS = "model.safetensors";

export type FrontierFlags = SessionFlags &
  SizeFlags & {
    world: "demo";
    out: string;
    policy?: string;
    resume?: boolean;
    workers?: number;
  };

export type FrontierResult = {
  rows: string;
  report: string;
  /** Runs, and how many of them this call did. */
  jobs: number;
  done: number;
  seconds: number;
  comparison: ReturnType<typeof compareFrontier>;
};

export async function frontierCommand(flags: FrontierFlags, context: Context): Promise<FrontierResult> {
  const started = performance.now();
  const { out } = flags;
  const at = (...parts: string[]) => join(out, ...parts);
  const settings: FrontierSettings = {
    ...frontierSettings(flags),
    ...(flags.policy !== undefined && { policy: await sha256OfFile(join(flags.policy, WEIGHTS)) }),
  };
  await refuseUnlessResumed(at(FRONTIER_FILE), flags.resume === true);
  const policyFolder = await basePolicy(flags, settings, context);
  await sampleOnce(policyFolder, at("samples"), settings, flags, context);
  const workers = flags.workers ?? availableParallelism();
  const pool = new WorkerPool(
    workers,
    {
      policyFolder,
      samplesFolder: at("samples"),
      settings,
      threads: flags.threads ?? 1,
      ...(flags.provider !== undefined && { provider: flags.provider }),
    },
    (text) => context.progress.show(text),
  );
  const stop = () => pool.close();
  context.signal.addEventListener("abort", stop);
  let counts: Awaited<ReturnType<typeof runFrontier>>;
  try {
    counts = await runFrontier({
      folder: out,
      settings,
      work: pool.work,
      signal: context.signal,
      onProgress: (text) => context.progress.show(text),
    });
  } catch (error) {
    context.signal.throwIfAborted();
    throw error;
  } finally {
    context.signal.removeEventListener("abort", stop);
    pool.close();
  }
  return writeFrontier(out, settings, { ...counts, seconds: (performance.now() - started) / 1000 });
}

async function writeFrontier(
  out: string,
  settings: FrontierSettings,
  counts: Pick<FrontierResult, "jobs" | "done" | "seconds">,
): Promise<FrontierResult> {
  const rows = await readFrontier(join(out, FRONTIER_FILE));
  const comparison = compareFrontier(rows, { seed: 1 });
  const report = join(out, "report.html");
  await writeFileAtomic(report, frontierReport({ rows, settings, comparison }));
  await writeJsonAtomic(join(out, "comparison.json"), comparison);
  await writeJsonAtomic(join(out, "run.json"), {
    format: "allgood-run/1",
    command: "frontier",
    settings,
    versions: { allgood: VERSION, node: process.versions.node },
  });
  return { rows: join(out, FRONTIER_FILE), report, ...counts, comparison };
}

async function refuseUnlessResumed(file: string, resume: boolean): Promise<void> {
  const there = await exists(file);
  if (!there || resume) return;
  throw new InputError({
    problem: "there is a frontier in this folder already",
    file,
    fix: "Go on with it by --resume, or choose another --out",
  });
}

async function basePolicy(
  flags: FrontierFlags,
  settings: FrontierSettings,
  { signal, progress }: Context,
): Promise<string> {
  if (flags.policy !== undefined) return flags.policy;
  const folder = join(flags.out, "policy");
  await trainBasePolicy({
    folder,
    seed: settings.worldSeed,
    session: sessionOptions(flags),
    signal,
    onProgress: (text) => progress.show(`base policy: ${text}`),
  });
  return folder;
}

/** Before the workers begin, so that they find the samples made. */
async function sampleOnce(
  policyFolder: string,
  folder: string,
  settings: FrontierSettings,
  flags: FrontierFlags,
  { signal, progress }: Context,
): Promise<void> {
  const model = await loadModel(policyFolder);
  const policy = new LocalPolicy(model, await loadTokenizer(policyFolder), {
    ...sessionOptions(flags),
    maxBatch: 128,
  });
  try {
    await baseSamples(folder, policy, settings.sizes, {
      seed: settings.worldSeed,
      signal,
      onProgress: (text) => progress.show(text),
    });
  } finally {
    await policy.dispose();
  }
}

export function describe({ jobs, done, seconds, report, comparison }: FrontierResult): string {
  return [
    describeFrontier(comparison),
    "",
    `${done} of ${jobs} runs in ${Math.round(seconds)} s`,
    report,
  ].join("\n");
}
