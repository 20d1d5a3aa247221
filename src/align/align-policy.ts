/**
 * A whole run of alignment: steps over prompts, metrics, checkpoints, and the limits at which it stops. A run that was killed
 * and goes on gives the same bytes as one that never was (on one machine, with one number of threads).
 * @module
 */
import { z } from "zod";
import { NonFiniteError } from "../engine/index.ts";
import { InputError } from "../io/errors.ts";
import { openMetricsLog } from "../io/metrics-log.ts";
import {
  epochOrder,
  latestCheckpoint,
  learningRateAt,
  loadSlots,
  Pace,
  type ScheduleOptions,
  saveCheckpoint,
} from "../models/index.ts";
import type { KlControl } from "./kl-control.ts";
import type { PolicyTrainer, RolloutMetrics, StepMetrics } from "./policy-trainer.ts";
import type { AlignPrompt } from "./rollout.ts";

export type AlignmentLimits = {
  /** KL(π ‖ π_ref) in nats a response beyond which the run stops; the last checkpoint is kept. */
  maxKl?: number;
  /** Entropy in nats a token below which the policy counts as collapsed. Default 0.02 */
  entropyFloor?: number;
  /** What a collapse does. Default `warn`. */
  onCollapse?: "warn" | "stop";
};

export type AlignmentRun = {
  folder: string;
  trainer: PolicyTrainer;
  prompts: readonly AlignPrompt[];
  promptsPerStep: number;
  schedule: ScheduleOptions;
  klControl: KlControl;
  limits?: AlignmentLimits;
  checkpointEvery: number;
  /** Of the order of the prompts. */
  seed: number;
  signal?: AbortSignal;
  onProgress?: (text: string) => void;
  onWarning?: (text: string) => void;
};

export type AlignmentResult = {
  steps: number;
  /** Of the rollouts of the first step: the policy before it was changed. */
  first: RolloutMetrics;
  /** Of rollouts of the policy as it is written. */
  last: RolloutMetrics;
  klWeight: number;
  /** Of this process, by part. */
  seconds: StepMetrics["seconds"];
  /** Response tokens of this process. */
  tokens: number;
};

const measured = z.object({
  utility: z.number(),
  kl: z.object({ exact: z.number(), k1: z.number(), k2: z.number(), k3: z.number() }),
  entropy: z.number(),
  length: z.number(),
  ended: z.number(),
  rewards: z.record(z.string(), z.number()),
});

const positionSchema = z.object({
  /** Steps done. */
  step: z.int().min(1),
  updates: z.int().min(0),
  klWeight: z.number(),
  /** Of the utility, where it learns. */
  utility: z.unknown(),
  first: measured,
  last: measured,
});
type AlignmentPosition = z.output<typeof positionSchema>;

/**
 * Aligns the trainer's policy, or goes on from the newest checkpoint in the folder, and writes the model there in Hugging Face
 * layout.
 * @throws InputError where the KL passes its limit, the policy collapses and is to stop, a loss or a reward is not finite, a
 *   reward model is gone; checkpoints stay, and say so. The signal's reason after a checkpoint
 */
export async function alignPolicy(run: AlignmentRun): Promise<AlignmentResult> {
  const { folder, trainer, schedule, signal } = run;
  const resumed = await latestCheckpoint(folder, positionSchema);
  if (resumed !== undefined) {
    await loadSlots(resumed, trainer.state);
    trainer.updates = resumed.updates;
    run.klControl.restore(resumed.klWeight);
    trainer.utility.restore?.(resumed.utility);
  }
  const log = await openMetricsLog(folder, resumed?.step ?? 0);
  const pace = new Pace(schedule.steps - (resumed?.step ?? 0));
  const total = { seconds: { sampling: 0, scoring: 0, training: 0 }, tokens: 0 };
  let position: AlignmentPosition | undefined = resumed;
  try {
    for (let step = (resumed?.step ?? 0) + 1; step <= schedule.steps; step++) {
      pace.start();
      const klWeight = run.klControl.weight;
      const metrics = await oneStep(run, step, position);
      pace.stop(metrics.tokens);
      run.klControl.observe(metrics.kl.exact);
      total.tokens += metrics.tokens;
      for (const part of ["sampling", "scoring", "training"] as const)
        total.seconds[part] += metrics.seconds[part];
      await log.write(step, { ...flat(metrics), klWeight, learningRate: learningRateAt(step, schedule) });
      run.onProgress?.(progressOf(step, metrics, `${schedule.steps}`, pace));
      position = positionAfter(run, step, metrics, position);
      if (step % run.checkpointEvery === 0 || step === schedule.steps || signal?.aborted) {
        await saveCheckpoint(folder, position, trainer.state, (into) => trainer.save(into), trainer.saved);
      }
      signal?.throwIfAborted();
    }
  } finally {
    await log.close();
  }
  const last = await finalRollouts(run, position!);
  await trainer.save(folder);
  return { steps: schedule.steps, first: position!.first, last, klWeight: run.klControl.weight, ...total };
}

/** What the last update has made of the policy, within its limits too. */
async function finalRollouts(run: AlignmentRun, position: AlignmentPosition): Promise<RolloutMetrics> {
  const { trainer, schedule, signal } = run;
  const step = schedule.steps + 1;
  const measured = await trainer.measure(promptsAt(run, step), step, { ...(signal && { signal }) });
  await checkLimits(run, step, measured, position);
  return measured;
}

function positionAfter(
  { trainer, klControl }: AlignmentRun,
  step: number,
  metrics: StepMetrics,
  before: AlignmentPosition | undefined,
): AlignmentPosition {
  const { utility: u, kl, entropy, length, ended, rewards } = metrics;
  const last = { utility: u, kl, entropy, length, ended, rewards };
  const learned = trainer.utility.state?.() ?? null;
  const { updates } = trainer;
  return { step, updates, klWeight: klControl.weight, utility: learned, first: before?.first ?? last, last };
}

/** One step, with an error that says at which step and what is left. */
async function oneStep(
  run: AlignmentRun,
  step: number,
  position: AlignmentPosition | undefined,
): Promise<StepMetrics> {
  const { trainer, schedule, klControl, signal } = run;
  let sampled = false;
  try {
    return await trainer.step(promptsAt(run, step), {
      step,
      learningRate: learningRateAt(step, schedule),
      klWeight: klControl.weight,
      ...(signal && { signal }),
      check: (metrics) => {
        sampled = true;
        return checkLimits(run, step, metrics, position);
      },
    });
  } catch (error) {
    if (!(error instanceof NonFiniteError)) throw error;
    throw new InputError(
      {
        problem: `training diverged at step ${step}: ${error.output} is not finite`,
        found: String(error.value),
        fix: `Train with a lower learning rate or a larger KL weight. ${await whatIsLeft(run, sampled ? step - 1 : step - 2)}`,
      },
      { cause: error },
    );
  }
}

async function checkLimits(
  run: AlignmentRun,
  step: number,
  { kl, entropy }: RolloutMetrics,
  position: AlignmentPosition | undefined,
): Promise<void> {
  const { maxKl = Number.POSITIVE_INFINITY, entropyFloor = 0.02, onCollapse = "warn" } = run.limits ?? {};
  if (kl.exact > maxKl) {
    throw new InputError({
      problem: `the policy has moved too far from the reference policy ${when(run, step)}`,
      field: "KL",
      found: `${kl.exact.toFixed(2)} nats a response`,
      expected: `at most ${maxKl}`,
      fix: `Use a larger KL weight, or a target KL. ${await whatIsLeft(run, step - 2)}`,
    });
  }
  if (entropy >= entropyFloor) return;
  const problem = `the policy has collapsed ${when(run, step)}: it says nearly the same each time`;
  const found = `an entropy of ${entropy.toFixed(4)} nats a token`;
  if (onCollapse === "stop") {
    const fix = `Use a larger KL weight or a lower learning rate. ${await whatIsLeft(run, step - 2)}`;
    throw new InputError({ problem, found, expected: `at least ${entropyFloor}`, fix });
  }
  // once, not at every step from then on
  if (position === undefined || position.last.entropy >= entropyFloor)
    run.onWarning?.(`${problem} (${found})`);
}

const when = ({ schedule }: AlignmentRun, step: number): string =>
  step > schedule.steps ? "at the end" : `at step ${step}`;

/** @param upTo the last step after which the policy was good: what a step samples is of the policy after the one before */
async function whatIsLeft({ folder }: AlignmentRun, upTo: number): Promise<string> {
  const kept = await latestCheckpoint(folder, positionSchema, upTo);
  return kept === undefined
    ? "There was no good checkpoint yet"
    : `The last good checkpoint is ${kept.folder}`;
}

/** The prompts of a step: all of them in the order of a seed, then again in another. */
export function promptsAt(
  { prompts, promptsPerStep, seed }: Pick<AlignmentRun, "prompts" | "promptsPerStep" | "seed">,
  step: number,
): AlignPrompt[] {
  const first = (step - 1) * promptsPerStep;
  return Array.from({ length: promptsPerStep }, (_, i) => {
    const at = first + i;
    const order = orderOf(prompts.length, seed, Math.floor(at / prompts.length));
    return prompts[order[at % prompts.length]!]!;
  });
}

let lastOrder: { key: string; order: readonly number[] } | undefined;

/** An epoch's order; the last one is remembered, as a step asks for it prompt by prompt. */
function orderOf(count: number, seed: number, epoch: number): readonly number[] {
  const key = `${count} ${seed} ${epoch}`;
  if (lastOrder?.key !== key) lastOrder = { key, order: epochOrder(count, seed, epoch) };
  return lastOrder.order;
}

function flat({ kl, rewards, own, seconds: _, tokens: __, ...rest }: StepMetrics): Record<string, number> {
  const named = (prefix: string, numbers: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.entries(numbers).map(([name, value]) => [`${prefix}${name}`, value]));
  const { exact, ...estimates } = kl;
  return { ...rest, kl: exact, ...named("kl.", estimates), ...named("reward.", rewards), ...own };
}

function progressOf(step: number, { utility, kl, length }: StepMetrics, steps: string, pace: Pace): string {
  return `step ${step}/${steps}, u ${utility.toFixed(3)}, KL ${kl.exact.toFixed(2)}, ${length.toFixed(0)} tokens, ${pace}`;
}
