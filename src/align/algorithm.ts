/**
 * What an algorithm of reinforcement learning or preference optimisation is: which updates a batch of rollouts gives, and the
 * loss of an update.
 * @module
 */
import type { Graph, SessionOptions, State, Tensor, Value } from "../engine/index.ts";
import type { TransformerConfig } from "../models/index.ts";
import type { PolicyPass } from "./policy-pass.ts";
import type { Rollout, RolloutBatch } from "./rollout.ts";
import { flatTokens, layOut, type TokenLayout, type TokenShape } from "./token-layout.ts";

/** Rollouts with their utilities. */
export type ScoredRollouts = RolloutBatch & {
  /** u of each rollout, finite. */
  readonly u: Float64Array;
};

/** A part of an update: the parts' losses are summed. */
export type AlgorithmPart = { readonly layout: TokenLayout; readonly feeds: Readonly<Record<string, Value>> };

/** What an algorithm may use beside the rollouts. */
export type AlgorithmContext = {
  readonly config: TransformerConfig;
  /** γ, the weight of KL(π ‖ π_ref) in the objective E[u] − γ KL, in utilities per nat. */
  readonly klWeight: number;
  readonly seed: number;
  readonly state: State;
  readonly session: SessionOptions;
  /** The policy in a graph of the algorithm's own, through its adapter where it has one. */
  pass(g: Graph, shape: TokenShape): PolicyPass;
};

export type AlgorithmLoss = {
  readonly loss: Tensor;
  readonly parameters?: readonly Tensor[];
  readonly metrics?: Readonly<Record<string, Tensor>>;
};

export type Algorithm = {
  readonly name: string;
  /** Parameters that it trains beside the policy's, with where they start: a value head. */
  parameters?(config: TransformerConfig): Readonly<Record<string, Value>>;
  /**
   * The loss of one part, to be minimised.
   * @param pass the policy at the part's response tokens; the weights are inputs of `g`
   * @returns the loss, the algorithm's own parameters as inputs of `g`, and numbers for the log, shaped [] and weighted so
   *   that their sum over the parts is the update's
   */
  loss(g: Graph, pass: PolicyPass, shape: TokenShape): AlgorithmLoss;
  /** The updates that a batch gives, in their order, each in parts. */
  updates(batch: ScoredRollouts, context: AlgorithmContext): Promise<readonly (readonly AlgorithmPart[])[]>;
  /** Numbers about the last batch, for the log. */
  metrics?(): Readonly<Record<string, number>>;
  dispose?(): Promise<void>;
};

/** Sequences in a part at most. */
const PART_ROWS = 32;

/**
 * Cuts rollouts into parts, like lengths together, with per-token numbers as feeds.
 * @param perToken numbers of rollout i by input name, one a token
 * @returns with the members of each part in the order of its layout
 */
export function partsOf(
  members: readonly number[],
  rollouts: readonly Rollout[],
  config: TransformerConfig,
  perToken: (rollout: number) => Readonly<Record<string, ArrayLike<number>>>,
): (AlgorithmPart & { members: readonly number[] })[] {
  const size = (i: number) => rollouts[i]!.promptIds.length + rollouts[i]!.tokens.length;
  const ordered = [...members].sort((a, b) => size(a) - size(b) || a - b);
  const rows = Math.min(PART_ROWS, ordered.length);
  const parts: (AlgorithmPart & { members: readonly number[] })[] = [];
  for (let from = 0; from < ordered.length; from += rows) {
    const part = ordered.slice(from, from + rows);
    const layout = layOut(
      part.map((i) => rollouts[i]!),
      rows,
      config.context,
    );
    const numbers = part.map(perToken);
    const feeds = Object.fromEntries(
      Object.keys(numbers[0]!).map((name) => [
        name,
        {
          dtype: "float32" as const,
          shape: [layout.shape.tokens],
          data: flatTokens(
            numbers.map((each) => each[name]!),
            layout,
          ),
        },
      ]),
    );
    parts.push({ layout, feeds, members: part });
  }
  return parts;
}

/** Σ_t log π(y_t) − log π_ref(y_t) of a rollout, where it was sampled: an unbiased estimate of the KL (k1). */
export function logRatio({ logProbs, referenceLogProbs }: Rollout): number {
  let sum = 0;
  for (let t = 0; t < logProbs.length; t++) sum += logProbs[t]! - referenceLogProbs[t]!;
  return sum;
}
