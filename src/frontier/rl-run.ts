import { PolicyTrainer, promptsAt, rloo } from "../align/index.ts";
import type { SessionOptions } from "../engine/index.ts";
import { learningRateAt } from "../models/index.ts";
import { createJudge, VALUES } from "../world/index.ts";
import { MAX_NEW_TOKENS } from "./base-samples.ts";
import type { Contender } from "./contenders.ts";
import type { Experiment } from "./experiment.ts";
import { type JudgedResponse, measure } from "./measure.ts";
import type { FrontierRow } from "./types.ts";

export type RlSettings = {
  readonly klWeight: number;
  /** Steps after which the policy is measured, ascending; the last one ends the run. */
  readonly measureAt: readonly number[];
  readonly promptsPerStep: number;
  readonly samples: number;
  readonly learningRate: number;
  /** Responses to each test prompt when it is measured. */
  readonly testSamples: number;
};

export type RlOptions = {
  session: SessionOptions;
  signal?: AbortSignal;
  onProgress?: (text: string) => void;
};

const ALGORITHM = "rloo";

/**
 * Aligns the base policy with RLOO to one way of combining the rewards, and measures it on the way.
 * @returns one row each time it was measured
 */
export async function rlRun(
  experiment: Experiment,
  { method, utility: make, ensemble }: Contender,
  settings: RlSettings,
  { session, signal, onProgress }: RlOptions,
): Promise<FrontierRow[]> {
  const { seed, base, alignPrompts, rewarder, ensembleRewarder } = experiment;
  const { klWeight, measureAt, promptsPerStep, samples, learningRate } = settings;
  const utility = make(ensemble ? experiment.ensembleStatistics : experiment.statistics);
  const trainer = new PolicyTrainer({
    ...base,
    algorithm: rloo(),
    rewarder: ensemble === true ? ensembleRewarder : rewarder,
    utility,
    n: samples,
    maxNewTokens: MAX_NEW_TOKENS,
    optimiser: { weightDecay: 0 },
    seed,
    session,
  });
  const steps = measureAt.at(-1)!;
  const rows: FrontierRow[] = [];
  try {
    for (let step = 1; step <= steps; step++) {
      const { utility: u, kl } = await trainer.step(
        promptsAt({ prompts: alignPrompts, promptsPerStep, seed }, step),
        {
          step,
          // the rate stays up: a policy measured on the way is one that was trained for so long
          learningRate: learningRateAt(step, { learningRate, steps, warmup: 3, floor: 1 }),
          klWeight,
          ...(signal && { signal }),
        },
      );
      onProgress?.(`step ${step}/${steps}, u ${u.toFixed(2)}, KL ${kl.exact.toFixed(1)}`);
      if (!measureAt.includes(step)) continue;
      const measured = await measurePolicy(experiment, trainer, settings.testSamples, signal);
      rows.push({ method, setting: { kind: "rl", algorithm: ALGORITHM, klWeight, step }, seed, ...measured });
    }
  } finally {
    await trainer.dispose();
  }
  return rows;
}

/** Fresh responses to the test prompts, the same chance for every policy. */
async function measurePolicy(
  { seed, test, rewarder, temperatures }: Experiment,
  { policy, reference }: PolicyTrainer,
  n: number,
  signal: AbortSignal | undefined,
): Promise<Omit<FrontierRow, "method" | "setting" | "seed">> {
  const ids = test.map(({ align }) => align.ids);
  const groups = await policy.sampleTokens(ids, {
    n,
    maxNewTokens: MAX_NEW_TOKENS,
    seed: seed + 7919,
    ...(signal && { signal }),
  });
  const samples = groups.flatMap((group, p) =>
    group.map(({ tokens }) => ({ p, tokens, text: policy.decode(ids[p]!, tokens) })),
  );
  const compared = await reference.compare(samples.map(({ p, tokens }) => ({ promptIds: ids[p]!, tokens })));
  const kl = compared.reduce((sum, each) => sum + each.kl.reduce((a, b) => a + b, 0), 0) / samples.length;
  const rewards = await rewarder.score(
    samples.map(({ p, text }) => ({ prompt: test[p]!.set.prompt, response: text })),
  );
  const chosen: JudgedResponse[][] = test.map(() => []);
  const judges = test.map(({ set }) => createJudge(set.prompt));
  for (const [i, { p, text }] of samples.entries()) {
    chosen[p]!.push({
      response: text,
      truth: judges[p]!(text),
      rewards: VALUES.map((_, v) => rewards[v]![i]!),
    });
  }
  return { kl, ...measure(test, chosen, temperatures) };
}
