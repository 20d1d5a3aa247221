/**
 * `allgood align ppo|rloo|grpo|dpo|expert`: trains a policy towards an objective, from files to a model in a run folder.
 * @module
 */
import { basename, dirname } from "node:path";
import {
  type Algorithm,
  type AlignmentResult,
  type AlignPrompt,
  alignPolicy,
  createRewarder,
  klControl,
  objectiveUtility,
  PolicyTrainer,
} from "../../align/index.ts";
import { InputError, show } from "../../io/errors.ts";
import type { ModelFiles, Tokenizer } from "../../models/index.ts";
import { createObjective, type Objective } from "../../objective/index.ts";
import { encodeFor } from "../../policies/index.ts";
import { readPrompts } from "../../preferences/index.ts";
import { loadModelsOf, loadObjective } from "../../rewards/open-objective.ts";
import type { Context } from "../command.ts";
import { recordData, recordModel } from "../lm/data.ts";
import { loadWithTokenizer } from "../lm/load.ts";
import { beginRun, type RunRecord, writeRun } from "../lm/run-record.ts";
import { loraShape } from "../options.ts";
import { sessionOptions } from "../session-options.ts";
import { table } from "../table.ts";
import type { AlignOptions } from "./options.ts";

export type AlignResult = AlignmentResult & {
  /** Where the aligned model was written. */
  model: string;
  algorithm: string;
  goal: string;
  prompts: number;
  /** Response tokens a second, over sampling, scoring and training. */
  tokensPerSecond: number;
};

export async function alignCommand(
  algorithm: Algorithm,
  options: AlignOptions,
  context: Context,
): Promise<AlignResult> {
  const objective = createObjective(await loadObjective(options.objective));
  refuseColumns(objective, options.objective);
  const { models } = await loadModelsOf(objective, dirname(options.objective));
  const { model, tokenizer } = await loadWithTokenizer(options.policy, options.tokenizer);
  const prompts = await readAlignPrompts(options, { model, tokenizer }, context);
  refuseUnreferenced(objective, options.objective, prompts);
  const record: RunRecord = {
    format: "allgood-run/1",
    command: `align ${algorithm.name}`,
    settings: { ...settingsOf(options), objective: objective.file.hash },
    data: await recordData(options.prompts),
    base: await recordModel(options.policy),
  };
  await beginRun(options.out, record, options.resume === true);
  const utility = objectiveUtility(objective);
  const lora = loraShape(options);
  const trainer = new PolicyTrainer({
    model,
    tokenizer,
    format: options.format,
    algorithm,
    rewarder: createRewarder(new Map(objective.values.map((value) => [value, models.get(value)!]))),
    utility,
    n: options.samples,
    maxNewTokens: options.maxNewTokens,
    missingEndPenalty: options.missingEndPenalty,
    optimiser: { weightDecay: 0 },
    ...(lora && { lora }),
    seed: options.seed,
    session: sessionOptions(options),
  });
  try {
    const result = await alignPolicy({
      folder: options.out,
      trainer,
      prompts,
      promptsPerStep: options.promptsPerStep,
      schedule: {
        learningRate: options.lr,
        steps: options.steps,
        warmup: options.warmup ?? Math.ceil(options.steps / 20),
      },
      klControl: klControl(options.klWeight, {
        ...(options.targetKl !== undefined && { target: options.targetKl }),
      }),
      limits: {
        ...(options.maxKl !== undefined && { maxKl: options.maxKl }),
        entropyFloor: options.entropyFloor,
        onCollapse: options.onCollapse,
      },
      checkpointEvery: options.checkpointEvery,
      seed: options.seed,
      signal: context.signal,
      onProgress: (text) => context.progress.show(text),
      onWarning: (text) => context.note(`warning: ${text}`),
    });
    const summary = summarise(result, algorithm.name, objective, prompts.length, options.out);
    await writeRun(options.out, record, summary);
    return summary;
  } finally {
    await trainer.dispose();
  }
}

function summarise(
  result: AlignmentResult,
  algorithm: string,
  objective: Objective,
  prompts: number,
  model: string,
): AlignResult {
  const { sampling, scoring, training } = result.seconds;
  const seconds = sampling + scoring + training;
  const tokensPerSecond = seconds > 0 ? result.tokens / seconds : 0;
  return { model, algorithm, goal: objective.goal.sentence, prompts, ...result, tokensPerSecond };
}

/** New responses have no reward column. @throws InputError */
export function refuseColumns(objective: Objective, file: string): void {
  for (const value of objective.values) {
    if (objective.file.values[value]!.model.kind !== "column") continue;
    throw new InputError({
      problem: `the reward of "${value}" is a column of given responses, and new ones have none`,
      file,
      fix: 'Train a reward model with "allgood reward train" and calibrate again with --model',
    });
  }
}

/** Said before any work, and not once it first meets such a prompt. */
export function refuseUnreferenced(
  objective: Objective,
  file: string,
  prompts: readonly Pick<AlignPrompt, "prompt" | "promptHash">[],
): void {
  for (const value of objective.values) {
    const { otherwise, prompts: known = {} } = objective.file.values[value]!.reference;
    if (otherwise !== "error") continue;
    const without = prompts.filter(({ promptHash }) => !Object.hasOwn(known, promptHash));
    if (without.length === 0) continue;
    throw new InputError({
      problem: `"${value}" has no reference for ${without.length} of ${prompts.length} prompts`,
      file,
      found: show(without[0]!.prompt.at(-1)!.content),
      fix: 'Calibrate on base samples of them ("allgood lm candidates"), or with "--otherwise estimator" or "--otherwise global"',
    });
  }
}

/** Prompts in tokens; those that leave no room for a response are left out, with a note. @throws InputError where none does */
export async function readAlignPrompts(
  {
    prompts: files,
    skipBad,
    format,
    maxNewTokens,
  }: Pick<AlignOptions, "prompts" | "skipBad" | "format" | "maxNewTokens">,
  { model, tokenizer }: { model: ModelFiles; tokenizer: Tokenizer },
  { signal, note }: Context,
): Promise<AlignPrompt[]> {
  const { prompts, badRows } = await readPrompts(files, { signal, ...(skipBad && { skipBad: true }) });
  if (badRows > 0) note(`${badRows} bad rows skipped`);
  const room = model.config.context - Math.min(maxNewTokens, Math.ceil(model.config.context / 4));
  const encoded = prompts.map(
    (each): AlignPrompt => ({ ...each, ids: encodeFor(format, tokenizer, each.prompt) }),
  );
  const fitting = encoded.filter(({ ids }) => ids.length > 0 && ids.length <= room);
  const left = encoded.length - fitting.length;
  if (fitting.length === 0) {
    throw new InputError({
      problem: "no prompt leaves room for a response in the model's context",
      found: `prompts from ${Math.min(...encoded.map(({ ids }) => ids.length))} tokens on`,
      expected: `at most ${room} of the context's ${model.config.context}`,
    });
  }
  if (left > 0) note(`${left} of ${encoded.length} prompts left out: they leave no room for a response`);
  return fitting;
}

/** What changes the result; a run goes on only with the same. */
function settingsOf(options: AlignOptions): RunRecord["settings"] {
  const {
    prompts: _,
    policy: __,
    objective: ___,
    out,
    resume,
    checkpointEvery,
    skipBad,
    tokenizer,
    ...settings
  } = options;
  return { ...settings, ...(skipBad && { skipBad: "true" }), json: undefined };
}

export function describeAlign(result: AlignResult): string {
  const { first, last, seconds } = result;
  const rows = [
    ["u", first.utility.toFixed(3), last.utility.toFixed(3)],
    ...Object.keys(first.rewards).map((value) => [
      `reward ${value}`,
      first.rewards[value]!.toFixed(3),
      last.rewards[value]!.toFixed(3),
    ]),
    ["KL (nats a response)", first.kl.exact.toFixed(2), last.kl.exact.toFixed(2)],
    ["entropy (nats a token)", first.entropy.toFixed(3), last.entropy.toFixed(3)],
    ["tokens a response", first.length.toFixed(1), last.length.toFixed(1)],
    ["ended by itself", first.ended.toFixed(3), last.ended.toFixed(3)],
  ];
  const whole = seconds.sampling + seconds.scoring + seconds.training;
  const share = (part: number) => (whole > 0 ? `${Math.round((100 * part) / whole)} %` : "–");
  return [
    `${result.algorithm} towards ${result.goal}: ${result.steps} steps on ${result.prompts} prompts`,
    "",
    table(["on a step's rollouts", "before", "after"], rows),
    "",
    `${Math.round(result.tokensPerSecond)} tokens/s: sampling ${share(seconds.sampling)}, scoring ${share(seconds.scoring)}, training ${share(seconds.training)}`,
    `written: ${basename(result.model) === "" ? "." : result.model}`,
  ].join("\n");
}
