import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseJson } from "../io/json.ts";
import { createRandom } from "../stats/random.ts";
import type { TransformerConfig } from "./config.ts";
import { configs, smallGpt2, smallLlama, smallQwen2 } from "./configs.fixture.ts";
import { feed } from "./damage.fixture.ts";
import { toHfConfig } from "./hf-config.ts";
import { loadModel, saveModel } from "./model-files.ts";
import { logProbs, referenceForward } from "./reference-forward.fixture.ts";
import { openSafetensors } from "./safetensors.ts";
import { type OutTensor, writeSafetensors } from "./safetensors-writer.ts";
import { parseIndex } from "./sharded.ts";
import { elements, initialWeights, parameterCount, transpose, weightShapes } from "./weights.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "models-"));
});
afterAll(() => rm(folder, { recursive: true }));
let made = 0;
const fresh = () => join(folder, String(made++));

const tokens = { bos: null, eos: [3], pad: null };

/** All weights distinct and of ordinary size, norms and biases too. */
function randomWeights(config: TransformerConfig, seed: number): Map<string, Float32Array> {
  const random = createRandom(seed);
  const filled = ([name, shape]: [string, readonly number[]]): [string, Float32Array] => [
    name,
    Float32Array.from({ length: elements(shape) }, () => 0.3 * random.normal()),
  ];
  return new Map([...weightShapes(config)].map(filled));
}

const largestGap = (a: Float64Array[], b: Float64Array[]) =>
  Math.max(...a.flatMap((row, t) => Array.from(row, (x, v) => Math.abs(x - b[t]![v]!))));

describe("saving and loading", () => {
  it("gives back any model, whole or in shards", async () => {
    const shards = fc.constantFrom(undefined, 400, 4000);
    await fc.assert(
      fc.asyncProperty(configs, fc.nat(), shards, async (config, seed, maxShardBytes) => {
        const path = fresh();
        const weights = randomWeights(config, seed);
        await saveModel(
          path,
          { config, weights, tokens: { ...tokens, eos: [] } },
          { ...(maxShardBytes && { maxShardBytes }) },
        );
        const found = await loadModel(path);
        expect(found.config).toEqual(config);
        expect([...found.weights.keys()]).toEqual([...weightShapes(config).keys()]);
        for (const [name, values] of weights) expect(found.weights.get(name), name).toEqual(values);
      }),
      { numRuns: 30 },
    );
  });

  it.each([
    ["GPT-2", smallGpt2],
    ["Llama", smallLlama],
    ["Qwen2", smallQwen2],
  ])("keeps what a %s model says, to 1e-5 in F32 and to rounding in BF16 and F16", async (_, config) => {
    const model = { config, weights: randomWeights(config, 5), tokens };
    const ids = [1, 4, 0, 18, 7, 7];
    const before = referenceForward(config, model.weights, ids);
    for (const [dtype, bound] of [
      ["F32", 1e-5],
      ["F16", 0.02],
      ["BF16", 0.2],
    ] as const) {
      const path = fresh();
      await saveModel(path, model, { dtype });
      const after = await loadModel(path);
      const gap = largestGap(before, referenceForward(after.config, after.weights, ids));
      expect(gap).toBeLessThan(bound);
      if (dtype !== "F32") expect(gap).toBeGreaterThan(0);
    }
  });

  it("lays out GPT-2 as Conv1D with query, key and value side by side", async () => {
    const path = fresh();
    const weights = randomWeights(smallGpt2, 1);
    await saveModel(path, { config: smallGpt2, weights, tokens });
    const file = await openSafetensors(join(path, "model.safetensors"));
    expect(file.tensors.get("transformer.h.1.attn.c_attn.weight")!.shape).toEqual([12, 36]);
    const joined = await file.read("transformer.h.1.attn.c_attn.weight");
    // row 2, column 12 + 5: input 2 of the key's output 5
    expect(joined[2 * 36 + 12 + 5]).toBe(weights.get("layers.1.key.weight")![2 * 12 + 5]);
    const bias = await file.read("transformer.h.1.attn.c_attn.bias");
    expect(bias[24 + 3]).toBe(weights.get("layers.1.value.bias")![3]);
    expect(file.tensors.get("transformer.h.0.mlp.c_fc.weight")!.shape).toEqual([12, 20]);
    expect(file.tensors.has("lm_head.weight")).toBe(false);
    await file.close();
  });

  it("lays out Llama as Linear, [out, in]", async () => {
    const path = fresh();
    const weights = randomWeights(smallLlama, 1);
    await saveModel(path, { config: smallLlama, weights, tokens });
    const file = await openSafetensors(join(path, "model.safetensors"));
    expect(file.tensors.get("model.layers.0.self_attn.k_proj.weight")!.shape).toEqual([12, 12]);
    expect(file.tensors.get("model.layers.0.mlp.gate_proj.weight")!.shape).toEqual([20, 12]);
    const gate = await file.read("model.layers.0.mlp.gate_proj.weight");
    expect(gate[17 * 12 + 4]).toBe(weights.get("layers.0.gate.weight")![4 * 20 + 17]);
    expect(file.tensors.get("lm_head.weight")!.shape).toEqual([19, 12]);
    expect(file.tensors.get("model.norm.weight")!.shape).toEqual([12]);
    await file.close();
  });

  it("replaces whole weights by shards and back, and shards by none but a new folder's", async () => {
    const path = fresh();
    const model = { config: smallLlama, weights: randomWeights(smallLlama, 1), tokens };
    await saveModel(path, model);
    await saveModel(path, model, { maxShardBytes: 3000 });
    const files = await readdir(path);
    expect(files).toContain("model.safetensors.index.json");
    expect(files).not.toContain("model.safetensors");
    expect((await loadModel(path)).weights).toEqual(model.weights);
    await expect(saveModel(path, model, { maxShardBytes: 3000 })).rejects.toThrow(/holds a sharded model/);
    await saveModel(path, model);
    expect(await readdir(path)).not.toContain("model.safetensors.index.json");
    expect((await loadModel(path)).weights).toEqual(model.weights);
  });

  it("refuses to save weights that are missing or of another size", async () => {
    const weights = randomWeights(smallGpt2, 1);
    weights.set("finalNorm.bias", new Float32Array(3));
    await expect(saveModel(fresh(), { config: smallGpt2, weights, tokens })).rejects.toThrow(
      /finalNorm\.bias: 3 values/,
    );
    weights.delete("finalNorm.bias");
    await expect(saveModel(fresh(), { config: smallGpt2, weights, tokens })).rejects.toThrow(
      /finalNorm\.bias: no values/,
    );
  });
});

describe("loading files of other makers", () => {
  /** A saved model whose tensors are changed on the way. */
  async function altered(
    config: TransformerConfig,
    change: (tensors: OutTensor[]) => OutTensor[],
  ): Promise<string> {
    const path = fresh();
    await saveModel(path, { config, weights: randomWeights(config, 2), tokens });
    const file = await openSafetensors(join(path, "model.safetensors"));
    const tensors: OutTensor[] = [];
    for (const [name, { shape }] of file.tensors) {
      const values = await file.read(name);
      tensors.push({ name, shape, values: () => values });
    }
    await file.close();
    await writeSafetensors(join(path, "model.safetensors"), change(tensors));
    return path;
  }
  const extra = (name: string, length = 1): OutTensor => ({
    name,
    shape: [length],
    values: () => new Float32Array(length),
  });

  it("takes names without the prefix, and constants that the config determines", async () => {
    const gpt2 = await altered(smallGpt2, (tensors) => [
      ...tensors.map((t) => ({ ...t, name: t.name.replace("transformer.", "") })),
      extra("h.0.attn.bias", 9),
      extra("h.1.attn.masked_bias"),
    ]);
    expect((await loadModel(gpt2)).weights).toEqual(randomWeights(smallGpt2, 2));
    const llama = await altered(smallQwen2, (tensors) => [
      ...tensors,
      extra("model.layers.0.self_attn.rotary_emb.inv_freq"),
      extra("lm_head.weight"),
    ]);
    expect((await loadModel(llama)).weights).toEqual(randomWeights(smallQwen2, 2));
  });

  it.each<[string, (tensors: OutTensor[]) => OutTensor[], RegExp]>([
    [
      "a missing tensor",
      (all) => all.filter((t) => t.name !== "model.norm.weight"),
      /a tensor is missing \(field "model\.norm\.weight"/,
    ],
    [
      "a missing unembedding",
      (all) => all.filter((t) => t.name !== "lm_head.weight"),
      /field "lm_head\.weight".*tie_word_embeddings/,
    ],
    [
      "a tensor of no such model",
      (all) => [...all, extra("model.layers.0.self_attn.q_norm.weight")],
      /does not have \(field "model\.layers\.0\.self_attn\.q_norm\.weight"/,
    ],
    [
      "another shape",
      (all) => all.map((t) => (t.name === "model.norm.weight" ? extra(t.name, 13) : t)),
      /does not fit the config \(field "model\.norm\.weight", found \[13\], expected \[12\]/,
    ],
    [
      "a number that is not finite",
      (all) =>
        all.map((t) =>
          t.name === "model.norm.weight"
            ? { ...t, values: () => new Float32Array(12).fill(Number.NaN, 4, 5) }
            : t,
        ),
      /not a finite number \(field "model\.norm\.weight", found NaN at position 4/,
    ],
  ])("refuses %s", async (_, change, message) => {
    const path = await altered(smallLlama, change);
    await expect(loadModel(path)).rejects.toMatchObject({
      name: "InputError",
      message: expect.stringMatching(message),
    });
  });

  it("refuses a config that claims more layers than the file can have", async () => {
    const path = await altered(smallLlama, (tensors) => tensors);
    const config = toHfConfig({ ...smallLlama, layers: 2_000_000_000 }, tokens);
    await writeFile(join(path, "config.json"), JSON.stringify(config));
    await expect(loadModel(path)).rejects.toThrow(/fewer tensors than the config has layers/);
  });

  it("names what is missing of a folder", async () => {
    await expect(loadModel(fresh())).rejects.toThrow(/no such file/);
    const path = await altered(smallLlama, (tensors) => tensors);
    await rm(join(path, "model.safetensors"));
    await expect(loadModel(path)).rejects.toThrow(
      /no weights in this folder.*expected model\.safetensors or/,
    );
    await rm(join(path, "config.json"));
    await expect(loadModel(path)).rejects.toThrow(/config\.json: can't read it: no such file/);
  });
});

describe("a sharded index", () => {
  const sharded = async () => {
    const path = fresh();
    const model = { config: smallLlama, weights: randomWeights(smallLlama, 1), tokens };
    await saveModel(path, model, { maxShardBytes: 3000 });
    return path;
  };
  const index = "model.safetensors.index.json";
  const edit = async (path: string, change: (map: Record<string, unknown>) => void) => {
    const json = JSON.parse(await readFile(join(path, index), "utf8"));
    change(json.weight_map);
    await writeFile(join(path, index), JSON.stringify(json));
  };

  it("is refused where it leaves its folder, or names a shard or tensor that is not there", async () => {
    const path = await sharded();
    await edit(path, (map) => Object.assign(map, { "model.norm.weight": "../x.safetensors" }));
    await expect(loadModel(path)).rejects.toThrow(
      /outside its folder \(field "model\.norm\.weight", found "\.\.\/x/,
    );
    await edit(path, (map) => Object.assign(map, { "model.norm.weight": "none.safetensors" }));
    await expect(loadModel(path)).rejects.toThrow(/none\.safetensors: can't read it: no such file/);
    await edit(path, (map) => Object.assign(map, { "model.norm.weight": map["model.embed_tokens.weight"] }));
    await expect(loadModel(path)).rejects.toThrow(/a tensor is missing \(field "model\.norm\.weight"/);
    await edit(path, (map) => Object.assign(map, { "model.norm.weight": 3 }));
    await expect(loadModel(path)).rejects.toThrow(
      /not named by text \(field "weight_map\.model\.norm\.weight", found 3/,
    );
    await writeFile(join(path, index), "{}");
    await expect(loadModel(path)).rejects.toThrow(/a field is missing \(field "weight_map"/);
  });

  it("takes or refuses 10,000 damaged copies", async () => {
    const whole = JSON.stringify({
      metadata: { total_size: 8 },
      weight_map: { a: "m-1.safetensors", b: "m-2.safetensors" },
    });
    const counts = await feed(Buffer.from(whole), (bytes) => {
      for (const shard of parseIndex("i", parseJson("i", bytes)).values()) expect(shard).not.toMatch(/[/\\]/);
    });
    expect(counts.taken).toBeGreaterThan(300);
    expect(counts.refused).toBeGreaterThan(3000);
  });
});

describe("weights made from scratch", () => {
  const config = { ...smallGpt2, vocabSize: 300, dim: 48, headDim: 16, hidden: 192, layers: 8 };

  it("have the counted size, unit norms, zero biases and GPT-2's deviations", () => {
    const weights = initialWeights(config, createRandom(1));
    const total = [...weights.values()].reduce((sum, values) => sum + values.length, 0);
    expect(total).toBe(parameterCount(config));
    const deviation = (name: string) => {
      const values = weights.get(name)!;
      return Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
    };
    expect(deviation("tokenEmbedding") / 0.02).toBeCloseTo(1, 1);
    expect(deviation("layers.3.up.weight") / 0.02).toBeCloseTo(1, 1);
    expect(deviation("layers.3.down.weight") / (0.02 / 4)).toBeCloseTo(1, 1);
    expect(deviation("layers.3.output.weight") / (0.02 / 4)).toBeCloseTo(1, 1);
    expect(new Set(weights.get("layers.2.mlpNorm.weight"))).toEqual(new Set([1]));
    expect(new Set(weights.get("finalNorm.weight"))).toEqual(new Set([1]));
    expect(new Set(weights.get("layers.2.query.bias"))).toEqual(new Set([0]));
  });

  it("depend on the seed alone, and begin near the uniform distribution", () => {
    const weights = initialWeights(smallLlama, createRandom(7));
    expect(initialWeights(smallLlama, createRandom(7))).toEqual(weights);
    expect(initialWeights(smallLlama, createRandom(8))).not.toEqual(weights);
    for (const row of referenceForward(smallLlama, weights, [1, 2, 3]).map(logProbs)) {
      for (const x of row) expect(Math.abs(x + Math.log(smallLlama.vocabSize))).toBeLessThan(0.5);
    }
  });
});

it("transposes", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 70 }), (rows, columns) => {
      const values = Float32Array.from({ length: rows * columns }, (_, i) => i);
      const out = transpose(values, rows, columns);
      const wrong = values.filter(
        (value, i) => out[(i % columns) * rows + Math.floor(i / columns)] !== value,
      );
      expect(wrong.length).toBe(0);
      expect(transpose(out, columns, rows)).toEqual(values);
    }),
  );
});
