/**
 * The candidates of best-of-k, drawn in stages: after so many tokens each is judged as it stands, and may be given up.
 * @module
 */
import { randomStreams } from "../models/index.ts";
import type { LocalPolicy } from "../policies/index.ts";
import type { Random } from "../stats/random.ts";
import type { Rewarder } from "./rewarder.ts";
import type { AlignPrompt } from "./rollout.ts";
import { type Utility, utilitiesOf } from "./utility.ts";

/** Who speaks, and who judges. */
export type CandidateSource = {
  readonly policy: LocalPolicy;
  readonly rewarder: Rewarder;
  readonly utility: Utility;
};

export type StageOptions = {
  /** Candidates of each prompt. */
  k: number;
  /** Tokens of a response at which it is judged, ascending; the last is the limit of a response. */
  stages: readonly number[];
  seed: number;
  signal?: AbortSignal;
};

export type StagedCandidate = {
  readonly tokens: readonly number[];
  readonly text: string;
  /** u of the response as it stood at each stage up to where it ended or was given up; at the last of them it is whole, or given up. */
  readonly u: readonly number[];
  readonly givenUp: boolean;
};

/** A candidate as a rule sees it at a stage. */
export type CandidateView = {
  /** Of the response as it stands. */
  readonly u: number;
  readonly state: "growing" | "whole" | "given up";
};

/**
 * Which candidates of a prompt are given up after a stage, the last one excepted.
 * @returns indices; only growing ones can be given up
 */
export type GiveUp = (stage: number, candidates: readonly CandidateView[]) => readonly number[];

/** Plain best-of-k. */
export const never: GiveUp = () => [];

type Growing = {
  readonly prompt: number;
  readonly random: Random;
  tokens: number[];
  text: string;
  u: number[];
  state: CandidateView["state"];
};

/**
 * Draws k candidates of each prompt. Each has its own source of chance, so that a candidate says the same whichever others
 * are given up, and what is drawn in stages is what would be drawn at once. The rewards of a candidate given up stay what
 * they were, for utilities that compare the candidates of a prompt.
 *
 * @returns for each prompt its k candidates
 * @throws InputError where a prompt leaves no room in the context or a reward is no finite number; RangeError for stages
 *   that do not ascend
 */
export async function drawInStages(
  source: CandidateSource,
  prompts: readonly AlignPrompt[],
  { k, stages, seed, signal }: StageOptions,
  giveUp: GiveUp = never,
): Promise<StagedCandidate[][]> {
  checkStages(stages);
  const streams = randomStreams(seed);
  const all = prompts.flatMap((_, prompt) =>
    Array.from(
      { length: k },
      (_, i): Growing => ({
        prompt,
        random: streams(prompt, i),
        tokens: [],
        text: "",
        u: [],
        state: "growing",
      }),
    ),
  );
  const rewards = source.rewarder.values.map(() => new Float64Array(all.length));
  const groups = prompts.map((_, prompt) => all.slice(prompt * k, (prompt + 1) * k));
  for (const [stage, limit] of stages.entries()) {
    const growing = all.filter(({ state }) => state === "growing");
    if (growing.length === 0) break;
    await grow(source.policy, prompts, growing, limit - (stages[stage - 1] ?? 0), signal);
    const scored = await source.rewarder.score(
      growing.map(({ prompt, text }) => ({ prompt: prompts[prompt]!.prompt, response: text })),
      { ...(signal && { signal }) },
    );
    const places = growing.map((candidate) => all.indexOf(candidate));
    for (const [v, column] of scored.entries()) {
      for (const [j, place] of places.entries()) rewards[v]![place] = column[j]!;
    }
    const u = utilitiesOf(source.utility, { prompts, n: k, rewards });
    for (const place of places) all[place]!.u.push(u[place]!);
    const last = stage === stages.length - 1;
    for (const group of groups) {
      if (last) for (const candidate of group) end(candidate);
      else {
        const views = group.map(({ u, state }) => ({ u: u.at(-1)!, state }));
        for (const i of giveUp(stage, views)) if (group[i]!.state === "growing") group[i]!.state = "given up";
      }
    }
  }
  return groups.map((group) =>
    group.map(({ tokens, text, u, state }) => ({ tokens, text, u, givenUp: state === "given up" })),
  );
}

function end(candidate: Growing): void {
  if (candidate.state === "growing") candidate.state = "whole";
}

/** Continues each candidate by as many tokens, or up to its end. */
async function grow(
  policy: LocalPolicy,
  prompts: readonly AlignPrompt[],
  growing: readonly Growing[],
  maxNewTokens: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  // at the first stage the candidates of a prompt share the reading of it
  const first = growing[0]!.tokens.length === 0;
  const n = first ? growing.length / prompts.length : 1;
  const beginnings = first
    ? prompts.map(({ ids }) => ids)
    : growing.map(({ prompt, tokens }) => [...prompts[prompt]!.ids, ...tokens]);
  const samples = await policy.sampleTokens(beginnings, {
    n,
    maxNewTokens,
    seed: 0,
    random: (beginning, sample) => growing[beginning * n + sample]!.random,
    ...(signal && { signal }),
  });
  for (const [i, { tokens, stopReason }] of samples.flat().entries()) {
    const candidate = growing[i]!;
    const { ids } = prompts[candidate.prompt]!;
    candidate.tokens = [...candidate.tokens, ...tokens];
    candidate.text = policy.decode(ids, candidate.tokens);
    const full = ids.length + candidate.tokens.length >= policy.model.config.context;
    if (stopReason !== "length" || full) candidate.state = "whole";
  }
}

function checkStages(stages: readonly number[]): void {
  const ascending = stages.every((at, i) => Number.isSafeInteger(at) && at > (stages[i - 1] ?? 0));
  if (stages.length > 0 && ascending) return;
  throw new RangeError(`stages are whole numbers of tokens that ascend from 1, got ${stages.join(", ")}`);
}
