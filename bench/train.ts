/**
 * A training step of a GPT-2-shaped model beside a 1024³ product in the same runtime, and beside PyTorch where
 * `python3 -c "import torch"` works: float32, the same number of threads, in turn, medians.
 *
 *   npm run bench:train -- [--json] [--rounds 15] [--threads 2]
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import {
  adamW,
  compile,
  float32,
  graph,
  int64,
  matmul,
  Session,
  State,
  scheduleFeeds,
  trainStep,
} from "../src/engine/index.ts";
import { createRandom } from "../src/stats/random.ts";
import { median } from "./compare.ts";
import { BENCH_SHAPE, forwardFlops, gptLoss, initialise } from "./gpt.ts";
import { type PytorchProcess, startPytorch } from "./pytorch.ts";

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    rounds: { type: "string", default: "15" },
    threads: { type: "string", default: String(availableParallelism()) },
  },
});
const rounds = Number(options.rounds);
const threads = Number(options.threads);
const WARM_UP = 3;
const PRODUCT = 1024;

const tokens = BENCH_SHAPE.batch * BENCH_SHAPE.length;
// the backward pass multiplies twice for each product of the forward pass
const stepFlops = 3 * forwardFlops(BENCH_SHAPE);
const productFlops = 2 * PRODUCT ** 3;

type Timings = { step: number[]; product: number[] };

const ours = await prepare();
const theirs = startPytorch(BENCH_SHAPE, threads);
const timings: { ours: Timings; theirs: Timings } = {
  ours: { step: [], product: [] },
  theirs: { step: [], product: [] },
};
for (let round = -WARM_UP; round < rounds; round++) {
  const found = { product: await ours.product(), step: await ours.step() };
  const peer = theirs && { product: await theirs.product(), step: await theirs.step() };
  if (round < 0) continue;
  for (const kind of ["product", "step"] as const) {
    timings.ours[kind].push(found[kind]);
    if (peer) timings.theirs[kind].push(peer[kind]);
  }
}
const report = {
  ...summary(timings.ours, process.resourceUsage().maxRSS / 1024),
  threads,
  rounds,
  graphMs: round(ours.graphMs),
  sessionMs: round(ours.sessionMs),
  ...(theirs && { pytorch: await pytorchSummary(theirs) }),
};
console.log(options.json ? JSON.stringify(report) : table(report));
await ours.dispose();

/** The program and its session, and functions that run one step or one product and return its milliseconds. */
async function prepare() {
  const start = performance.now();
  const { loss, parameters } = gptLoss(BENCH_SHAPE);
  const optimiser = adamW({ weightDecay: 0.01, decays: (name) => !/gain|bias/.test(name) });
  const program = trainStep(loss, parameters, optimiser, { maxNorm: 1 });
  const built = performance.now();
  const session = await Session.open(program, { threads });
  const opened = performance.now();

  const random = createRandom(1);
  const draw = () =>
    BigInt64Array.from({ length: tokens }, () => BigInt(random.below(BENCH_SHAPE.vocabulary)));
  const batch = { ids: int64(draw(), [BENCH_SHAPE.batch, BENCH_SHAPE.length]), targets: int64(draw()) };
  const state = new State(initialise(parameters, 2));
  let count = 0;

  const g = graph();
  const square = [PRODUCT, PRODUCT];
  const c = matmul(g.input("a", "float32", square), g.input("b", "float32", square));
  const product = await Session.open(compile({ c }), { threads });
  const filled = () => float32(Float32Array.from({ length: PRODUCT ** 2 }, random.uniform), square);
  const [a, b, into] = [filled(), filled(), { c: filled() }];

  return {
    graphMs: built - start,
    sessionMs: opened - built,
    step: () =>
      timed(() => {
        count++;
        const feeds = { ...batch, ...scheduleFeeds(optimiser, { step: count, learningRate: 3e-4 }) };
        return session.run(feeds, { state });
      }),
    product: () => timed(() => product.run({ a, b }, { into })),
    async dispose() {
      await session.dispose();
      await product.dispose();
    },
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function summary({ step, product }: Timings, peakMB: number) {
  const [stepMs, productMs] = [median(step), median(product)];
  const [stepGflops, matmulGflops] = [stepFlops / stepMs / 1e6, productFlops / productMs / 1e6];
  return {
    stepMs: round(stepMs),
    tokensPerSecond: Math.round((1000 * tokens) / stepMs),
    peakMB: Math.round(peakMB),
    matmulGflops: round(matmulGflops),
    stepGflops: round(stepGflops),
    shareOfMatmul: round(stepGflops / matmulGflops),
  };
}

async function pytorchSummary(process: PytorchProcess) {
  const { version, peakMB } = await process.stop();
  const theirs = summary(timings.theirs, peakMB);
  return { version, ...theirs, speedup: round(theirs.stepMs / median(timings.ours.step)) };
}

function round(x: number): number {
  return Number(x.toPrecision(4));
}

function table(report: Record<string, unknown>): string {
  return Object.entries(report)
    .map(([key, value]) => `${key.padEnd(16)} ${typeof value === "object" ? JSON.stringify(value) : value}`)
    .join("\n");
}
