import type { InferenceSession, Tensor as RuntimeTensor } from "onnxruntime-node";
import type { Program } from "./program.ts";
import type { State } from "./state.ts";
import { isFloat, type NamedType, sameShape, showType, sizeOf, type Value } from "./tensor.ts";

/** Where a graph runs. `cpu` is always there; the others where the installed onnxruntime-node brings them. */
export const PROVIDERS = ["cpu", "cuda", "webgpu", "coreml"] as const;
export type Provider = (typeof PROVIDERS)[number];

export type SessionOptions = {
  provider?: Provider;
  /** Threads inside one operator; as many as there are cores if absent. */
  threads?: number;
};

/** The runtime can't do what is asked: a provider that it lacks, a model that it refuses, a feed that does not fit. */
export class SessionError extends Error {
  override readonly name = "SessionError";
}

/** A result that is not a finite number. The state is as it was before the run. */
export class NonFiniteError extends Error {
  override readonly name = "NonFiniteError";
  constructor(
    readonly output: string,
    readonly value: number,
  ) {
    super(`${output} is ${value}`);
  }
}

export type RunOptions = {
  /** Supplies the inputs that are not fed, and takes the program's next state. */
  state?: State;
  /** Arrays for outputs, filled in place; others are allocated. */
  into?: Readonly<Record<string, Value>>;
};

/** A compiled program, loaded into the runtime. */
export class Session {
  readonly program: Program;
  readonly #session: InferenceSession;
  readonly #tensorOf: TensorFactory;

  private constructor(program: Program, session: InferenceSession, tensorOf: TensorFactory) {
    this.program = program;
    this.#session = session;
    this.#tensorOf = tensorOf;
  }

  /** @throws SessionError where the provider is absent or the runtime refuses the graph */
  static async open(program: Program, options: SessionOptions = {}): Promise<Session> {
    // loaded on first use: commands that run no model start without the native library
    const runtime = await import("onnxruntime-node");
    const { provider = "cpu", threads } = options;
    if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1)) {
      throw new SessionError(`threads is a whole number ≥ 1, got ${threads}`);
    }
    const backends = runtime.listSupportedBackends() as { name: string; bundled: boolean }[];
    if (!backends.some(({ name }) => name === provider)) throw providerError(provider, backends);
    try {
      const session = await runtime.InferenceSession.create(program.model, {
        executionProviders: [provider],
        // the fusions beyond "basic" put kernels into float64 graphs that exist for float32 only
        graphOptimizationLevel: usesFloat64(program) ? "basic" : "all",
        // what goes wrong comes back as an error; the runtime need not print it too
        logSeverityLevel: 4,
        ...(threads !== undefined && { intraOpNumThreads: threads }),
      });
      return new Session(
        program,
        session,
        ({ dtype, shape, data }) => new runtime.Tensor(dtype, data as Float32Array, shape),
      );
    } catch (cause) {
      if (provider !== "cpu") throw providerError(provider, backends, cause);
      throw new SessionError(`the runtime refuses the graph: ${firstLine(cause)}`, { cause });
    }
  }

  /**
   * Runs the program. Feeds are read where they lie, without a copy.
   * @returns the outputs by name; the next state goes into `state`
   * @throws SessionError where a feed is missing or does not fit
   * @throws NonFiniteError where an output of one number is NaN or infinite; the state is then unchanged
   */
  async run(
    feeds: Readonly<Record<string, Value>>,
    options: RunOptions = {},
  ): Promise<Record<string, Value>> {
    const { state } = options;
    if (this.program.state.length === 0) return this.#run(feeds, options);
    if (state === undefined) throw new SessionError("this program changes its state: pass one to run");
    return state.exclusively(() => this.#run(feeds, options));
  }

  async #run(
    feeds: Readonly<Record<string, Value>>,
    { state, into = {} }: RunOptions,
  ): Promise<Record<string, Value>> {
    const { inputs, idle, outputs, state: links } = this.program;
    const known = new Set([...inputs.map(({ name }) => name), ...idle]);
    const unknown = Object.keys(feeds).find((name) => !known.has(name));
    if (unknown !== undefined) throw new SessionError(`there is no input ${JSON.stringify(unknown)}`);
    state?.addZeros(this.program);
    const operands: Record<string, RuntimeTensor> = {};
    for (const input of inputs) {
      const value = feeds[input.name] ?? (state?.has(input.name) ? state.get(input.name) : undefined);
      operands[input.name] = this.#tensorOf(fitting("input", input, value));
    }
    const results: Record<string, RuntimeTensor | null> = {};
    for (const output of outputs) {
      const value = into[output.name];
      results[output.name] = value === undefined ? null : this.#tensorOf(fitting("output", output, value));
    }
    for (const link of links) results[link.output] = this.#tensorOf(state!.spare(link));
    const found = await this.#compute(operands, results);
    const values = Object.fromEntries(
      outputs.map(({ name, dtype, shape }) => [
        name,
        into[name] ?? ({ dtype, shape, data: found[name]!.data } as Value),
      ]),
    );
    requireFinite(values);
    state?.swap(links.map(({ name }) => name));
    return values;
  }

  async #compute(
    feeds: Record<string, RuntimeTensor>,
    fetches: Record<string, RuntimeTensor | null>,
  ): Promise<InferenceSession.OnnxValueMapType & Record<string, RuntimeTensor>> {
    try {
      return (await this.#session.run(feeds, fetches)) as Record<string, RuntimeTensor>;
    } catch (cause) {
      throw new SessionError(`the run failed: ${firstLine(cause)}`, { cause });
    }
  }

  /** Frees the memory of the runtime. The session can't run afterwards. */
  async dispose(): Promise<void> {
    await this.#session.release();
  }
}

type TensorFactory = (value: Value) => RuntimeTensor;

function fitting(kind: "input" | "output", type: NamedType, value: Value | undefined): Value {
  const { name } = type;
  if (value === undefined)
    throw new SessionError(`${kind} ${JSON.stringify(name)} is missing: ${showType(type)}`);
  if (
    value.dtype !== type.dtype ||
    !sameShape(value.shape, type.shape) ||
    value.data.length !== sizeOf(type.shape)
  ) {
    throw new SessionError(
      `${kind} ${JSON.stringify(name)} is ${showType(value)}, expected ${showType(type)}`,
    );
  }
  return value;
}

function requireFinite(outputs: Record<string, Value>): void {
  for (const [name, { dtype, data }] of Object.entries(outputs)) {
    if (isFloat(dtype) && data.length === 1 && !Number.isFinite(data[0]))
      throw new NonFiniteError(name, Number(data[0]));
  }
}

function providerError(
  provider: string,
  backends: readonly { name: string; bundled: boolean }[],
  cause?: unknown,
): SessionError {
  const names = (bundled: boolean) =>
    backends
      .filter((backend) => backend.bundled === bundled)
      .map(({ name }) => name)
      .join(", ");
  const extra = names(false) === "" ? "" : `; after a separate download also ${names(false)}`;
  const reason = cause === undefined ? "" : `: ${firstLine(cause)}`;
  return new SessionError(
    `the execution provider "${provider}" can't be used here${reason}. This onnxruntime-node brings ${names(true)}${extra}`,
    { cause },
  );
}

const usesFloat64 = ({ inputs, outputs }: Program): boolean =>
  [...inputs, ...outputs].some(({ dtype }) => dtype === "float64");

function firstLine(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).split("\n")[0]!;
}
