/** Agreement with an independent implementation of automatic differentiation, on the same weights, in float32. */
import { defaultDevice, init, nn, numpy as np, valueAndGrad } from "@jax-js/jax";
import { beforeAll, expect, it } from "vitest";
import { createRandom } from "../stats/random.ts";
import { evaluate } from "./check-gradients.fixture.ts";
import { gradient } from "./gradient.ts";
import { graph, type Tensor } from "./graph.ts";
import { gelu, logSigmoid } from "./ops/activation.ts";
import { reshape, sum } from "./ops/broadcast.ts";
import { add, mul, neg, square } from "./ops/elementwise.ts";
import { linear, matmul } from "./ops/matmul.ts";
import { layerNorm } from "./ops/normalise.ts";
import { logProb } from "./ops/pick.ts";
import { mean } from "./ops/reduce.ts";
import { transpose } from "./ops/shape.ts";
import { softmax } from "./ops/softmax.ts";
import { float32, int64, type Shape, sizeOf } from "./tensor.ts";

type Theirs = np.Array;
type Named<T> = Record<string, T>;

beforeAll(async () => {
  await init("cpu");
  defaultDevice("cpu");
});

/** Both libraries compute one scalar of the same named inputs; value and every gradient agree. */
async function agree(
  shapes: Named<Shape>,
  ours: (inputs: Named<Tensor>) => Tensor,
  theirs: (inputs: Named<Theirs>) => Theirs,
): Promise<void> {
  const random = createRandom(11);
  const numbers = Object.entries(shapes).map(([name, shape]) => {
    const data = Float32Array.from({ length: sizeOf(shape) }, () => random.normal());
    return { name, shape, data };
  });
  const g = graph();
  const inputs = Object.fromEntries(
    numbers.map(({ name, shape }) => [name, g.input(name, "float32", shape)]),
  );
  const y = ours(inputs);
  const gradients = gradient(y, Object.values(inputs));
  const outputs = Object.fromEntries(Object.keys(inputs).map((name, i) => [`d${name}`, gradients[i]!]));
  const feeds = Object.fromEntries(numbers.map(({ name, shape, data }) => [name, float32(data, shape)]));
  const found = await evaluate({ y, ...outputs }, feeds);

  const arrays = Object.fromEntries(
    numbers.map(({ name, shape, data }) => [name, np.array(data).reshape([...shape])]),
  );
  const [value, expected] = valueAndGrad(theirs)(arrays) as [Theirs, Named<Theirs>];
  const exactValue = value.js() as number;
  expect(Math.abs(Number(found.y!.data[0]) - exactValue)).toBeLessThan(1e-5 * (1 + Math.abs(exactValue)));
  for (const { name, data } of numbers) {
    const exact = await expected[name]!.data();
    expect(exact.length).toBe(data.length);
    const largest = Math.max(...Array.from(exact, (x) => Math.abs(Number(x))));
    expect(largest, `d${name}`).toBeGreaterThan(1e-3);
    for (const [i, x] of Array.from(exact, Number).entries()) {
      expect(Math.abs(Number(found[`d${name}`]!.data[i]) - x), `d${name}[${i}]`).toBeLessThan(
        1e-5 * (1 + largest),
      );
    }
  }
}

it("a perceptron with GELU and cross-entropy", () => {
  const targets = [0, 2, 1, 2];
  return agree(
    { x: [4, 5], w1: [5, 8], b1: [8], w2: [8, 3], b2: [3] },
    ({ x, w1, b1, w2, b2 }) => {
      const logits = linear(gelu(linear(x!, w1!, b1!)), w2!, b2!);
      return neg(mean(logProb(logits, logits.graph.constant(int64(targets)))));
    },
    ({ x, w1, b1, w2, b2 }) => {
      const hidden = nn.gelu(np.matmul(x!, w1!).add(b1!));
      const logs = nn.logSoftmax(np.matmul(hidden, w2!).add(b2!), -1);
      const onehot = np.array(targets.map((target) => [0, 1, 2].map((k) => (k === target ? 1 : 0))));
      return np.sum(logs.mul(onehot)).mul(-1 / 4);
    },
  );
});

it("a block of causal attention with two heads", () => {
  const [batch, length, heads, size] = [2, 3, 2, 2];
  const width = heads * size;
  const mask = [0, -1e9, -1e9, 0, 0, -1e9, 0, 0, 0];
  return agree(
    { x: [batch, length, width], q: [width, width], k: [width, width], v: [width, width], o: [width, width] },
    ({ x, q, k, v, o }) => {
      const split = (w: Tensor) =>
        transpose(reshape(matmul(x!, w), [batch, length, heads, size]), [0, 2, 1, 3]);
      const scores = mul(matmul(split(q!), transpose(split(k!))), 1 / Math.sqrt(size));
      const weights = softmax(add(scores, x!.graph.constant(float32(mask, [length, length]))));
      const mixed = reshape(transpose(matmul(weights, split(v!)), [0, 2, 1, 3]), [batch, length, width]);
      return sum(square(matmul(mixed, o!)));
    },
    ({ x, q, k, v, o }) => {
      const split = (w: Theirs) =>
        np.matmul(x!.ref, w).reshape([batch, length, heads, size]).transpose([0, 2, 1, 3]);
      const keys = split(k!).transpose([0, 1, 3, 2]);
      const scores = np.matmul(split(q!), keys).mul(1 / Math.sqrt(size));
      const weights = nn.softmax(scores.add(np.array(mask).reshape([length, length])), -1);
      const mixed = np.matmul(weights, split(v!)).transpose([0, 2, 1, 3]).reshape([batch, length, width]);
      x!.dispose();
      return np.sum(np.square(np.matmul(mixed, o!)));
    },
  );
});

it("layer normalisation", () =>
  agree(
    { x: [3, 6], gain: [6], bias: [6] },
    ({ x, gain, bias }) => sum(square(layerNorm(x!, gain!, bias!, 1e-5))),
    ({ x, gain, bias }) => np.sum(np.square(nn.standardize(x!, -1, { epsilon: 1e-5 }).mul(gain!).add(bias!))),
  ));

it("a Bradley–Terry loss", () =>
  agree(
    { chosen: [4, 3], rejected: [4, 3], w: [3, 1] },
    ({ chosen, rejected, w }) => neg(mean(logSigmoid(add(matmul(chosen!, w!), neg(matmul(rejected!, w!)))))),
    ({ chosen, rejected, w }) =>
      np.mean(nn.logSigmoid(np.matmul(chosen!, w!.ref).sub(np.matmul(rejected!, w!)))).mul(-1),
  ));
