/**
 * One step of alignment: roll out, turn rewards into utilities, update the policy. Which updates, the algorithm says.
 * @module
 */
import { type Graph, graph, type SessionOptions, type State } from "../engine/index.ts";
import {
  type AdapterShape,
  adapterShapes,
  adapting,
  createLearner,
  initialAdapter,
  type LossFeeds,
  type LossGraph,
  type ModelFiles,
  type OptimiserOptions,
  type Tokenizer,
  weightShapes,
} from "../models/index.ts";
import { LocalPolicy, type PromptFormat } from "../policies/index.ts";
import { createRandom } from "../stats/random.ts";
import type { Algorithm, AlgorithmContext, AlgorithmPart, ScoredRollouts } from "./algorithm.ts";
import { type KlEstimates, klEstimates } from "./kl-estimators.ts";
import { policyPass, tokenInputs } from "./policy-pass.ts";
import { ReferencePolicy } from "./reference-policy.ts";
import type { Rewarder } from "./rewarder.ts";
import { type AlignPrompt, rollOut } from "./rollout.ts";
import { shapeKey, type TokenShape } from "./token-layout.ts";
import { type Utility, utilitiesOf } from "./utility.ts";

export type PolicyTrainerOptions = {
  /** The reference policy, and where the policy starts. Its arrays are read, never written. */
  model: ModelFiles;
  tokenizer: Tokenizer;
  format?: PromptFormat;
  algorithm: Algorithm;
  rewarder: Rewarder;
  utility: Utility;
  /** Responses of each prompt. */
  n: number;
  maxNewTokens: number;
  /** Taken off the utility of a response that did not end by itself. Default 0. */
  missingEndPenalty?: number;
  optimiser?: OptimiserOptions;
  /** Trains an adapter instead of the weights. */
  lora?: AdapterShape;
  seed: number;
  session?: SessionOptions;
};

export type StepOptions = {
  /** Number of the step, from 1: what is random in it follows from it and the run's seed. */
  step: number;
  learningRate: number;
  klWeight: number;
  signal?: AbortSignal;
  /** Asked after the rollouts and before the update: throws where training must not go on. */
  check?: (measured: RolloutMetrics) => void;
};

/** Means over a batch of rollouts. */
export type RolloutMetrics = {
  utility: number;
  kl: KlEstimates;
  /** Nats a token. */
  entropy: number;
  /** Tokens a response. */
  length: number;
  /** Share of responses that ended by themselves. */
  ended: number;
  /** Raw rewards by value. */
  rewards: Record<string, number>;
};

export type StepMetrics = RolloutMetrics & {
  /** Of the step's last update. */
  loss: number;
  gradientNorm: number;
  /** What the algorithm has to say. */
  own: Readonly<Record<string, number>>;
  tokens: number;
  seconds: Record<"sampling" | "scoring" | "training", number>;
};

/** The policy while it is trained. */
export class PolicyTrainer {
  readonly policy: LocalPolicy;
  readonly reference: ReferencePolicy;
  readonly state: State;
  readonly #options: PolicyTrainerOptions;
  readonly #learner: ReturnType<typeof createLearner<TokenShape>>;
  readonly #session: SessionOptions;
  /** Updates done; the optimiser's bias correction counts them. */
  updates = 0;

  constructor(options: PolicyTrainerOptions) {
    const { model, tokenizer, algorithm, format, lora, seed, session = {} } = options;
    const { config } = model;
    this.#options = options;
    this.#session = session;
    const adapt = lora && adapterOf(model, lora);
    this.policy = new LocalPolicy(model, tokenizer, {
      ...session,
      ...(format && { format }),
      ...(adapt && { project: (projection) => adapt(projection.x.graph).project(projection) }),
    });
    this.state = this.policy.state;
    if (lora !== undefined) {
      const { weights } = initialAdapter(config, lora, createRandom(seed));
      for (const [name, shape] of adapterShapes(config, lora)) {
        this.state.set(name, { dtype: "float32", shape, data: weights.get(name)! });
      }
    }
    for (const [name, value] of Object.entries(algorithm.parameters?.(config) ?? {}))
      this.state.set(name, value);
    this.reference = new ReferencePolicy(config, this.state, model.weights, {
      ...session,
      ...(adapt && { adapt }),
    });
    this.#learner = createLearner<TokenShape>({
      state: this.state,
      keyOf: shapeKey,
      build: (shape) => this.#loss(shape, adapt),
      ...(options.optimiser && { optimiser: options.optimiser }),
      session,
    });
  }

  /** Everything of the state that training changes, but for the optimiser's slots. */
  get trained(): string[] {
    const { model, lora, algorithm } = this.#options;
    const own = Object.keys(algorithm.parameters?.(model.config) ?? {});
    return [...(lora ? adapterShapes(model.config, lora) : weightShapes(model.config)).keys(), ...own];
  }

  async step(prompts: readonly AlignPrompt[], options: StepOptions): Promise<StepMetrics> {
    const { step, learningRate, klWeight, signal, check } = options;
    const { algorithm, utility } = this.#options;
    const seconds = { sampling: 0, scoring: 0, training: 0 };
    const scored = await this.rollOut(prompts, step, {
      ...(signal && { signal }),
      onTime: (part, time) => {
        seconds[part] += time;
      },
    });
    const measured = rolloutMetrics(scored, this.#options.rewarder.values);
    check?.(measured);
    const started = performance.now();
    const context: AlgorithmContext = {
      config: this.#options.model.config,
      klWeight,
      seed: mixSeed(this.#options.seed, step),
      state: this.state,
      session: this.#session,
    };
    let last = { loss: 0, gradientNorm: 0 };
    for (const parts of await algorithm.updates(scored, context)) {
      signal?.throwIfAborted();
      this.updates += 1;
      last = await this.#learner.step(parts.map(feedsOf), { step: this.updates, learningRate });
    }
    utility.update?.(scored);
    seconds.training = (performance.now() - started) / 1000;
    const tokens = scored.rollouts.reduce((sum, rollout) => sum + rollout.tokens.length, 0);
    return { ...measured, ...last, own: algorithm.metrics?.() ?? {}, tokens, seconds };
  }

  /** Responses of the policy as it is now, with their utilities. */
  async rollOut(
    prompts: readonly AlignPrompt[],
    step: number,
    options: { signal?: AbortSignal; onTime?: (part: "sampling" | "scoring", seconds: number) => void } = {},
  ): Promise<ScoredRollouts> {
    const { rewarder, utility, n, maxNewTokens, missingEndPenalty = 0, seed } = this.#options;
    const batch = await rollOut({ policy: this.policy, reference: this.reference, rewarder }, prompts, {
      n,
      maxNewTokens,
      seed: mixSeed(seed, step),
      ...options,
    });
    const u = utilitiesOf(utility, batch);
    return { ...batch, u: u.map((value, i) => value - (batch.rollouts[i]!.ended ? 0 : missingEndPenalty)) };
  }

  async dispose(): Promise<void> {
    await this.#learner.dispose();
    await this.reference.dispose();
    await this.policy.dispose();
    await this.#options.algorithm.dispose?.();
  }

  #loss(shape: TokenShape, adapt: Adapt | undefined): LossGraph {
    const g = graph();
    const adapted = adapt?.(g);
    const { config } = this.#options.model;
    const pass = policyPass(g, config, tokenInputs(g, shape), adapted && { project: adapted.project });
    const { loss, parameters = [] } = this.#options.algorithm.loss(g, pass, shape);
    return { loss, trained: [...(adapted?.parameters ?? pass.parameters), ...parameters] };
  }
}

const feedsOf = ({ layout, feeds }: AlgorithmPart): LossFeeds<TokenShape> => ({
  shape: layout.shape,
  feeds: { ...layout.feeds, ...feeds },
});

export function rolloutMetrics(
  { rollouts, rewards, u }: ScoredRollouts,
  values: readonly string[],
): RolloutMetrics {
  const mean = (numbers: ArrayLike<number>) => sumOf(numbers) / numbers.length;
  const tokens = rollouts.reduce((sum, rollout) => sum + rollout.tokens.length, 0);
  return {
    utility: mean(u),
    kl: klEstimates(rollouts),
    entropy: rollouts.reduce((sum, { entropy }) => sum + sumOf(entropy), 0) / tokens,
    length: tokens / rollouts.length,
    ended: rollouts.filter(({ ended }) => ended).length / rollouts.length,
    rewards: Object.fromEntries(values.map((value, v) => [value, mean(rewards[v]!)])),
  };
}

function sumOf(numbers: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < numbers.length; i++) sum += numbers[i]!;
  return sum;
}

/** A seed for one step of a run. */
const mixSeed = (seed: number, step: number): number =>
  (Math.imul(seed, 0x9e3779b1) ^ Math.imul(step, 0x85ebca6b)) | 0;

/** An adapter's inputs and projection in a graph: made once for each graph. */
type Adapt = (g: Graph) => ReturnType<typeof adapting>;

function adapterOf({ config }: ModelFiles, shape: AdapterShape): Adapt {
  const made = new WeakMap<Graph, ReturnType<typeof adapting>>();
  return (g) => {
    const known = made.get(g) ?? adapting(g, config, shape);
    made.set(g, known);
    return known;
  };
}
