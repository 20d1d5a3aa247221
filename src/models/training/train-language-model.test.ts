import { createHash } from "node:crypto";
import { access, cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InputError } from "../../io/errors.ts";
import { createRandom } from "../../stats/random.ts";
import { trainBpe } from "../bpe-train.ts";
import type { TransformerConfig } from "../config.ts";
import { CHAT_TEMPLATE, TURN_TOKENS } from "../dialogue.ts";
import { createHfTokenizer } from "../hf-tokenizer.ts";
import { loadTokenizer } from "../load-tokenizer.ts";
import { loadModel } from "../model-files.ts";
import { initialWeights } from "../weights.ts";
import type { Batches } from "./batches.ts";
import { tokenise } from "./documents.ts";
import { loadAdapter, mergeAdapter } from "./lora.ts";
import { packedBatches } from "./packed-batches.ts";
import { paddedBatches } from "./padded-batches.ts";
import { type LanguageModelTraining, trainLanguageModel } from "./train-language-model.ts";

const config: TransformerConfig = {
  vocabSize: 264,
  dim: 16,
  layers: 1,
  heads: 2,
  kvHeads: 2,
  headDim: 8,
  hidden: 32,
  context: 32,
  norm: { kind: "layer", epsilon: 1e-5 },
  activation: "gelu",
  positions: { kind: "learned" },
  attentionBias: "all",
  mlpBias: true,
  tiedEmbeddings: true,
};
const tokens = { bos: null, eos: [0], pad: null };
const tokenizer = createHfTokenizer(
  await trainBpe([], { vocabSize: 260, special: TURN_TOKENS, chatTemplate: CHAT_TEMPLATE }),
);
const words = ["red", "green", "blue", "grey"];
const texts = Array.from({ length: 80 }, (_, i) => ({
  prompt: [{ role: "user", content: words[i % 4]! }],
  learn: "response" as const,
  response: `${words[(i + 1) % 4]} ${words[(i + 2) % 4]}`.repeat(1 + (i % 3)),
}));
const documents = await tokenise(texts, tokenizer);

let work = "";
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), "allgood-train-"));
});
afterAll(() => rm(work, { recursive: true, force: true }));

const sha256 = async (...path: string[]) =>
  createHash("sha256")
    .update(await readFile(join(work, ...path)))
    .digest("hex");

function training(
  name: string,
  steps: number,
  more: Partial<LanguageModelTraining> = {},
): LanguageModelTraining {
  const train = packedBatches(documents, { rows: 4, length: 24, seed: 1 });
  return {
    folder: join(work, name),
    model: { config, weights: initialWeights(config, createRandom(1)), tokens },
    saveTokenizer: (folder) => tokenizer.save(folder),
    train,
    heldOut: [train.at(1000)],
    // the schedule is that of the whole run, however far it comes
    schedule: { learningRate: 1e-2, steps, warmup: 2 },
    seed: 1,
    evaluateEvery: 4,
    checkpointEvery: 3,
    ...more,
  };
}

/** Stops after `step` steps, as Ctrl-C would. */
async function interrupted(options: LanguageModelTraining, step: number): Promise<void> {
  const abort = new AbortController();
  const stopping: Batches = {
    perEpoch: options.train.perEpoch,
    at(index) {
      if (index === step * (options.accumulation ?? 1) - 1) abort.abort(new Error("interrupted"));
      return options.train.at(index);
    },
  };
  const run = trainLanguageModel({ ...options, train: stopping, signal: abort.signal });
  await expect(run).rejects.toThrow("interrupted");
}

const padded = () => paddedBatches(documents, { rows: 4, length: 24, seed: 1 });

describe("a run that is stopped and goes on equals one that never stopped, byte for byte", () => {
  test.each<[string, () => Partial<LanguageModelTraining>]>([
    ["packed", () => ({})],
    ["padded, in length buckets", () => ({ train: padded() })],
    ["accumulated", () => ({ accumulation: 2, train: padded() })],
    ["LoRA", () => ({ lora: { rank: 2, alpha: 4, targets: ["query", "value"] } })],
  ])("%s", async (name, more) => {
    await trainLanguageModel(training(`${name}-whole`, 6, more()));
    await interrupted(training(`${name}-parts`, 6, more()), 3);
    const result = await trainLanguageModel(training(`${name}-parts`, 6, more()));
    expect(await sha256(`${name}-parts`, "model.safetensors")).toBe(
      await sha256(`${name}-whole`, "model.safetensors"),
    );
    const whole = await trainLanguageModel(training(`${name}-whole`, 6, more()));
    // a run that is done has nothing to do, and says the same
    expect(whole.heldOut).toEqual(result.heldOut);
    const slots = ["checkpoints", "step-00000006", "optimiser.safetensors"];
    expect(await sha256(`${name}-parts`, ...slots)).toBe(await sha256(`${name}-whole`, ...slots));
    const steps = (await readFile(join(work, `${name}-parts`, "metrics.jsonl"), "utf8"))
      .trimEnd()
      .split("\n");
    expect(steps.map((row) => (JSON.parse(row) as { step: number }).step)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test("what a kill left half written is ignored, then removed", async () => {
    await trainLanguageModel(training("whole", 6));
    await interrupted(training("killed", 6), 3);
    const checkpoints = join(work, "killed", "checkpoints");
    const half = join(checkpoints, ".step-00000005.0badf00d.tmp");
    await cp(join(checkpoints, "step-00000003"), half, { recursive: true });
    await writeFile(join(half, "model.safetensors"), "cut off");
    await trainLanguageModel(training("killed", 6));
    expect(await sha256("killed", "model.safetensors")).toBe(await sha256("whole", "model.safetensors"));
    expect((await readdir(checkpoints)).sort()).toEqual(["step-00000003", "step-00000006"]);
  });
});

test("the loss falls, and the model is written with its tokenizer, its numbers and events", async () => {
  const result = await trainLanguageModel(training("learns", 60, { checkpointEvery: 25 }));
  expect(result.heldOut.lossBefore).toBeCloseTo(Math.log(264), 0);
  expect(result.heldOut.lossAfter).toBeLessThan(0.7 * result.heldOut.lossBefore);
  expect(result.heldOut.perplexity).toBeCloseTo(Math.exp(result.heldOut.lossAfter), 12);
  expect(result.tokensPerSecond).toBeGreaterThan(0);
  const folder = join(work, "learns");
  const model = await loadModel(folder);
  expect(model.config).toEqual(config);
  expect((await loadTokenizer(folder)).eos).toBe(0);
  const rows = (await readFile(join(folder, "metrics.jsonl"), "utf8")).trimEnd().split("\n");
  const metrics = rows.map((row) => JSON.parse(row) as Record<string, number>);
  expect(metrics).toHaveLength(60);
  expect(metrics[3]!.heldOutLoss).toBeGreaterThan(result.heldOut.lossAfter);
  expect(Object.keys(metrics[0]!)).toEqual([
    "step",
    "loss",
    "gradientNorm",
    "learningRate",
    "tokensPerSecond",
  ]);
  expect((await readdir(folder)).some((name) => name.startsWith("events.out.tfevents."))).toBe(true);
  // two checkpoints, each a model of its own
  expect((await readdir(join(folder, "checkpoints"))).sort()).toEqual(["step-00000050", "step-00000060"]);
  await loadModel(join(folder, "checkpoints", "step-00000050"));
});

test("accumulated halves of a batch make the step of the whole", async () => {
  const whole = training("one-part", 3, { train: padded() });
  const half = (index: number) => {
    const { rows, length, ids, targets, mask, tokens } = whole.train.at(index >> 1);
    const cut = (size: number): [number, number] => (index % 2 === 0 ? [0, size / 2] : [size / 2, size]);
    const part = mask.slice(...cut(mask.length));
    return {
      rows: rows / 2,
      length,
      ids: ids.slice(...cut(ids.length)),
      targets: targets.slice(...cut(targets.length)),
      mask: part,
      learned: part.reduce((a, b) => a + b),
      tokens: tokens / 2,
    };
  };
  const halves: Batches = { perEpoch: 2 * whole.train.perEpoch, at: half };
  await trainLanguageModel(whole);
  await trainLanguageModel(training("two-parts", 3, { train: halves, accumulation: 2 }));
  const [a, b] = await Promise.all(["one-part", "two-parts"].map((name) => loadModel(join(work, name))));
  for (const [name, values] of a!.weights) {
    const other = b!.weights.get(name)!;
    expect(Math.max(...values.map((x, i) => Math.abs(x - other[i]!)))).toBeLessThan(1e-4);
  }
});

test("a loss that is not finite stops the run at its step, and the last good checkpoint stays", async () => {
  const rows = training("diverges", 9, { schedule: { learningRate: 1e-2, steps: 9, warmup: 2 } });
  const broken: Batches = {
    perEpoch: 1,
    // weights of infinity: the loss of step 5 can't be finite
    at: (i) =>
      i === 4 ? { ...rows.train.at(i), mask: rows.train.at(i).mask.map(() => Infinity) } : rows.train.at(i),
  };
  const run = trainLanguageModel({ ...rows, train: broken });
  await expect(run).rejects.toThrow(InputError);
  await expect(run).rejects.toThrow(/diverged at step 5.*step-00000003/);
  await loadModel(join(work, "diverges", "checkpoints", "step-00000003"));
  await expect(access(join(work, "diverges", "model.safetensors"))).rejects.toThrow();
});

test("a checkpoint is not written where the next loss is not finite", async () => {
  const rows = training("overflows", 9, { schedule: { learningRate: 3e38, steps: 9, warmup: 3 } });
  await expect(trainLanguageModel({ ...rows, checkpointEvery: 1 })).rejects.toThrow(
    /diverged at step 2.*There was no checkpoint yet/,
  );
});

test("with LoRA the merged model is the base with the adapter folded in", async () => {
  const base = initialWeights(config, createRandom(1));
  const lora = { rank: 2, alpha: 4, targets: ["query", "down"] as const };
  await trainLanguageModel(training("adapted", 4, { lora }));
  const adapter = await loadAdapter(join(work, "adapted", "adapter.safetensors"), config);
  const { weights } = await loadModel(join(work, "adapted"));
  expect([...weights]).toEqual([...mergeAdapter(config, base, adapter)]);
  expect(weights.get("layers.0.query.weight")).not.toEqual(base.get("layers.0.query.weight"));
  expect(weights.get("layers.0.key.weight")).toEqual(base.get("layers.0.key.weight"));
});

test("optimiser numbers of another model are refused", async () => {
  await interrupted(training("grown", 6), 3);
  const smaller = training("other", 6, {
    model: {
      config: { ...config, hidden: 16 },
      weights: initialWeights({ ...config, hidden: 16 }, createRandom(1)),
      tokens,
    },
  });
  await interrupted(smaller, 3);
  const file = (name: string) => join(work, name, "checkpoints", "step-00000003", "optimiser.safetensors");
  await cp(file("other"), file("grown"));
  await expect(trainLanguageModel(training("grown", 6))).rejects.toThrow(/optimiser's numbers do not fit/);
});
