import type { SessionOptions } from "../engine/index.ts";
import { loadModel, loadTokenizer } from "../models/index.ts";
import { LocalPolicy } from "../policies/index.ts";
import { baseSamples } from "./base-samples.ts";
import { bestOfKSweep } from "./best-of-k-sweep.ts";
import { CONTENDERS } from "./contenders.ts";
import { type Experiment, prepareExperiment } from "./experiment.ts";
import type { FrontierSettings, Job } from "./jobs.ts";
import { rlRun } from "./rl-run.ts";
import type { FrontierRow } from "./types.ts";

export type WorkerOptions = {
  /** The base policy's, in Hugging Face layout. */
  policyFolder: string;
  samplesFolder: string;
  settings: FrontierSettings;
  session: SessionOptions;
  signal?: AbortSignal;
  onProgress?: (text: string) => void;
};

/** Runs jobs one after the other, and keeps what several of one seed have in common. */
export function frontierWorker(options: WorkerOptions): (job: Job) => Promise<FrontierRow[]> {
  const { settings, session, signal, onProgress } = options;
  let prepared: Promise<Experiment> | undefined;
  let seed: number | undefined;
  const experimentOf = (wanted: number): Promise<Experiment> => {
    if (prepared === undefined || seed !== wanted) {
      seed = wanted;
      prepared = prepare(options, wanted);
    }
    return prepared;
  };
  return async (job) => {
    const experiment = await experimentOf(job.seed);
    if (job.kind === "best-of-k") return bestOfKSweep(experiment, settings.ks);
    const contender = CONTENDERS.find(({ method }) => method === job.method);
    if (contender === undefined) throw new RangeError(`there is no way to combine named ${job.method}`);
    return rlRun(
      experiment,
      contender,
      { ...settings.rl, klWeight: job.klWeight },
      {
        session,
        ...(signal && { signal }),
        onProgress: (text) => onProgress?.(`seed ${job.seed}, ${job.method}, γ ${job.klWeight}: ${text}`),
      },
    );
  };
}

async function prepare(
  { policyFolder, samplesFolder, settings, session, signal, onProgress }: WorkerOptions,
  seed: number,
): Promise<Experiment> {
  const base = { model: await loadModel(policyFolder), tokenizer: await loadTokenizer(policyFolder) };
  const policy = new LocalPolicy(base.model, base.tokenizer, session);
  const shared = { ...(signal && { signal }), ...(onProgress && { onProgress }) };
  try {
    const samples = await baseSamples(samplesFolder, policy, settings.sizes, {
      seed: settings.worldSeed,
      ...shared,
    });
    const { pairsPerPrompt, members } = settings;
    return await prepareExperiment(base, samples, { seed, pairsPerPrompt, members, ...shared });
  } finally {
    await policy.dispose();
  }
}
