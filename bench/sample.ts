/**
 * Sampling from the GPT of bench/gpt.ts with a cache of keys and values, beside the same in PyTorch where
 * `python3 -c "import torch"` works: float32, the same number of threads, in turn, medians.
 *
 *   npm run bench:sample -- [--json] [--rounds 3] [--threads 2] [--table]
 *
 * `--table` adds the growth with the length of the prompt and with the batch.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { initialWeights, openSampler, randomStreams, type TransformerConfig } from "../src/models/index.ts";
import { createRandom } from "../src/stats/random.ts";
import { median } from "./compare.ts";
import { BENCH_SHAPE } from "./gpt.ts";
import { startPytorch } from "./pytorch.ts";

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    table: { type: "boolean", default: false },
    rounds: { type: "string", default: "3" },
    threads: { type: "string", default: String(availableParallelism()) },
  },
});
const rounds = Number(options.rounds);
const threads = Number(options.threads);
const NEW_TOKENS = 128;
const PROMPT = 16;
const CONTEXT = 1024;
