/**
 * `allgood align best-of-k --early-stop`: learns on some prompts when a growing response can't win any more, and gives such ones up on
 * the others.
 * @module
 */
import { dirname, join } from "node:path";
import { bestOfK } from "../../align/best-of-k.ts";
import {
  type AlignPrompt,
  type CandidateSource,
  calibrateEarlyStopping,
  createRewarder,
  drawInStages,
  type EarlyStopping,
  earlyBestOfK,
  objectiveUtility,
  type StagedCandidate,
} from "../../align/index.ts";
import { InputError, UsageError } from "../../io/errors.ts";
import { writeJsonAtomic, writeRows } from "../../io/write.ts";
import { createObjective, type Objective } from "../../objective/index.ts";
import { loadModelsOf, loadObjective } from "../../rewards/open-objective.ts";
import { readAlignPrompts, refuseColumns, refuseUnreferenced } from "../align/run.ts";
import type { Context } from "../command.ts";
import { isServer, openLocal, type PolicyIdentity } from "../policy-source.ts";
import { VERSION } from "../version.ts";
import { type BestOfKOptions, DEFAULT_K } from "./run.ts";

export type EarlyOptions = {
  /** δ; true: 0.1. */
  earlyStop?: number | true;
  stages?: number[];
  calibrationPrompts?: number;
};

type Options = BestOfKOptions & EarlyOptions;

export type EarlyResult = {
  goal: string;
  prompts: number;
  k: number;
  /** Prompts that it was learned from, where nothing was given up. */
  learnedFrom: number;
  stages: readonly number[];
  risk: number;
  /** On the other prompts. */
  tokens: {
    /** Sampled. */
    spent: number;
    /** What plain best-of-k would have sampled: an estimate, from the prompts that it was learned from. */
    plain: number;
    /** 1 − spent/plain. */
    saved: number;
  };
  /** Sampled on the prompts that it was learned from. */
  learningTokens: number;
  /** Mean u of the chosen responses, on the prompts learned from and on the others. */
  meanU: { learnedFrom: number; others: number };
  chosen: string;
};

/** One prompt's choice, and what it took. */
type Chosen = { response: string; u: number; tokens: number; plainTokens: number };

export const isEarly = ({ earlyStop, stages, calibrationPrompts }: Options): boolean => {
  if (earlyStop !== undefined) return true;
  if (stages !== undefined) throw new UsageError("--stages is for --early-stop");
  if (calibrationPrompts !== undefined) throw new UsageError("--calibration-prompts is for --early-stop");
  return false;
};

/** @throws UsageError for options that don't go with early stopping; InputError for too few prompts */
export async function earlyBestOfKCommand(options: Options, context: Context): Promise<EarlyResult> {
  const { promptFormat = "dialogue", maxNewTokens = 128, k = DEFAULT_K, seed } = options;
  const { policy: folder, prompts: files } = checked(options);
  const risk = typeof options.earlyStop === "number" ? options.earlyStop : 0.1;
  const stages = stagesUpTo(maxNewTokens, options.stages);
  const objective = createObjective(await loadObjective(options.objective));
  refuseColumns(objective, options.objective);
  const { models } = await loadModelsOf(objective, dirname(options.objective));
  const { policy, identity } = await openLocal({ ...options, policy: folder });
  try {
    const wanted = {
      prompts: files,
      format: promptFormat,
      maxNewTokens,
      ...(options.skipBad && { skipBad: true }),
    };
    const prompts = await readAlignPrompts(wanted, policy, context);
    refuseUnreferenced(objective, options.objective, prompts);
    const learning = prompts.slice(0, promptsToLearnFrom(prompts.length, risk, options.calibrationPrompts));
    const source: CandidateSource = {
      policy,
      rewarder: createRewarder(new Map(objective.values.map((value) => [value, models.get(value)!]))),
      utility: objectiveUtility(objective),
    };
    const run: Run = { source, context, seed, first: 0 };
    const { learned, chosen } = await learn(run, learning, { k, stages, risk });
    const rest = await early({ ...run, first: learning.length }, prompts.slice(learning.length), learned);
    return await write(options, { objective, identity, learned, prompts, chosen: [...chosen, ...rest] });
  } finally {
    await policy.dispose();
  }
}

type Finished = {
  objective: Objective;
  identity: PolicyIdentity;
  learned: EarlyStopping;
  prompts: readonly AlignPrompt[];
  /** At those it was learned from first. */
  chosen: readonly Chosen[];
};

async function write(
  options: Options,
  { objective, identity, learned, prompts, chosen }: Finished,
): Promise<EarlyResult> {
  const { k, stages, risk, prompts: learnedFrom } = learned;
  const [first, rest] = [chosen.slice(0, learnedFrom), chosen.slice(learnedFrom)];
  const result: EarlyResult = {
    ...{ goal: objective.goal.sentence, prompts: prompts.length, k, learnedFrom, stages, risk },
    tokens: tokensOf(rest),
    learningTokens: first.reduce((sum, { tokens }) => sum + tokens, 0),
    meanU: { learnedFrom: meanU(first), others: meanU(rest) },
    chosen: join(options.out, "chosen.jsonl"),
  };
  await writeRows(
    result.chosen,
    chosen.map((choice, i) => {
      const { prompt, promptHash } = prompts[i]!;
      return { prompt, promptHash, ...choice, p: Math.exp(choice.u), early: i >= learnedFrom };
    }),
  );
  await writeJsonAtomic(join(options.out, "run.json"), {
    command: "align best-of-k --early-stop",
    version: VERSION,
    options,
    policy: identity,
    objective: { hash: objective.file.hash, file: objective.file },
    learned,
    result,
  });
  return result;
}

type Run = {
  source: CandidateSource;
  context: Context;
  seed: number;
  /** Place of the first prompt among all, which the chance of a sample follows from. */
  first: number;
};

/** Prompts at a time: between two of them an interrupt is heeded. */
const CHUNK = 16;

async function byChunk<T>(
  { context, seed, first }: Run,
  prompts: readonly AlignPrompt[],
  what: string,
  work: (some: readonly AlignPrompt[], seed: number) => Promise<readonly T[]>,
): Promise<T[]> {
  const found: T[] = [];
  for (let at = 0; at < prompts.length; at += CHUNK) {
    context.progress.show(`${what}: prompt ${at + 1} of ${prompts.length}`);
    found.push(
      ...(await work(prompts.slice(at, at + CHUNK), (Math.imul(seed, 0x9e3779b1) + first + at) | 0)),
    );
  }
  return found;
}

async function learn(
  run: Run,
  prompts: readonly AlignPrompt[],
  { k, stages, risk }: Pick<EarlyStopping, "k" | "stages" | "risk">,
): Promise<{ learned: EarlyStopping; chosen: Chosen[] }> {
  const { source, context } = run;
  const drawn = await byChunk<StagedCandidate[]>(run, prompts, "learning when to give up", (some, seed) =>
    drawInStages(source, some, { k, stages, seed, signal: context.signal }),
  );
  const chosen = drawn.map((candidates): Chosen => {
    const u = candidates.map((candidate) => candidate.u.at(-1)!);
    const { index } = bestOfK(u);
    const tokens = candidates.reduce((sum, candidate) => sum + candidate.tokens.length, 0);
    return { response: candidates[index]!.text, u: u[index]!, tokens, plainTokens: tokens };
  });
  return { learned: calibrateEarlyStopping(drawn, stages, risk), chosen };
}

async function early(run: Run, prompts: readonly AlignPrompt[], learned: EarlyStopping): Promise<Chosen[]> {
  const { source, context } = run;
  const choices = await byChunk(run, prompts, "choosing", (some, seed) =>
    earlyBestOfK(source, some, learned, { seed, signal: context.signal }),
  );
  return choices.map(({ text, u, tokens, plainTokens }) => ({ response: text, u, tokens, plainTokens }));
}

function tokensOf(chosen: readonly Chosen[]): EarlyResult["tokens"] {
  const spent = chosen.reduce((sum, { tokens }) => sum + tokens, 0);
  const plain = chosen.reduce((sum, { plainTokens }) => sum + plainTokens, 0);
  return { spent, plain: Math.round(plain), saved: plain > 0 ? 1 - spent / plain : 0 };
}

const meanU = (chosen: readonly Chosen[]): number =>
  chosen.reduce((sum, { u }) => sum + u, 0) / chosen.length;

/** What can't be shown, or done, where responses are given up half-way. */
const WHOLE_CANDIDATES = ["gamma", "judge", "judgedBy", "rewards", "pattern", "format"] as const;

function checked(options: Options): { policy: string; prompts: string[] } {
  const { candidates, policy, prompts } = options;
  if (candidates !== undefined || policy === undefined || prompts === undefined)
    throw new UsageError(
      "--early-stop samples by itself: give --policy DIR and --prompts FILE…, no --candidates",
    );
  if (isServer(policy))
    throw new UsageError(
      `--early-stop needs a model in this process, which can go on with a response: --policy ${policy} is a server`,
    );
  const given = WHOLE_CANDIDATES.find((name) => options[name] !== undefined);
  if (given === undefined) return { policy, prompts };
  const name = given === "judgedBy" ? "judged-by" : given;
  throw new UsageError(`--${name} needs all candidates whole: leave it out, or --early-stop`);
}

/** A quarter and a half of the way, unless given; the last stage is the longest response. */
function stagesUpTo(maxNewTokens: number, given: number[] | undefined): number[] {
  const before = given ?? [Math.floor(maxNewTokens / 4), Math.floor(maxNewTokens / 2)];
  const ascending = before.every((stage, i) => stage > (before[i - 1] ?? 0) && stage < maxNewTokens);
  if (ascending) return [...before, maxNewTokens];
  throw new UsageError(
    `--stages takes numbers of tokens that ascend, above 0 and below --max-new-tokens (${maxNewTokens}); found ${before.join(",")}`,
  );
}

/** @throws InputError where so few prompts can't bound the risk, so that nothing would ever be given up */
function promptsToLearnFrom(prompts: number, risk: number, given: number | undefined): number {
  const count = given ?? Math.ceil(prompts / 2);
  // half of them set the margins, and ⌈(1 − δ)(P + 1)⌉ of those P must be within
  const least = 2 * Math.ceil((1 - risk) / risk - 1e-9);
  if (count >= least && count < prompts) return count;
  throw new InputError({
    problem: `early stopping at a risk of ${risk} learns from at least ${least} prompts, and needs others to use it on`,
    found: `${count} to learn from, of ${prompts}`,
    fix: "Give more prompts, or a higher --early-stop",
  });
}

export function describeEarly(result: EarlyResult): string {
  const { goal, prompts, learnedFrom, k, stages, risk, tokens, meanU, chosen } = result;
  return [
    `${goal}: best of ${k} at ${prompts} prompts, judged after ${stages.join(", ")} tokens`,
    `learned on ${learnedFrom} of them (all samples whole, mean u ${meanU.learnedFrom.toFixed(3)}); the winner is given up at a share of at most ${risk} of the others`,
    `the other ${prompts - learnedFrom}: ${tokens.spent.toLocaleString("en")} tokens instead of about ${tokens.plain.toLocaleString("en")}, ${(100 * tokens.saved).toFixed(1)} % saved, mean u ${meanU.others.toFixed(3)}`,
    `written: ${chosen}`,
  ].join("\n");
}
