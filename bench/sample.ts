/**
 * Sampling at temperature 1 from the GPT of bench/gpt.ts, with a cache of keys and values, beside the same in PyTorch
 * where `python3 -c "import torch"` works: float32, the same number of threads, in turn, medians. Times include reading
 * the prompts and choosing the tokens.
 *
 *   npm run bench:sample -- [--json] [--rounds 5] [--threads 2]
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { type Program, Session } from "../src/engine/index.ts";
import { decodeProgram, prefillProgram } from "../src/models/cached-pass.ts";
import { initialWeights, openSampler, randomStreams, type TransformerConfig } from "../src/models/index.ts";
import { createRandom } from "../src/stats/random.ts";
import { median } from "./compare.ts";
import { BENCH_SHAPE } from "./gpt.ts";
import { startWorker } from "./pytorch.ts";

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    rounds: { type: "string", default: "5" },
    threads: { type: "string", default: String(availableParallelism()) },
  },
});
const rounds = Number(options.rounds);
const threads = Number(options.threads);
const NEW_TOKENS = 128;
const PROMPT = 16;
const { vocabulary, width, layers, heads } = BENCH_SHAPE;
const config: TransformerConfig = {
  vocabSize: vocabulary,
  dim: width,
  layers,
  heads,
  kvHeads: heads,
  headDim: width / heads,
  hidden: 4 * width,
  context: 1024,
  norm: { kind: "layer", epsilon: 1e-5 },
  activation: "gelu",
  positions: { kind: "learned" },
  attentionBias: "all",
  mlpBias: true,
  tiedEmbeddings: false,
};

const sampler = openSampler({ config, weights: initialWeights(config, createRandom(1)) }, { threads });
const theirs = startWorker("sample.py", { ...BENCH_SHAPE, context: config.context, threads });
const random = createRandom(2);

/** Milliseconds in which `batch` prompts of random tokens are read, and in which tokens are added to them. */
async function sampleMs(
  batch: number,
  prompt: number,
  maxNewTokens: number,
): Promise<{ prefill: number; steps: number }> {
  const draw = () => Array.from({ length: prompt }, () => random.below(vocabulary));
  const prompts = Array.from({ length: batch }, draw);
  const start = performance.now();
  let read: number | undefined;
  await sampler.sample(prompts, {
    maxNewTokens,
    random: randomStreams(random.below(2 ** 31)),
    onProgress() {
      read ??= performance.now();
    },
  });
  return { prefill: read! - start, steps: performance.now() - read! };
}

type Speed = { tokensPerSecond: number; msPerStep: number };

/** One size of batch, ours and theirs in turn; the first round builds the sessions and is not counted. */
async function compareBatch(batch: number): Promise<{ ours: Speed; pytorch?: Speed }> {
  const ms = { ours: [] as number[], pytorch: [] as number[] };
  for (let round = -1; round < rounds; round++) {
    const { prefill, steps } = await sampleMs(batch, PROMPT, NEW_TOKENS);
    const pytorch = Number(await theirs?.ask(`${batch} ${PROMPT} ${NEW_TOKENS}`));
    if (round < 0) continue;
    ms.ours.push(prefill + steps);
    ms.pytorch.push(pytorch);
  }
  const speed = (times: number[]) => speedOf(batch, NEW_TOKENS, median(times));
  return { ours: speed(ms.ours), ...(theirs && { pytorch: speed(ms.pytorch) }) };
}

const speedOf = (batch: number, steps: number, ms: number): Speed => ({
  tokensPerSecond: Math.round((1000 * batch * steps) / ms),
  msPerStep: rounded(ms / steps),
});

/** Tokens per second of the second of two runs, over lengths of the prompt and sizes of the batch. */
async function growth() {
  const rows = [];
  for (const prompt of [16, 128, 384, 896]) {
    for (const batch of [1, 8, 64]) {
      await sampleMs(batch, prompt, 33);
      const { prefill, steps } = await sampleMs(batch, prompt, 33);
      rows.push({ prompt, batch, prefillMs: rounded(prefill), ...speedOf(batch, 32, steps) });
    }
  }
  return rows;
}

/** Milliseconds in which a program is written and loaded. */
async function sessionMs(build: () => Program): Promise<number> {
  const start = performance.now();
  const session = await Session.open(build(), { threads });
  const ms = performance.now() - start;
  await session.dispose();
  return rounded(ms);
}

function rounded(x: number): number {
  return Number(x.toPrecision(4));
}

const batch1 = await compareBatch(1);
const batch64 = await compareBatch(64);
const build = (batch: number) => ({
  prefill: () => prefillProgram(config, { batch, length: 64 }),
  decode: () => decodeProgram(config, { batch, slots: 256 }),
});
const report = {
  batch1: batch1.ours,
  batch64: batch64.ours,
  threads,
  rounds,
  sessionMs: {
    prefill64x64: await sessionMs(build(64).prefill),
    decode1x256: await sessionMs(build(1).decode),
    decode64x256: await sessionMs(build(64).decode),
  },
  growth: await growth(),
  ...(theirs && {
    pytorch: {
      ...((await theirs.stop()) as { version: string }),
      batch1: batch1.pytorch,
      batch64: batch64.pytorch,
      speedup: {
        batch1: rounded(batch1.ours.tokensPerSecond / batch1.pytorch!.tokensPerSecond),
        batch64: rounded(batch64.ours.tokensPerSecond / batch64.pytorch!.tokensPerSecond),
      },
    },
  }),
};
await sampler.dispose();
console.log(options.json ? JSON.stringify(report) : table());

function table(): string {
  const { growth: rows, ...rest } = report;
  const head = Object.entries(rest).map(([key, value]) => `${key.padEnd(12)} ${JSON.stringify(value)}`);
  const cells = rows.map((row) =>
    Object.values(row)
      .map((cell) => String(cell).padStart(16))
      .join(""),
  );
  const names = Object.keys(rows[0]!).map((name) => name.padStart(16));
  return [...head, "", names.join(""), ...cells].join("\n");
}
