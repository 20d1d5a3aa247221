import { type Graph, gather, logSoftmax, reshape, type Tensor, takeAlong } from "../engine/index.ts";
import { forward, type NetworkOptions, type TransformerConfig } from "../models/index.ts";
import type { TokenShape } from "./token-layout.ts";

/** The policy at all response tokens of a batch; inputs as in `TokenLayout.feeds`. */
export type PolicyPass = {
  /** The weights as inputs of the graph. */
  readonly parameters: readonly Tensor[];
  /** Hidden states from which the response tokens are predicted, [tokens, dim]. */
  readonly hidden: Tensor;
  /** log π over the vocabulary, [tokens, vocabSize]. */
  readonly distribution: Tensor;
  /** log π(response token), [tokens]. */
  readonly logProbs: Tensor;
};

/** The inputs that several passes of one graph share. */
export type TokenInputs = { readonly ids: Tensor; readonly at: Tensor; readonly targets: Tensor };

export function tokenInputs(g: Graph, { rows, length, tokens }: TokenShape): TokenInputs {
  return {
    ids: g.input("ids", "int64", [rows, length]),
    at: g.input("at", "int64", [tokens]),
    targets: g.input("targets", "int64", [tokens]),
  };
}

/** Builds the pass. Only at response tokens is the vocabulary computed, which for small models is most of the work. */
export function policyPass(
  g: Graph,
  config: TransformerConfig,
  { ids, at, targets }: TokenInputs,
  options: NetworkOptions = {},
): PolicyPass {
  const [batch, length] = ids.shape as [number, number];
  const pass = forward(g, config, { batch, length, ids, ...options });
  const hidden = gather(pass.hidden, at);
  const distribution = logSoftmax(pass.logits(hidden));
  const logProbs = reshape(takeAlong(distribution, reshape(targets, [-1, 1]), 1), targets.shape);
  return { parameters: pass.parameters, hidden, distribution, logProbs };
}
