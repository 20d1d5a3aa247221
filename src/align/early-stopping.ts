/**
 * Early-stopping best-of-k: candidates that cannot win any more are given up before they are whole.
 * @module
 */
import type { AlignPrompt } from "./rollout.ts";
import {
  type CandidateSource,
  type CandidateView,
  drawInStages,
  type GiveUp,
  type StagedCandidate,
  type StageOptions,
} from "./staged-candidates.ts";

/** What is known of responses that are still growing at a stage. */
export type StageBound = {
  /** The expected u of the whole response is intercept + slope · (u as it stands). */
  readonly intercept: number;
  readonly slope: number;
  /**
   * How far the expected u of a winner may lie below the leader's, in u: a candidate further below is given up. Null: no bound
   * is known, none is given up.
   */
  readonly margin: number | null;
  /** Tokens that it still had to go, on average. */
  readonly remaining: number;
};

/** What calibration learned; plain JSON. */
export type EarlyStopping = {
  readonly k: number;
  readonly stages: readonly number[];
  /** δ: the bound on the share of prompts at which the winner of plain best-of-k is given up. */
  readonly risk: number;
  /** Prompts that it was learned from. */
  readonly prompts: number;
  /** For each stage but the last. */
  readonly bounds: readonly StageBound[];
};

/**
 * Learns when to give up, from candidates of which none was. Let d_s be the expected final u of the leader at stage s less
 * that of the candidate which wins in the end: what the winner still has to make up. One half of the prompts (those at even
 * places) gives the lines of expectation and the spread of the final u about them; the margins are so many spreads, the same
 * number at all stages. The other half sets that number, by split conformal prediction (Vovk et al. 2005): the least at which
 * of its P prompts ⌈(1 − δ)(P + 1)⌉ have a winner within all margins. For a new prompt of the same kind, the risk that the winner of plain
 * best-of-k is given up is then at most δ, whatever the distribution, averaged over calibrations. It holds for utilities that
 * judge each response alone.
 *
 * @param drawn candidates by prompt, from `drawInStages` without giving up
 * @param risk δ in [0, 1); with 0, or too few prompts for δ, no candidate is ever given up
 */
export function calibrateEarlyStopping(
  drawn: readonly (readonly StagedCandidate[])[],
  stages: readonly number[],
  risk: number,
): EarlyStopping {
  if (!(risk >= 0 && risk < 1)) throw new RangeError(`the risk is at least 0 and below 1, got ${risk}`);
  const k = drawn[0]?.length ?? 0;
  if (k === 0) throw new RangeError("early stopping is learned from at least one prompt with candidates");
  const [shape, level] = [0, 1].map((half) => drawn.filter((_, p) => p % 2 === half));
  const lines = stages.slice(0, -1).map((_, stage) => lineAt(shape!.flat(), stage, stages));
  const spreads = levelFor(level!, lines, risk);
  return {
    k,
    stages,
    risk,
    prompts: drawn.length,
    bounds: lines.map(({ spread, ...line }) => ({
      ...line,
      margin: spreads === undefined ? null : spreads * spread,
    })),
  };
}

type Line = Omit<StageBound, "margin"> & {
  /** Standard deviation of the final u about the line; above 0. */
  spread: number;
};

/** Where the final u is known before the end, a margin must still exceed rounding. */
const LEAST_SPREAD = 1e-9;

/** Least squares of the final u on u at a stage, over the candidates that were growing there. */
function lineAt(candidates: readonly StagedCandidate[], stage: number, stages: readonly number[]): Line {
  const growing = candidates.filter(({ u }) => u.length > stage + 1);
  if (growing.length === 0) return { intercept: 0, slope: 1, remaining: 0, spread: LEAST_SPREAD };
  const mean = (of: (candidate: StagedCandidate) => number) =>
    growing.reduce((sum, candidate) => sum + of(candidate), 0) / growing.length;
  const [now, final] = [mean(({ u }) => u[stage]!), mean(({ u }) => u.at(-1)!)];
  const variance = mean(({ u }) => (u[stage]! - now) ** 2);
  const covariance = mean(({ u }) => (u[stage]! - now) * (u.at(-1)! - final));
  // what promises less never ends better on average: a falling line is noise
  const slope = variance > 0 ? Math.max(0, covariance / variance) : 0;
  const intercept = final - slope * now;
  const squares = mean(({ u }) => (u.at(-1)! - intercept - slope * u[stage]!) ** 2);
  return {
    intercept,
    slope,
    spread: Math.max(LEAST_SPREAD, Math.sqrt(squares)),
    remaining: mean(({ tokens }) => tokens.length) - stages[stage]!,
  };
}

/** Expected final utilities; of those given up, −∞. */
function expectations(
  views: readonly CandidateView[],
  { intercept, slope }: Pick<StageBound, "intercept" | "slope">,
): number[] {
  return views.map(({ u, state }) =>
    state === "growing" ? intercept + slope * u : state === "whole" ? u : Number.NEGATIVE_INFINITY,
  );
}

/**
 * The least number of spreads within which the winners of enough prompts lie at all stages; undefined where δ is too small for
 * so few prompts.
 */
function levelFor(
  prompts: readonly (readonly StagedCandidate[])[],
  lines: readonly Line[],
  risk: number,
): number | undefined {
  const furthest = Float64Array.from(prompts, (candidates) => furthestBehind(candidates, lines)).sort();
  return furthest[Math.ceil((1 - risk) * (prompts.length + 1)) - 1];
}

/** How many spreads the winner lies behind the leader at worst; of equal winners, the one that does best. At least 0. */
function furthestBehind(candidates: readonly StagedCandidate[], lines: readonly Line[]): number {
  const best = Math.max(...candidates.map(({ u }) => u.at(-1)!));
  const winners = [...candidates.keys()].filter((i) => candidates[i]!.u.at(-1) === best);
  const behind = winners.map(() => 0);
  for (const [stage, line] of lines.entries()) {
    const views = candidates.map((candidate) => viewAt(candidate, stage));
    const expected = expectations(views, line);
    const leader = Math.max(...expected);
    for (const [w, i] of winners.entries()) {
      // what is whole is not given up
      if (views[i]!.state === "growing")
        behind[w] = Math.max(behind[w]!, (leader - expected[i]!) / line.spread);
    }
  }
  return Math.min(...behind);
}

/** Gives up what lies further below the leader than any winner did, but for a share δ of them. */
export function earlyStopping({ bounds }: Pick<EarlyStopping, "bounds">): GiveUp {
  return (stage, views) => {
    const bound = bounds[stage]!;
    const { margin } = bound;
    if (margin === null) return [];
    const expected = expectations(views, bound);
    const leader = Math.max(...expected);
    return growing(views).filter((i) => leader - expected[i]! > margin);
  };
}

/**
 * Speculative rejection (Sun et al. 2024): at each stage the share α of lowest u as they stand is given up, whole responses
 * among the ranks.
 * @param alpha α in [0, 1)
 */
export function speculativeRejection(alpha: number): GiveUp {
  if (!(alpha >= 0 && alpha < 1)) throw new RangeError(`α is at least 0 and below 1, got ${alpha}`);
  return (_, views) => {
    const left = [...views.keys()].filter((i) => views[i]!.state !== "given up");
    const ranked = left.sort((a, b) => views[b]!.u - views[a]!.u || a - b);
    const lower = new Set(ranked.slice(Math.ceil((1 - alpha) * ranked.length)));
    return growing(views).filter((i) => lower.has(i));
  };
}

const growing = (views: readonly CandidateView[]): number[] =>
  [...views.keys()].filter((i) => views[i]!.state === "growing");

/** A candidate that was never given up, as it was at a stage. */
function viewAt({ u }: StagedCandidate, stage: number): CandidateView {
  return { u: u[Math.min(stage, u.length - 1)]!, state: u.length > stage + 1 ? "growing" : "whole" };
}

export type Replay = {
  /** The first whole candidate of highest u. */
  readonly index: number;
  readonly u: number;
  /** Tokens sampled for all candidates. */
  readonly tokens: number;
};

/** What a rule would have chosen, and at what price, from candidates of one prompt of which none was given up. */
export function replay(
  candidates: readonly StagedCandidate[],
  stages: readonly number[],
  giveUp: GiveUp,
): Replay {
  const stoppedAt = new Map<number, number>();
  for (let stage = 0; stage < stages.length - 1; stage++) {
    const views = candidates.map((candidate, i): CandidateView => {
      const view = viewAt(candidate, Math.min(stage, stoppedAt.get(i) ?? stage));
      return stoppedAt.has(i) ? { ...view, state: "given up" } : view;
    });
    for (const i of giveUp(stage, views)) if (views[i]!.state === "growing") stoppedAt.set(i, stage);
  }
  const tokens = candidates.reduce(
    (sum, candidate, i) => sum + (stoppedAt.has(i) ? stages[stoppedAt.get(i)!]! : candidate.tokens.length),
    0,
  );
  const index = bestOf(candidates.map(({ u }, i) => (stoppedAt.has(i) ? undefined : u.at(-1)!)));
  return { index, u: candidates[index]!.u.at(-1)!, tokens };
}

/** The first of the highest numbers. */
function bestOf(u: readonly (number | undefined)[]): number {
  let best = -1;
  for (const [i, value] of u.entries()) {
    if (value !== undefined && (best < 0 || value > u[best]!)) best = i;
  }
  if (best < 0) throw new RangeError("every candidate was given up");
  return best;
}

export type EarlyChoice = {
  readonly index: number;
  readonly text: string;
  readonly u: number;
  /** Tokens sampled for all candidates. */
  readonly tokens: number;
  /** What plain best-of-k would have sampled: for those given up, an estimate from calibration. */
  readonly plainTokens: number;
};

/**
 * Best-of-k that gives up on candidates which cannot win any more. With `margin` null at all stages it is plain best-of-k,
 * and chooses among the same candidates for the same seed.
 *
 * Its figure of merit is tokens sampled. Each stage costs a reading of what stands so far and one scoring of it as well.
 */
export async function earlyBestOfK(
  source: CandidateSource,
  prompts: readonly AlignPrompt[],
  learned: EarlyStopping,
  { seed, signal }: Pick<StageOptions, "seed" | "signal">,
): Promise<EarlyChoice[]> {
  const { k, stages, bounds } = learned;
  const drawn = await drawInStages(
    source,
    prompts,
    { k, stages, seed, ...(signal && { signal }) },
    earlyStopping(learned),
  );
  return drawn.map((candidates) => {
    const index = bestOf(candidates.map(({ u, givenUp }) => (givenUp ? undefined : u.at(-1)!)));
    const tokens = candidates.reduce((sum, candidate) => sum + candidate.tokens.length, 0);
    const spared = candidates.reduce(
      (sum, { givenUp, u }) => sum + (givenUp ? bounds[u.length - 1]!.remaining : 0),
      0,
    );
    return {
      index,
      text: candidates[index]!.text,
      u: candidates[index]!.u.at(-1)!,
      tokens,
      plainTokens: tokens + spared,
    };
  });
}
