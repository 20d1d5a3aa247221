/**
 * One step of alignment: roll out, turn rewards into utilities, update the policy. Which updates, the algorithm says.
 * @module
 */
import { join } from "node:path";
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
  mergeAdapter,
  type OptimiserOptions,
  saveAdapter,
  saveModel,
  type Tokenizer,
  weightShapes,
} from "../models/index.ts";
import { LocalPolicy, type PromptFormat } from "../policies/index.ts";
import { createRandom } from "../stats/random.ts";
import type { Algorithm, AlgorithmContext, AlgorithmPart, ScoredRollouts } from "./algorithm.ts";
import { type KlEstimates, klEstimates } from "./kl-estimators.ts";
import { type PolicyPass, policyPass, tokenInputs } from "./policy-pass.ts";
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
  /** As of `createLearner`, but that nothing decays unless asked. */
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
  check?: (measured: RolloutMetrics) => Promise<void>;
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
  /** What the algorithm has to say; of its updates the mean. */
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
  readonly #adapt: Adapt | undefined;
  /** Updates done; the optimiser's bias correction counts them. */
  updates = 0;

  constructor(options: PolicyTrainerOptions) {
    const { model, tokenizer, algorithm, format, lora, seed, session = {} } = options;
    const { config } = model;
    this.#options = options;
    this.#session = session;
    const adapt = lora && adapterOf(model, lora);
    this.#adapt = adapt;
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
      build: (shape) => this.#loss(shape),
      // a pull of the weights to zero would be a pull away from the reference, and move the optimum
      optimiser: { weightDecay: 0, ...options.optimiser },
      session,
    });
  }

  /** What is raised. */
  get utility(): Utility {
    return this.#options.utility;
  }

  /** Everything of the state that training changes, but for the optimiser's slots. */
  get trained(): string[] {
    const { model, lora, algorithm } = this.#options;
    const own = Object.keys(algorithm.parameters?.(model.config) ?? {});
    return [...(lora ? adapterShapes(model.config, lora) : weightShapes(model.config)).keys(), ...own];
  }

  /** What a checkpoint needs beside the run's position: all that is trained, and the optimiser's slots. */
  get saved(): string[] {
    return this.trained.flatMap((name) =>
      [name, ...["m", "v"].map((slot) => `${name}.${slot}`)].filter((each) => this.state.has(each)),
    );
  }

  /** Writes the policy as it is now in Hugging Face layout; with LoRA the merged model, and the adapter beside it. */
  async save(folder: string): Promise<void> {
    const { model, lora, tokenizer } = this.#options;
    const { config, tokens } = model;
    await tokenizer.save(folder);
    if (lora === undefined) {
      await saveModel(folder, { config, tokens, weights: this.#current(weightShapes(config).keys()) });
      return;
    }
    const adapter = { ...lora, weights: this.#current(adapterShapes(config, lora).keys()) };
    await saveAdapter(join(folder, "adapter.safetensors"), config, adapter);
    await saveModel(folder, { config, tokens, weights: mergeAdapter(config, model.weights, adapter) });
  }

  #current(names: Iterable<string>): Map<string, Float32Array> {
    return new Map([...names].map((name) => [name, this.state.get(name).data as Float32Array]));
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
    await check?.(measured);
    const started = performance.now();
    const context: AlgorithmContext = {
      config: this.#options.model.config,
      klWeight,
      seed: mixSeed(this.#options.seed, step),
      state: this.state,
      session: this.#session,
      pass: (g, shape) => this.#pass(g, shape),
    };
    let last = { loss: 0, gradientNorm: 0 };
    const updates = await algorithm.updates(scored, context);
    const own: Record<string, number> = {};
    for (const parts of updates) {
      signal?.throwIfAborted();
      this.updates += 1;
      const { loss, gradientNorm, ...outputs } = await this.#learner.step(parts.map(feedsOf), {
        step: this.updates,
        learningRate,
      });
      last = { loss, gradientNorm };
      for (const [name, value] of Object.entries(outputs))
        own[name] = (own[name] ?? 0) + value / updates.length;
    }
    utility.update?.(scored);
    seconds.training = (performance.now() - started) / 1000;
    const tokens = scored.rollouts.reduce((sum, rollout) => sum + rollout.tokens.length, 0);
    return { ...measured, ...last, own: { ...own, ...algorithm.metrics?.() }, tokens, seconds };
  }

  /** The policy as it is now, which it stays. */
  async measure(
    prompts: readonly AlignPrompt[],
    step: number,
    options: { signal?: AbortSignal } = {},
  ): Promise<RolloutMetrics> {
    return rolloutMetrics(await this.rollOut(prompts, step, options), this.#options.rewarder.values);
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

  #pass(g: Graph, shape: TokenShape): PolicyPass {
    const project = this.#adapt?.(g).project;
    return policyPass(g, this.#options.model.config, tokenInputs(g, shape), { ...(project && { project }) });
  }

  #loss(shape: TokenShape): LossGraph {
    const g = graph();
    const pass = this.#pass(g, shape);
    const { loss, parameters = [], metrics = {} } = this.#options.algorithm.loss(g, pass, shape);
    const trained = this.#adapt?.(g).parameters ?? pass.parameters;
    return { loss, trained: [...trained, ...parameters], outputs: metrics };
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
