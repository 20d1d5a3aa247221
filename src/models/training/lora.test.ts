import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  compile,
  float32,
  graph,
  int64,
  Session,
  State,
  scheduleFeeds,
  sgd,
  trainStep,
  type Value,
} from "../../engine/index.ts";
import { createRandom } from "../../stats/random.ts";
import type { TransformerConfig } from "../config.ts";
import { smallGpt2, smallLlama } from "../configs.fixture.ts";
import { weightValues } from "../network.ts";
import { forward } from "../transformer.ts";
import { initialWeights, type Weights } from "../weights.ts";
import {
  type Adapter,
  adapterShapes,
  adapting,
  initialAdapter,
  loadAdapter,
  mergeAdapter,
  saveAdapter,
} from "./lora.ts";
import type { AdapterShape } from "./lora-shape.ts";
import { nextTokenLoss } from "./next-token-loss.ts";

const all: AdapterShape = { rank: 3, alpha: 5, targets: ["query", "key", "value", "output", "up", "down"] };
const ids = int64([1, 4, 2, 7, 3, 3, 9, 0], [2, 4]);

const adapterValues = (config: TransformerConfig, adapter: Adapter): Record<string, Value> =>
  Object.fromEntries(
    [...adapterShapes(config, adapter)].map(([name, shape]) => [
      name,
      float32(adapter.weights.get(name)!, shape),
    ]),
  );

async function logits(config: TransformerConfig, weights: Weights, adapter?: Adapter): Promise<Float32Array> {
  const g = graph();
  const adapted = adapter && adapting(g, config, adapter);
  const pass = forward(g, config, { batch: 2, length: 4, ...(adapted && { project: adapted.project }) });
  const session = await Session.open(compile({ logits: pass.logits() }), { threads: 1 });
  const values = adapter === undefined ? {} : adapterValues(config, adapter);
  const found = await session.run({ ...weightValues(config, weights), ...values, ids });
  await session.dispose();
  return found.logits!.data as Float32Array;
}

/** An adapter with noise in B too. */
function noisy(config: TransformerConfig, shape: AdapterShape): Adapter {
  const random = createRandom(4);
  const { weights } = initialAdapter(config, shape, random);
  const entries = [...weights].map(([name, values]): [string, Float32Array] => [
    name,
    values.map(() => random.normal()),
  ]);
  return { ...shape, weights: new Map(entries) };
}

const largest = (a: Float32Array, b: Float32Array) => Math.max(...a.map((x, i) => Math.abs(x - b[i]!)));

describe.each([
  ["gpt2", smallGpt2],
  ["llama", smallLlama],
])("%s", (_, config) => {
  const weights = initialWeights(config, createRandom(1));

  test("an untrained adapter changes nothing", async () => {
    const adapter = initialAdapter(config, all, createRandom(2));
    expect(await logits(config, weights, adapter)).toEqual(await logits(config, weights));
  });

  test("merged weights compute what the adapted ones do", async () => {
    const adapter = noisy(config, all);
    const adapted = await logits(config, weights, adapter);
    const merged = await logits(config, mergeAdapter(config, weights, adapter));
    expect(largest(adapted, await logits(config, weights))).toBeGreaterThan(0.1);
    expect(largest(adapted, merged)).toBeLessThan(1e-4);
  });

  test("one element by hand: W + (α/rank)·ΣAB", () => {
    const adapter = noisy(config, { ...all, targets: ["up"] });
    const [a, b] = ["A", "B"].map((side) => adapter.weights.get(`layers.1.up.lora${side}`)!);
    const [i, j] = [2, 5];
    const product = [0, 1, 2].reduce((sum, k) => sum + a![i * 3 + k]! * b![k * config.hidden + j]!, 0);
    const at = i * config.hidden + j;
    const merged = mergeAdapter(config, weights, adapter);
    const before = weights.get("layers.1.up.weight")![at]!;
    expect(merged.get("layers.1.up.weight")![at]).toBeCloseTo(before + (5 / 3) * product, 5);
    expect(merged.get("layers.1.down.weight")).toBe(weights.get("layers.1.down.weight"));
  });

  test("only the adapter is trained", async () => {
    const shape: AdapterShape = { rank: 2, alpha: 4, targets: ["query", "value"] };
    const { loss, trained } = nextTokenLoss(config, { rows: 2, length: 4 }, shape);
    const adapter = initialAdapter(config, shape, createRandom(2));
    expect(trained.map(({ name }) => name)).toEqual([...adapter.weights.keys()]);
    const before = { ...weightValues(config, weights), ...adapterValues(config, adapter) };
    // the state writes over its arrays
    const state = new State(structuredClone(before));
    const optimiser = sgd();
    const session = await Session.open(trainStep(loss, trained, optimiser), { threads: 1 });
    const feeds = {
      ids,
      targets: int64([4, 2, 7, 3, 3, 9, 0, 1]),
      weights: float32(new Array(8).fill(1 / 8)),
    };
    for (const step of [1, 2]) {
      await session.run({ ...feeds, ...scheduleFeeds(optimiser, { step, learningRate: 1 }) }, { state });
    }
    await session.dispose();
    for (const [name, value] of Object.entries(before)) {
      const same = largest(state.get(name).data as Float32Array, value.data as Float32Array) === 0;
      expect([name, same]).toEqual([name, !adapter.weights.has(name)]);
    }
  });
});

describe("files", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "allgood-lora-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("an adapter comes back as it was", async () => {
    const adapter = noisy(smallGpt2, all);
    await saveAdapter(join(folder, "a.safetensors"), smallGpt2, adapter);
    expect(await loadAdapter(join(folder, "a.safetensors"), smallGpt2)).toEqual(adapter);
  });

  test("an adapter of another model is refused", async () => {
    const file = join(folder, "b.safetensors");
    await saveAdapter(file, smallGpt2, noisy(smallGpt2, all));
    await expect(loadAdapter(file, { ...smallGpt2, hidden: 21 })).rejects.toThrow(/another shape/);
    await expect(loadAdapter(file, { ...smallGpt2, layers: 9 })).rejects.toThrow(/missing/);
  });

  test("what is no adapter is refused", async () => {
    const file = join(folder, "c.safetensors");
    const header = JSON.stringify({ __metadata__: { rank: "2" } }).padEnd(32);
    const bytes = Buffer.alloc(8 + header.length);
    bytes.writeBigUInt64LE(BigInt(header.length));
    bytes.write(header, 8);
    await writeFile(file, bytes);
    await expect(loadAdapter(file, smallGpt2)).rejects.toThrow(/a field is missing.*format/);
  });

  test("a matrix that the model lacks can't be adapted", () => {
    expect(() => adapterShapes(smallGpt2, { rank: 1, targets: ["gate"] })).toThrow(/no such matrix/);
  });
});
