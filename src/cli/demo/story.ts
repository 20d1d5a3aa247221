/**
 * The whole story on the demo world: a base policy is pre-trained, raters judge its responses, four reward models are learned
 * and calibrated, and the policy is aligned by best-of-k and by reinforcement learning, towards LSC AND and towards a raw sum.
 * Every file that a step reads or writes stays in the folder, to be tried with the other commands; a second call finds it all.
 * @module
 */
import { createHash } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  type BasePolicyOptions,
  baseSamples,
  compareFrontier,
  describeFrontier,
  distinctResponses,
  FRONTIER_FILE,
  type FrontierRow,
  type FrontierSettings,
  LSC_AND,
  readFrontier,
  runFrontier,
  trainBasePolicy,
} from "../../frontier/index.ts";
import { exists } from "../../io/exists.ts";
import { writeFileAtomic, writeJsonAtomic, writeRows } from "../../io/write.ts";
import { loadModel, loadTokenizer } from "../../models/index.ts";
import { DEFAULT_QUANTILE } from "../../objective/index.ts";
import { LocalPolicy } from "../../policies/index.ts";
import type { CandidateSet } from "../../preferences/index.ts";
import { frontierReport } from "../../report/index.ts";
import { bootstrap } from "../../stats/bootstrap.ts";
import { collectPreferences, VALUES } from "../../world/index.ts";
import { alignBestOfK } from "../best-of-k/run.ts";
import { calibrate } from "../calibrate/run.ts";
import type { Context } from "../command.ts";
import { WorkerPool } from "../frontier/pool.ts";
import { evaluateRewards } from "../reward/evaluate.ts";
import { trainReward } from "../reward/train.ts";
import { writeEvaluation } from "../reward/write.ts";
import { VERSION } from "../version.ts";

export type StoryOptions = {
  out: string;
  seed: number;
  /** For tests: other sizes than the demo's. */
  settings?: Partial<FrontierSettings>;
  policy?: BasePolicyOptions["settings"];
};

export type StoryResult = {
  report: string;
  goal: string;
  methods: { name: string; kl: number; allGood: number; ci95: [number, number] }[];
  rewards: {
    value: string;
    pairs: number;
    accuracy: number;
    ci95: [number, number];
    lengthBaseline: number;
  }[];
  comparison: string;
  seconds: number;
};

/** Two ways to combine, each trained at a weak KL weight of its own units. */
const SETTINGS: Omit<FrontierSettings, "worldSeed" | "seeds"> = {
  version: 2,
  sizes: {
    learn: { prompts: 600, samples: 4 },
    align: { prompts: 96, samples: 32 },
    test: { prompts: 96, samples: 32 },
  },
  pairsPerPrompt: 6,
  members: 0,
  ks: [2, 4, 8, 16, 32],
  rl: {
    methods: [
      { method: LSC_AND, klWeights: [0.05] },
      { method: "raw sum 1:1:1:1", klWeights: [0.15] },
    ],
    measureAt: [4, 8, 16, 32],
    promptsPerStep: 16,
    samples: 4,
    learningRate: 5e-4,
    testSamples: 4,
  },
};

const GOAL = VALUES.join(" and ");

export async function runStory(options: StoryOptions, context: Context): Promise<StoryResult> {
  const started = performance.now();
  const { out, seed } = options;
  const settings: FrontierSettings = { ...SETTINGS, ...options.settings, worldSeed: seed, seeds: [seed] };
  const stamp = join(out, "story.json");
  const identity = createHash("sha256")
    .update(JSON.stringify([VERSION, GOAL, settings, options.policy ?? null]))
    .digest("hex");
  const known = await readStamp(stamp);
  const seconds = () => (performance.now() - started) / 1000;
  if (known?.identity === identity && known.result !== undefined && (await exists(known.result.report)))
    return { ...known.result, seconds: seconds() };
  if (known !== undefined && known.identity !== identity) await startAnew(out);
  await writeJsonAtomic(stamp, { identity });
  const rewards = await learn(options, settings, context);
  const rows = await align(options, settings, context);
  const result = await tell(options, settings, rows, rewards);
  await writeJsonAtomic(stamp, { identity, result });
  return { ...result, seconds: seconds() };
}

/** Base policy, its samples, raters, reward models, objective, and best-of-k under it. */
async function learn(
  { out, seed, policy: policySettings }: StoryOptions,
  { sizes, pairsPerPrompt }: FrontierSettings,
  context: Context,
): Promise<StoryResult["rewards"]> {
  const { signal, progress } = context;
  const at = (...parts: string[]) => join(out, ...parts);
  await trainBasePolicy({
    folder: at("policy"),
    seed,
    signal,
    ...(policySettings && { settings: policySettings }),
    onProgress: (text) => progress.show(`1/5 pre-training a base policy: ${text}`),
  });
  const policy = new LocalPolicy(await loadModel(at("policy")), await loadTokenizer(at("policy")), {
    maxBatch: 128,
  });
  let samples: Awaited<ReturnType<typeof baseSamples>>;
  try {
    samples = await baseSamples(at("samples"), policy, sizes, {
      seed,
      signal,
      onProgress: (text) => progress.show(`2/5 sampling it: ${text}`),
    });
  } finally {
    await policy.dispose();
  }
  const rewards: StoryResult["rewards"] = [];
  for (const value of VALUES) {
    progress.show(`3/5 learning what ${value} means from raters`);
    const data = [at("preferences", `${value}.jsonl`)];
    await writePairs(data[0]!, samples.learn, value, { seed, pairsPerPrompt });
    const { heldOut, lengthBaseline } = await trainReward(
      { value, data, out: at("models", value), seed },
      context,
    );
    const { pairs, accuracy, ci95 } = heldOut;
    rewards.push({ value, pairs, accuracy, ci95, lengthBaseline: lengthBaseline.accuracy });
  }
  const model = VALUES.map((value) => at("models", value));
  const data = VALUES.map((value) => at("preferences", `${value}.jsonl`));
  await writeEvaluation(at("rewards"), await evaluateRewards({ model, data, part: "unseen", seed }, context));
  const objective = at("objective.json");
  await calibrate(
    {
      model,
      data: [at("samples", "align.jsonl"), at("samples", "test.jsonl")],
      goal: GOAL,
      out: objective,
      reference: "quantile",
      q: DEFAULT_QUANTILE,
      otherwise: "estimator",
      seed,
    },
    context,
  );
  progress.show("4/5 choosing among the base policy's responses");
  await alignBestOfK(
    {
      objective,
      candidates: [at("samples", "test.jsonl")],
      out: at("best-of-k"),
      rewards: at("rewards", "evaluation.json"),
      seed,
    },
    context,
  );
  return rewards;
}

/** Every way by best-of-k, and two by reinforcement learning, side by side in two processes. */
async function align(
  { out }: StoryOptions,
  settings: FrontierSettings,
  { signal, progress }: Context,
): Promise<FrontierRow[]> {
  const pool = new WorkerPool(
    Math.max(1, settings.rl.methods.length),
    { policyFolder: join(out, "policy"), samplesFolder: join(out, "samples"), settings, threads: 1 },
    (text) => progress.show(`5/5 aligning the policy: ${text}`),
  );
  const stop = () => pool.close();
  signal.addEventListener("abort", stop);
  try {
    await runFrontier({ folder: out, settings, work: pool.work, signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
    pool.close();
  }
  return readFrontier(join(out, FRONTIER_FILE));
}

async function tell(
  { out, seed }: StoryOptions,
  settings: FrontierSettings,
  rows: readonly FrontierRow[],
  rewards: StoryResult["rewards"],
): Promise<Omit<StoryResult, "seconds">> {
  const comparison = compareFrontier(rows, { seed });
  const report = join(out, "report.html");
  await writeFileAtomic(
    report,
    frontierReport({ rows, settings, comparison, made: `allgood ${VERSION} demo` }),
  );
  // what the studio and "export report" read beside the rows
  await writeJsonAtomic(join(out, "comparison.json"), comparison);
  return {
    report,
    goal: GOAL,
    methods: methodsOf(rows, settings, seed),
    rewards,
    comparison: describeFrontier(comparison),
  };
}

/** The base, best-of-k at the largest k, and reinforcement learning at its last step. */
function methodsOf(
  rows: readonly FrontierRow[],
  { ks, rl }: FrontierSettings,
  seed: number,
): StoryResult["methods"] {
  const last = rl.measureAt.at(-1);
  const largest = ks.at(-1);
  return rows.flatMap(({ method, setting, kl, byPrompt }) => {
    const best = setting.kind === "best-of-k";
    const wanted = best ? setting.k === 1 || setting.k === largest : setting.step === last;
    if (!wanted) return [];
    const name = !best
      ? `${method}, ${setting.algorithm} γ ${setting.klWeight}, ${setting.step} steps`
      : setting.k === 1
        ? method
        : `${method}, best of ${setting.k}`;
    const { value, ci95 } = bootstrap(
      byPrompt.length,
      (prompts) => prompts.reduce((sum, p) => sum + byPrompt[p]!, 0) / prompts.length,
      { seed },
    );
    return [{ name, kl, allGood: value, ci95 }];
  });
}

async function writePairs(
  path: string,
  sets: readonly CandidateSet[],
  value: (typeof VALUES)[number],
  { seed, pairsPerPrompt }: { seed: number; pairsPerPrompt: number },
): Promise<void> {
  const pairs = collectPreferences(
    sets.map(distinctResponses).filter(({ candidates }) => candidates.length > 1),
    { value, pairsPerPrompt, seed },
  );
  await writeRows(
    path,
    pairs.map(({ id, prompt, chosen, rejected }) => ({ id, prompt, chosen, rejected })),
  );
}

const STAGES = [
  "samples",
  "preferences",
  "models",
  "rewards",
  "best-of-k",
  FRONTIER_FILE,
  `${FRONTIER_FILE}.state`,
  "comparison.json",
];

/** What was made with other settings; the base policy looks after itself. */
async function startAnew(out: string): Promise<void> {
  for (const name of STAGES) await rm(join(out, name), { recursive: true, force: true });
}

type Stamp = { identity: string; result?: Omit<StoryResult, "seconds"> };

async function readStamp(file: string): Promise<Stamp | undefined> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Stamp);
}
