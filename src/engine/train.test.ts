import { describe, expect, it } from "vitest";
import { createRandom } from "../stats/random.ts";
import { evaluate } from "./check-gradients.fixture.ts";
import { gradient } from "./gradient.ts";
import { type Graph, graph, type Tensor } from "./graph.ts";
import { gelu, silu } from "./ops/activation.ts";
import { reshape } from "./ops/broadcast.ts";
import { add, mul, neg } from "./ops/elementwise.ts";
import { linear, matmul } from "./ops/matmul.ts";
import { layerNorm, rmsNorm } from "./ops/normalise.ts";
import { embedding, logProb } from "./ops/pick.ts";
import { mean } from "./ops/reduce.ts";
import { rotary } from "./ops/rotary.ts";
import { split, transpose } from "./ops/shape.ts";
import { softmax } from "./ops/softmax.ts";
import { adamW, scheduleFeeds, sgd } from "./optimiser.ts";
import { compile } from "./program.ts";
import { NonFiniteError, Session } from "./session.ts";
import { State } from "./state.ts";
import { type Dtype, float32, float64, int64, sizeOf, type Value } from "./tensor.ts";
import { accumulateStep, applyStep, trainStep } from "./train.ts";

const [VOCABULARY, WIDTH, HEADS, BATCH, LENGTH] = [5, 4, 2, 2, 3];

/**
 * A transformer of two blocks: one in GPT-2's style (learned positions, LayerNorm, GELU), one in Llama's (rotary
 * positions, RMSNorm, SwiGLU), with the embedding tied to the head.
 */
function transformer(g: Graph, dtype: Dtype): { loss: Tensor; parameters: Tensor[] } {
  const parameters: Tensor[] = [];
  const weight = (name: string, ...shape: number[]) => {
    const tensor = g.input(name, dtype, shape);
    parameters.push(tensor);
    return tensor;
  };
  const constant = (numbers: number[], shape: number[]) =>
    g.constant(dtype === "float64" ? float64(numbers, shape) : float32(numbers, shape));
  const size = WIDTH / HEADS;
  const angles = Array.from({ length: LENGTH }, (_, position) => 0.7 * position);
  const [cosine, sine] = [Math.cos, Math.sin].map((f) => constant(angles.map(f), [LENGTH, size / 2]));
  const mask = Array.from({ length: LENGTH * LENGTH }, (_, i) =>
    i % LENGTH > Math.floor(i / LENGTH) ? -1e9 : 0,
  );

  const attention = (name: string, x: Tensor, turn: (heads: Tensor) => Tensor) => {
    const parts = split(linear(x, weight(`${name}.qkv`, WIDTH, 3 * WIDTH)), [WIDTH, WIDTH, WIDTH], -1);
    const [q, k, v] = parts.map((part) =>
      transpose(reshape(part, [BATCH, LENGTH, HEADS, size]), [0, 2, 1, 3]),
    );
    const scores = mul(matmul(turn(q!), transpose(turn(k!))), 1 / Math.sqrt(size));
    const mixed = matmul(softmax(add(scores, constant(mask, [LENGTH, LENGTH]))), v!);
    return linear(
      reshape(transpose(mixed, [0, 2, 1, 3]), [BATCH * LENGTH, WIDTH]),
      weight(`${name}.out`, WIDTH, WIDTH),
    );
  };

  const tokens = weight("tokens", VOCABULARY, WIDTH);
  const embedded = add(
    embedding(tokens, g.input("ids", "int64", [BATCH, LENGTH])),
    weight("positions", LENGTH, WIDTH),
  );
  let x = reshape(embedded, [BATCH * LENGTH, WIDTH]);
  const norm = (name: string) => layerNorm(x, weight(`${name}.gain`, WIDTH), weight(`${name}.bias`, WIDTH));
  x = add(
    x,
    attention("gpt", norm("gpt.norm1"), (heads) => heads),
  );
  const up = linear(norm("gpt.norm2"), weight("gpt.up", WIDTH, 8), weight("gpt.upBias", 8));
  x = add(x, linear(gelu(up), weight("gpt.down", 8, WIDTH), weight("gpt.downBias", WIDTH)));

  const rms = (name: string) => rmsNorm(x, weight(name, WIDTH));
  x = add(
    x,
    attention("llama", rms("llama.norm1"), (heads) => rotary(heads, cosine!, sine!)),
  );
  const inner = rms("llama.norm2");
  const gated = mul(
    silu(linear(inner, weight("llama.gate", WIDTH, 6))),
    linear(inner, weight("llama.up", WIDTH, 6)),
  );
  x = add(x, linear(gated, weight("llama.down", 6, WIDTH)));

  const logits = matmul(rms("norm"), transpose(tokens));
  return { loss: neg(mean(logProb(logits, g.input("targets", "int64", [BATCH * LENGTH])))), parameters };
}

const data = {
  ids: int64([0, 1, 2, 4, 3, 0], [BATCH, LENGTH]),
  targets: int64([1, 2, 3, 3, 0, 2]),
};

function initial(parameters: readonly Tensor[], seed = 5): Record<string, Value> {
  const random = createRandom(seed);
  return Object.fromEntries(
    parameters.map(({ name, dtype, shape }) => {
      const numbers = Float64Array.from({ length: sizeOf(shape) }, () => 0.5 * random.normal());
      return [name, dtype === "float64" ? float64(numbers, shape) : float32(numbers, shape)];
    }),
  );
}

describe("a small transformer", () => {
  it("has the gradient of central differences in every element", async () => {
    const g = graph();
    const { loss, parameters } = transformer(g, "float64");
    const gradients = gradient(loss, parameters);
    const weights = initial(parameters);
    const named = Object.fromEntries(parameters.map(({ name }, i) => [`d.${name}`, gradients[i]!]));
    const exact = await evaluate(named, { ...data, ...weights });
    const session = await Session.open(compile({ loss }), { threads: 1 });
    const lossAt = async (moved: Record<string, Value>) =>
      Number((await session.run({ ...data, ...weights, ...moved })).loss!.data[0]);
    let elements = 0;
    for (const { name, shape } of parameters) {
      for (let i = 0; i < sizeOf(shape); i++) {
        const at = (step: number) => {
          const numbers = (weights[name]!.data as Float64Array).slice();
          numbers[i]! += step;
          return lossAt({ [name]: float64(numbers, shape) });
        };
        const difference = ((await at(1e-5)) - (await at(-1e-5))) / 2e-5;
        // layerNorm's statistics are float32
        expect(Math.abs(Number(exact[`d.${name}`]!.data[i]) - difference), `${name}[${i}]`).toBeLessThan(
          1e-6,
        );
        elements++;
      }
    }
    expect(elements).toBe(parameters.reduce((total, { shape }) => total + sizeOf(shape), 0));
    await session.dispose();
  });

  it("has nearly the same gradient in float32", async () => {
    const find = async (dtype: Dtype) => {
      const { loss, parameters } = transformer(graph(), dtype);
      const gradients = gradient(loss, parameters);
      const outputs = Object.fromEntries(parameters.map(({ name }, i) => [`d.${name}`, gradients[i]!]));
      return evaluate(outputs, { ...data, ...initial(parameters) });
    };
    const [single, double] = [await find("float32"), await find("float64")];
    for (const [name, { data }] of Object.entries(double)) {
      for (const [i, number] of Array.from(data, Number).entries()) {
        expect(Math.abs(Number(single[name]!.data[i]) - number), `${name}[${i}]`).toBeLessThan(1e-5);
      }
    }
  });

  it("learns its six tokens by heart", async () => {
    const { loss, parameters } = transformer(graph(), "float32");
    const optimiser = adamW({ weightDecay: 0.01 });
    const session = await Session.open(trainStep(loss, parameters, optimiser, { maxNorm: 1 }), {
      threads: 1,
    });
    const state = new State(initial(parameters));
    let last = Number.POSITIVE_INFINITY;
    for (let step = 1; step <= 150; step++) {
      const feeds = { ...data, ...scheduleFeeds(optimiser, { step, learningRate: 0.02 }) };
      last = Number((await session.run(feeds, { state })).loss!.data[0]);
    }
    expect(last).toBeLessThan(0.05);
    await session.dispose();
  });
});

describe("gradient accumulation", () => {
  it("over two halves of a batch takes the step of the whole batch", async () => {
    const build = (rows: number) => {
      const g = graph();
      const [x, w] = [g.input("x", "float32", [rows, 3]), g.input("w", "float32", [3, 2])];
      const logits = matmul(x, w);
      return { loss: neg(mean(logProb(logits, g.input("targets", "int64", [rows])))), parameters: [w] };
    };
    const random = createRandom(9);
    const numbers = Float32Array.from({ length: 12 }, () => random.normal());
    const targets = [0, 1, 1, 0];
    const optimiser = adamW();
    const weights = float32([0.1, -0.2, 0.3, 0.1, 0, -0.4], [3, 2]);
    const options = { maxNorm: 0.3 };
    const schedule = (step: number) => scheduleFeeds(optimiser, { step, learningRate: 0.1 });

    const whole = build(4);
    const atOnce = await Session.open(trainStep(whole.loss, whole.parameters, optimiser, options), {
      threads: 1,
    });
    const stateAtOnce = new State({ w: weights });
    const half = build(2);
    const accumulate = await Session.open(accumulateStep(half.loss, half.parameters), { threads: 1 });
    const update = await Session.open(applyStep(half.parameters, optimiser, options), { threads: 1 });
    const state = new State({ w: float32(weights.data.slice(), [3, 2]) });

    for (let step = 1; step <= 3; step++) {
      const all = { x: float32(numbers, [4, 3]), targets: int64(targets), ...schedule(step) };
      const expected = await atOnce.run(all, { state: stateAtOnce });
      for (const part of [0, 1]) {
        await accumulate.run(
          {
            x: float32(numbers.slice(6 * part, 6 * part + 6), [2, 3]),
            targets: int64(targets.slice(2 * part, 2 * part + 2)),
          },
          { state },
        );
      }
      const found = await update.run({ gradientScale: float32([0.5], []), ...schedule(step) }, { state });
      expect(Number(found.gradientNorm!.data[0])).toBeCloseTo(Number(expected.gradientNorm!.data[0]), 5);
      for (const [i, number] of Array.from(stateAtOnce.get("w").data, Number).entries()) {
        expect(Number(state.get("w").data[i])).toBeCloseTo(number, 5);
      }
      expect(Array.from(state.get("w.gradient").data, Number)).toEqual(Array(6).fill(0));
    }
    for (const session of [atOnce, accumulate, update]) await session.dispose();
  });
});

describe("what can't be trained", () => {
  it("a parameter that does not reach the loss is named", () => {
    const g = graph();
    const [x, y] = [g.input("x", "float32", []), g.input("y", "float32", [])];
    expect(() => trainStep(mul(x, x), [x, y], sgd())).toThrow("the parameter y does not reach the loss");
  });

  it("a parameter is a float32 input", () => {
    const g = graph();
    const x = g.input("x", "float64", []);
    expect(() => trainStep(mul(x, x), [x], sgd())).toThrow(
      "a parameter is a float32 input, got x: float64[]",
    );
    const y = mul(g.input("y", "float32", []), 2);
    expect(() => trainStep(mul(y, y), [y], sgd())).toThrow("a parameter is a float32 input");
  });

  it("a loss that is not finite leaves parameters and slots as they were", async () => {
    const g = graph();
    const [x, w] = [g.input("x", "float32", []), g.input("w", "float32", [])];
    const optimiser = adamW();
    const session = await Session.open(trainStep(mul(x, w), [w], optimiser), { threads: 1 });
    const state = new State({ w: float32([2], []) });
    const run = (number: number, step: number) =>
      session.run(
        { x: float32([number], []), ...scheduleFeeds(optimiser, { step, learningRate: 0.1 }) },
        { state },
      );
    await run(1, 1);
    const before = state.names.map((name) => [name, state.get(name).data[0]]);
    await expect(run(Number.NaN, 2)).rejects.toThrow(NonFiniteError);
    await expect(run(Number.POSITIVE_INFINITY, 2)).rejects.toThrow("loss is Infinity");
    expect(state.names.map((name) => [name, state.get(name).data[0]])).toEqual(before);
    await run(1, 2);
    expect(state.get("w").data[0]).toBeCloseTo(1.8, 5);
    await session.dispose();
  });
});
