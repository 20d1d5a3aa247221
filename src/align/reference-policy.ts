/**
 * The reference policy: what the policy was before alignment, and the measure of how far it has moved.
 * @module
 */
import {
  compile,
  exp,
  type Graph,
  graph,
  mul,
  neg,
  type Program,
  SessionCache,
  type SessionOptions,
  type State,
  sub,
  sum,
  type Tensor,
} from "../engine/index.ts";
import {
  type NetworkOptions,
  type TransformerConfig,
  type Weights,
  weightShapes,
  weightValues,
} from "../models/index.ts";
import { policyPass, tokenInputs } from "./policy-pass.ts";
import { layOut, perResponse, type ResponseTokens, shapeKey, type TokenShape } from "./token-layout.ts";

/** Policy and reference policy at each token of a response. */
export type Comparison = {
  /** log π(token). */
  readonly logProbs: Float32Array;
  /** log π_ref(token). */
  readonly referenceLogProbs: Float32Array;
  /** KL(π ‖ π_ref) of the next-token distributions where each token stands, exact over the vocabulary, in nats. */
  readonly kl: Float32Array;
  /** Entropy of the policy's next-token distribution where each token stands, in nats. */
  readonly entropy: Float32Array;
};

export type ReferencePolicyOptions = SessionOptions & {
  /** How the policy uses its weights, where it is not the plain network: an adapter, with inputs of its own. */
  adapt?: (g: Graph) => Pick<NetworkOptions, "project">;
};

/** Sequences compared at a time. */
const ROWS = 32;
/** Shapes whose programs are kept. */
const SESSIONS = 24;
const PREFIX = "reference.";

export class ReferencePolicy {
  readonly #config: TransformerConfig;
  readonly #state: State;
  readonly #sessions: SessionCache;
  readonly #adapt: ReferencePolicyOptions["adapt"];

  /**
   * @param state the policy's
   * @param weights the reference's; their arrays are shared, not copied. Under an adapter the state's own weights never
   *   change, and are those of the reference.
   */
  constructor(
    config: TransformerConfig,
    state: State,
    weights: Weights,
    { adapt, ...session }: ReferencePolicyOptions = {},
  ) {
    this.#config = config;
    this.#adapt = adapt;
    this.#sessions = new SessionCache({ ...session, capacity: SESSIONS });
    this.#state = state;
    if (adapt !== undefined) return;
    for (const [name, value] of Object.entries(weightValues(config, weights))) {
      state.set(`${PREFIX}${name}`, value);
    }
  }

  /**
   * Log-probs of given tokens under both policies, and the exact KL and the entropy where they stand.
   * @returns one a response, in their order
   */
  async compare(
    responses: readonly ResponseTokens[],
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<Comparison[]> {
    const found: Comparison[] = new Array(responses.length);
    // like lengths together: little padding
    const order = responses
      .map(({ promptIds, tokens }, i) => ({ i, length: promptIds.length + tokens.length }))
      .sort((a, b) => a.length - b.length || a.i - b.i);
    for (let from = 0; from < order.length; from += ROWS) {
      signal?.throwIfAborted();
      const members = order.slice(from, from + ROWS).map(({ i }) => i);
      const compared = await this.#compareSome(members.map((i) => responses[i]!));
      for (const [j, i] of members.entries()) found[i] = compared[j]!;
    }
    return found;
  }

  async #compareSome(responses: readonly ResponseTokens[]): Promise<Comparison[]> {
    const layout = layOut(responses, ROWS, this.#config.context);
    const session = await this.#sessions.get(shapeKey(layout.shape), () => this.#program(layout.shape));
    const outputs = await session.run(layout.feeds, { state: this.#state });
    const split = (name: string) => perResponse(outputs[name]!.data as Float32Array, responses);
    const [logProbs, referenceLogProbs, kl, entropy] = ["logProbs", "referenceLogProbs", "kl", "entropy"].map(
      split,
    );
    return responses.map((_, i) => ({
      logProbs: logProbs![i]!,
      referenceLogProbs: referenceLogProbs![i]!,
      // rounding can leave a crumb below zero
      kl: kl![i]!.map((nats) => Math.max(0, nats)),
      entropy: entropy![i]!.map((nats) => Math.max(0, nats)),
    }));
  }

  #program(shape: TokenShape): Program {
    const g = graph();
    const inputs = tokenInputs(g, shape);
    const project = this.#adapt?.(g).project;
    const policy = policyPass(g, this.#config, inputs, { ...(project && { project }) });
    const reference = policyPass(g, this.#config, inputs, {
      parameters: this.#referenceParameters(g, policy.parameters),
    });
    const weighted = (x: Tensor) => sum(mul(exp(policy.distribution), x), [1]);
    return compile({
      logProbs: policy.logProbs,
      referenceLogProbs: reference.logProbs,
      kl: weighted(sub(policy.distribution, reference.distribution)),
      entropy: neg(weighted(policy.distribution)),
    });
  }

  #referenceParameters(g: Graph, policy: readonly Tensor[]): ReadonlyMap<string, Tensor> {
    if (this.#adapt !== undefined) return new Map(policy.map((tensor) => [tensor.name, tensor]));
    return new Map(
      [...weightShapes(this.#config)].map(([name, shape]) => [
        name,
        g.input(`${PREFIX}${name}`, "float32", shape),
      ]),
    );
  }

  dispose(): Promise<void> {
    return this.#sessions.dispose();
  }
}
