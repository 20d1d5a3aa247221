import { existsSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  add,
  compile,
  float32,
  gather,
  graph,
  int64,
  linear,
  logProb,
  matmul,
  mean,
  neg,
  Session,
  type Tensor,
  type Value,
} from "../engine/index.ts";
import { createRandom } from "../stats/random.ts";
import type { TransformerConfig } from "./config.ts";
import { configs, smallGpt2, smallLlama, smallQwen2 } from "./configs.fixture.ts";
import { loadModel } from "./model-files.ts";
import { weightValues } from "./network.ts";
import { randomWeights } from "./random-weights.fixture.ts";
import { logProbs, referenceForward } from "./reference-forward.fixture.ts";
import { type ForwardOptions, forward } from "./transformer.ts";
import { type Weights, weightShapes } from "./weights.ts";

const shapes = { gpt2: smallGpt2, llama: smallLlama, qwen2: smallQwen2 };
const checkpoint = new URL("../../../shared/data/models/stories260K/stories260K.bin", import.meta.url)
  .pathname;
const absent = !existsSync(checkpoint);
if (absent) console.warn(`skipped: ${checkpoint} is not there`);

/** Runs one pass and gives logits by row and place. */
async function run(
  config: TransformerConfig,
  weights: Weights,
  options: ForwardOptions,
  feeds: Record<string, number[][]>,
): Promise<(row: number, place: number) => Float32Array> {
  const pass = forward(graph(), config, options);
  const session = await Session.open(compile({ logits: pass.logits() }), { threads: 1 });
  const integers = Object.entries(feeds).map(([name, rows]): [string, Value] => [
    name,
    int64(rows.flat(), [options.batch, options.length]),
  ]);
  const { logits } = await session.run({ ...weightValues(config, weights), ...Object.fromEntries(integers) });
  await session.dispose();
  const data = logits!.data as Float32Array;
  return (row, place) => {
    const at = (row * options.length + place) * config.vocabSize;
    return data.subarray(at, at + config.vocabSize);
  };
}

const randomIds = (config: TransformerConfig, length: number, seed: number): number[] => {
  const random = createRandom(seed);
  return Array.from({ length }, () => random.below(config.vocabSize));
};

/** Largest difference, relative to numbers above 1. */
function difference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  return Math.max(
    ...Array.from(found, (x, i) => Math.abs(x - expected[i]!) / Math.max(1, Math.abs(expected[i]!))),
  );
}

function expectRow(
  found: (place: number) => Float32Array,
  config: TransformerConfig,
  weights: Weights,
  ids: number[],
): void {
  const expected = referenceForward(config, weights, ids);
  for (const [place, row] of expected.entries()) expect(difference(found(place), row)).toBeLessThan(1e-4);
}

describe.each(Object.entries(shapes))("%s", (_, config) => {
  const weights = randomWeights(config, 1);
  const texts = [9, 4, 1].map((length, seed) => randomIds(config, length, seed));
  const width = 9;

  test("rows padded at the right equal each text alone", async () => {
    const ids = texts.map((text) => [...text, ...new Array<number>(width - text.length).fill(3)]);
    const at = await run(config, weights, { batch: 3, length: width }, { ids });
    texts.forEach((text, row) => {
      expectRow((place) => at(row, place), config, weights, text);
    });
  });

  test("rows padded at the left equal each text alone", async () => {
    const gaps = texts.map((text) => new Array<number>(width - text.length).fill(0));
    const feeds = {
      ids: texts.map((text, row) => [...gaps[row]!, ...text]),
      positions: texts.map((text, row) => [...gaps[row]!, ...text.keys()]),
      segments: texts.map((text, row) => [...gaps[row]!, ...text.map(() => 1)]),
    };
    const options = { batch: 3, length: width, positions: true, segments: true };
    const at = await run(config, weights, options, feeds);
    texts.forEach((text, row) => {
      expectRow((place) => at(row, place + gaps[row]!.length), config, weights, text);
    });
  });

  test("texts packed into one row equal each text alone", async () => {
    const feeds = {
      ids: [texts.flat()],
      positions: [texts.flatMap((text) => [...text.keys()])],
      segments: [texts.flatMap((text, i) => text.map(() => i))],
    };
    const options = { batch: 1, length: 14, positions: true, segments: true };
    const at = await run(config, weights, options, feeds);
    let start = 0;
    for (const text of texts) {
      const from = start;
      expectRow((place) => at(0, from + place), config, weights, text);
      start += text.length;
    }
  });

  test("a low-rank product added to every matrix of the layers equals merged weights", async () => {
    const matrices = [...weightShapes(config)].filter(
      ([name, shape]) => name.startsWith("layers.") && shape.length === 2,
    );
    const random = createRandom(7);
    const normal = (count: number) => Float32Array.from({ length: count }, () => 0.2 * random.normal());
    const factors = new Map(
      matrices.map(([name, [inputs, outputs]]) => [name, { a: normal(inputs!), b: normal(outputs!) }]),
    );
    const merged = new Map(weights);
    for (const [name, { a, b }] of factors) {
      merged.set(
        name,
        weights.get(name)!.map((w, i) => w + a[Math.floor(i / b.length)]! * b[i % b.length]!),
      );
    }
    const [text] = texts as [number[]];
    const options: ForwardOptions = {
      batch: 1,
      length: text.length,
      project({ name, x, weight, bias }) {
        const { a, b } = factors.get(`${name}.weight`)!;
        const column = x.graph.constant(float32(a, [a.length, 1]));
        const row = x.graph.constant(float32(b, [1, b.length]));
        return add(linear(x, weight, bias), matmul(matmul(x, column), row));
      },
    };
    const at = await run(config, weights, options, { ids: [text] });
    expectRow((place) => at(0, place), config, merged, text);
  });

  test("the parameters are the weights, in their order", () => {
    const { parameters } = forward(graph(), config, { batch: 1, length: 2 });
    expect(parameters.map(({ name, shape }) => [name, shape])).toEqual([...weightShapes(config)]);
  });
});

test("every config, random weights, equals plain loops", async () => {
  await fc.assert(
    fc.asyncProperty(configs, fc.integer({ min: 1, max: 9 }), fc.nat(), async (config, wanted, seed) => {
      const length = Math.min(wanted, config.context);
      const weights = randomWeights(config, seed);
      const ids = randomIds(config, length, seed);
      const at = await run(config, weights, { batch: 1, length }, { ids: [ids] });
      expectRow((place) => at(0, place), config, weights, ids);
    }),
    { numRuns: 60 },
  );
});

test.skipIf(absent)("stories260K equals plain loops", async () => {
  const { config, weights } = await loadModel(checkpoint);
  const ids = randomIds(config, 48, 5);
  const at = await run(config, weights, { batch: 1, length: 48 }, { ids: [ids] });
  expectRow((place) => at(0, place), config, weights, ids);
});

test("logits of selected rows give the loss of these tokens", async () => {
  const config = smallQwen2;
  const weights = randomWeights(config, 2);
  const ids = randomIds(config, 8, 3);
  const g = graph();
  const pass = forward(g, config, { batch: 1, length: 8 });
  const rows = g.input("rows", "int64", [2]);
  const targets = g.input("targets", "int64", [2]);
  const loss: Tensor = neg(mean(logProb(pass.logits(gather(pass.hidden, rows)), targets)));
  const session = await Session.open(compile({ loss }), { threads: 1 });
  const feeds = { ids: int64(ids, [1, 8]), rows: int64([2, 6]), targets: int64([ids[3]!, ids[7]!]) };
  const { loss: found } = await session.run({ ...weightValues(config, weights), ...feeds });
  await session.dispose();
  const reference = referenceForward(config, weights, ids).map(logProbs);
  const expected = -(reference[2]![ids[3]!]! + reference[6]![ids[7]!]!) / 2;
  expect(Number(found!.data[0])).toBeCloseTo(expected, 4);
});

test("sequences longer than the context are refused", () => {
  expect(() => forward(graph(), smallGpt2, { batch: 1, length: 17 })).toThrow(/17 tokens.*context of 16/);
});
