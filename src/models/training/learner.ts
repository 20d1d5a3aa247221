/**
 * Steps of AdamW on a loss whose graph depends on the shape of the batch: one program for each shape, all on one state.
 * @module
 */
import {
  accumulateStep,
  adamW,
  applyStep,
  compile,
  type NamedType,
  type Optimiser,
  type Session,
  SessionCache,
  type SessionOptions,
  type State,
  scheduleFeeds,
  type Tensor,
  trainStep,
  type Value,
} from "../../engine/index.ts";

/** A loss in a graph of its own, the inputs of that graph that learn, and numbers to be told of, shaped []. */
export type LossGraph = {
  readonly loss: Tensor;
  readonly trained: readonly Tensor[];
  readonly outputs?: Readonly<Record<string, Tensor>>;
};

/** What one run of a loss is fed. `shape` names the program: equal names, equal shapes. */
export type LossFeeds<Shape> = { readonly shape: Shape; readonly feeds: Readonly<Record<string, Value>> };

export type OptimiserOptions = {
  /** λ of AdamW, on matrices only. Default 0.1. */
  weightDecay?: number;
  /** Default 0.9. */
  beta1?: number;
  /** Default 0.95, as usual for language models: a memory of 20 steps. */
  beta2?: number;
  /** Gradients of a larger global norm are scaled down to it. Default 1. */
  maxNorm?: number;
};

export type LearnerOptions<Shape> = {
  /** Parameters by name, trained and frozen; the learner adds the optimiser's slots. */
  state: State;
  build(shape: Shape): LossGraph;
  keyOf(shape: Shape): string;
  optimiser?: OptimiserOptions;
  session?: SessionOptions;
};

/** Beside what is named here, the loss graph's outputs; they are summed over parts, as the loss is. */
export type StepResult = {
  loss: number;
  /** Before clipping. */
  gradientNorm: number;
} & Record<string, number>;

/** The parts of a step are summed: each loss is to be weighted so that their sum is the loss of the step. */
export type Learner<Shape> = {
  /**
   * One update from one or more parts (gradient accumulation).
   * @throws NonFiniteError where a loss or the norm of the gradient is; the parameters are then unchanged
   */
  step(parts: readonly LossFeeds<Shape>[], at: { step: number; learningRate: number }): Promise<StepResult>;
  /** The loss alone. @throws NonFiniteError */
  loss(part: LossFeeds<Shape>): Promise<number>;
  /** Frees the memory of all programs. */
  dispose(): Promise<void>;
};

/** Programs that are kept: each holds the memory of a pass. */
const SESSIONS = 24;

export function createLearner<Shape>(options: LearnerOptions<Shape>): Learner<Shape> {
  const { state, build, keyOf } = options;
  const { maxNorm = 1, ...adam } = options.optimiser ?? {};
  const optimiser = adamWFor(state, adam);
  const sessions = new SessionCache({ ...options.session, capacity: SESSIONS });
  /** Known after the first graph was built; they are the same for all shapes. */
  let trained: readonly NamedType[] = [];
  const run = async (session: Session, feeds: Readonly<Record<string, Value>>) => {
    const outputs = await session.run(feeds, { state });
    return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, Number(data[0])]));
  };

  const whole = async ({ shape, feeds }: LossFeeds<Shape>, schedule: Record<string, Value>) => {
    const session = await sessions.get(`step ${keyOf(shape)}`, () => {
      const { loss, trained, outputs = {} } = build(shape);
      return trainStep(loss, trained, optimiser, { maxNorm, outputs });
    });
    return (await run(session, { ...feeds, ...schedule })) as StepResult;
  };
  const accumulate = async ({ shape, feeds }: LossFeeds<Shape>) => {
    const session = await sessions.get(`accumulate ${keyOf(shape)}`, () => {
      const built = build(shape);
      trained = built.trained.map(({ name, dtype, shape }) => ({ name, dtype, shape }));
      return accumulateStep(built.loss, built.trained, { outputs: built.outputs ?? {} });
    });
    return run(session, feeds);
  };
  return {
    async step(parts, at) {
      const schedule = scheduleFeeds(optimiser, at);
      if (parts.length === 1) return whole(parts[0]!, schedule);
      const sums: Record<string, number> = { loss: 0 };
      for (const part of parts) {
        for (const [name, value] of Object.entries(await accumulate(part)))
          sums[name] = (sums[name] ?? 0) + value;
      }
      const session = await sessions.get("apply", () => applyStep(trained, optimiser, { maxNorm }));
      const one = { dtype: "float32", shape: [], data: Float32Array.of(1) } as const;
      const { gradientNorm } = await run(session, { ...schedule, gradientScale: one });
      return { ...sums, gradientNorm } as StepResult;
    },
    async loss({ shape, feeds }) {
      const session = await sessions.get(`loss ${keyOf(shape)}`, () => compile({ loss: build(shape).loss }));
      return (await run(session, feeds)).loss!;
    },
    dispose: () => sessions.dispose(),
  };
}

function adamWFor(state: State, options: Omit<OptimiserOptions, "maxNorm">): Optimiser {
  const { weightDecay = 0.1, beta1 = 0.9, beta2 = 0.95 } = options;
  // norms and biases set scales that a pull to zero would fight
  const decays = (name: string) => state.get(name).shape.length >= 2;
  return adamW({ weightDecay, beta1, beta2, decays });
}
