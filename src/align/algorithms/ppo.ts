import {
  add,
  clip,
  compile,
  type Graph,
  graph,
  matmul,
  maximum,
  mul,
  type Program,
  reshape,
  SessionCache,
  square,
  sub,
  sum,
  type Tensor,
  zeros,
} from "../../engine/index.ts";
import type { Algorithm, AlgorithmContext, ScoredRollouts } from "../algorithm.ts";
import { partsOf } from "../algorithm.ts";
import type { PolicyPass } from "../policy-pass.ts";
import type { Rollout } from "../rollout.ts";
import { perResponse, shapeKey, type TokenShape } from "../token-layout.ts";
import { checkClipping, clippedSurrogate, epochUpdates, surrogateInputs } from "./clipped-surrogate.ts";
import { gae, moments, whiten } from "./gae.ts";

export type PpoOptions = {
  /** Passes over each batch of rollouts. Default 2. */
  epochs?: number;
  /** Updates of each pass. Default 2. */
  minibatches?: number;
  /** ε of the clipped ratio. Default 0.2. */
  clip?: number;
  /** How far a value may move from what it was when the batch was sampled before it stops learning. Default 0.2. */
  valueClip?: number;
  /** Weight of the value loss. Default 0.1. */
  valueWeight?: number;
  /** λ of the advantages, in [0, 1]. Default 0.95. */
  lambda?: number;
};

const WEIGHT = "valueHead.weight";
const BIAS = "valueHead.bias";

/**
 * PPO (Schulman et al. 2017) as used for language (Ziegler et al. 2019): each token is an action, rewarded with
 * −γ log(π/π_ref), the last one with u too; advantages by GAE from a value head, linear on the policy's own hidden states; the
 * clipped loss on ratio and value, over several passes in minibatches.
 *
 * Advantages are whitened over the batch. That moves no optimum: what is taken off is one number for all tokens, and
 * E[c ∇ log π(token)] = 0 at each; what is divided by is positive, and scales the whole gradient. At π* the return to go
 * from any point is one number, γ log E_{π_ref}[exp(u/γ)] from there on: advantages vanish with right values, so that the
 * later passes, whose gradient is not that of the objective, rest there too.
 */
export function ppo(options: PpoOptions = {}): Algorithm {
  const { epochs = 2, minibatches = 2, clip: epsilon = 0.2 } = options;
  const { valueClip = 0.2, valueWeight = 0.1, lambda = 0.95 } = options;
  checkClipping({ epochs, minibatches, clip: epsilon });
  let sessions: SessionCache | undefined;
  let explainedVariance = 0;
  return {
    name: "ppo",
    parameters: ({ dim }) => ({
      [WEIGHT]: zeros({ dtype: "float32", shape: [dim, 1] }),
      [BIAS]: zeros({ dtype: "float32", shape: [1] }),
    }),
    loss(g, pass, shape) {
      const inputs = surrogateInputs(g, shape);
      const { loss, ...metrics } = clippedSurrogate(pass.logProbs, inputs, epsilon);
      const { values, parameters } = valueHead(g, pass);
      const [oldValues, returns] = ["oldValues", "returns"].map((name) =>
        g.input(name, "float32", [shape.tokens]),
      ) as [Tensor, Tensor];
      const valueLoss = clippedValueLoss(values, { oldValues, returns, weights: inputs.weights }, valueClip);
      return {
        loss: add(loss, mul(valueLoss, valueWeight)),
        parameters,
        metrics: { ...metrics, valueLoss },
      };
    },
    async updates(batch, context) {
      const { rollouts, u } = batch;
      sessions ??= new SessionCache(context.session);
      startBias(batch, context);
      const values = await valuesOf(rollouts, context, sessions);
      const raw = rollouts.map((rollout, i) =>
        gae(tokenRewards(rollout, u[i]!, context.klWeight), values[i]!, { lambda, discount: 1 }),
      );
      const returns = raw.map((advantages, i) =>
        advantages.map((advantage, t) => advantage + values[i]![t]!),
      );
      explainedVariance = explained(raw, returns);
      const advantages = whiten(raw);
      return epochUpdates(rollouts, context.config, { epochs, minibatches, seed: context.seed }, (i) => ({
        oldLogProbs: rollouts[i]!.logProbs,
        advantages: advantages[i]!,
        oldValues: values[i]!,
        returns: returns[i]!,
      }));
    },
    metrics: () => ({ explainedVariance }),
    dispose: async () => sessions?.dispose(),
  };
}

/** −γ log(π/π_ref) at each token, and u at the last (Ziegler et al. 2019, equation 2). */
export function tokenRewards(
  { logProbs, referenceLogProbs }: Pick<Rollout, "logProbs" | "referenceLogProbs">,
  u: number,
  klWeight: number,
): Float64Array {
  const rewards = Float64Array.from(logProbs, (logProb, t) => -klWeight * (logProb - referenceLogProbs[t]!));
  rewards[rewards.length - 1]! += u;
  return rewards;
}

/**
 * ½ Σ w max((V − R)², (V_old + clip(V − V_old, ±range) − R)²): the worse of the two, so that a value that has moved by more
 * than `range` towards its return stops learning (Schulman et al.'s implementation; not in the paper). All [tokens].
 */
export function clippedValueLoss(
  values: Tensor,
  { oldValues, returns, weights }: Readonly<Record<"oldValues" | "returns" | "weights", Tensor>>,
  range: number,
): Tensor {
  const held = add(oldValues, clip(sub(values, oldValues), -range, range));
  const worse = maximum(square(sub(values, returns)), square(sub(held, returns)));
  return mul(sum(mul(weights, worse)), 0.5);
}

function valueHead(g: Graph, { hidden }: PolicyPass): { values: Tensor; parameters: Tensor[] } {
  const [tokens, dim] = hidden.shape as [number, number];
  const weight = g.input(WEIGHT, "float32", [dim, 1]);
  const bias = g.input(BIAS, "float32", [1]);
  return { values: reshape(add(matmul(hidden, weight), bias), [tokens]), parameters: [weight, bias] };
}

/** While the head is all zero, its bias becomes the mean return: at small learning rates it would take long to get there. */
function startBias({ rollouts, u }: ScoredRollouts, { state, klWeight }: AlgorithmContext): void {
  if ([WEIGHT, BIAS].some((name) => (state.get(name).data as Float32Array).some((x) => x !== 0))) return;
  const returns = rollouts.map((rollout, i) => {
    const rewards = tokenRewards(rollout, u[i]!, klWeight);
    return gae(rewards, new Float64Array(rewards.length), { lambda: 1, discount: 1 });
  });
  state.set(BIAS, { dtype: "float32", shape: [1], data: Float32Array.of(moments(returns).mean) });
}

/** V of what stands before each response token, under the policy as it is now. */
async function valuesOf(
  rollouts: readonly Rollout[],
  { config, state, pass }: AlgorithmContext,
  sessions: SessionCache,
): Promise<Float32Array[]> {
  const program = (shape: TokenShape): Program => {
    const g = graph();
    return compile({ values: valueHead(g, pass(g, shape)).values });
  };
  const found: Float32Array[] = new Array(rollouts.length);
  const parts = partsOf(
    rollouts.map((_, i) => i),
    rollouts,
    config,
    () => ({}),
  );
  for (const { layout, members } of parts) {
    const session = await sessions.get(shapeKey(layout.shape), () => program(layout.shape));
    // `targets` belongs to the pass, but no value depends on it
    const { values } = await session.run(layout.feeds, { state });
    const split = perResponse(
      values!.data as Float32Array,
      members.map((i) => rollouts[i]!),
    );
    for (const [j, i] of members.entries()) found[i] = split[j]!;
  }
  return found;
}

/** 1 − Var(return − value)/Var(return): 1 where the values foretell the returns, 0 where they say no more than a constant. */
function explained(residuals: readonly Float64Array[], returns: readonly Float64Array[]): number {
  const total = moments(returns).deviation ** 2;
  return total === 0 ? 0 : 1 - moments(residuals).deviation ** 2 / total;
}
