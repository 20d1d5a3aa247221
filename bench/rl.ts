/**
 * Reinforcement learning: response tokens a second, and where the time goes, of RLOO, PPO and GRPO on a policy of the demo
 * world's size with random weights, and on stories260K where `--data` has it. Real sampling, comparison with the reference
 * policy, scoring by n-gram models trained here, and updates. The algorithms take turns in one run; medians over rounds.
 *
 *   npm run bench:rl -- [--json] [--rounds 5] [--threads 2] [--data ../shared/data]
 */
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  type Algorithm,
  type AlignPrompt,
  createRewarder,
  grpo,
  PolicyTrainer,
  ppo,
  type Rewarder,
  rloo,
  type StepMetrics,
  weightedSumUtility,
} from "../src/align/index.ts";
import { BASE_POLICY, TOPICS } from "../src/frontier/base-policy.ts";
import {
  CHAT_TEMPLATE,
  createHfTokenizer,
  initialWeights,
  loadModel,
  loadTokenizer,
  type ModelFiles,
  type Tokenizer,
  TURN_TOKENS,
  trainBpe,
} from "../src/models/index.ts";
import { encodeFor, type PromptFormat } from "../src/policies/index.ts";
import { trainNgram } from "../src/rewards/index.ts";
import { createRandom } from "../src/stats/random.ts";
import { collectPreferences, createCorpus, createWorld, VALUES, type WorldText } from "../src/world/index.ts";
import { median } from "./compare.ts";

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    rounds: { type: "string", default: "5" },
    threads: { type: "string", default: String(availableParallelism()) },
    data: { type: "string", default: "../shared/data" },
  },
});
const rounds = Number(options.rounds);
const threads = Number(options.threads);
/** New shapes come up in the first steps, and each is a program to build. */
const WARM_UP = 2;
const PROMPTS = 16;
const SAMPLES = 4;
const NEW_TOKENS = 48;

type Policy = {
  name: string;
  model: ModelFiles;
  tokenizer: Tokenizer;
  format: PromptFormat;
  texts: string[];
};

const world = createWorld(1, { prompts: 96, k: 4 });
const rewarder = await worldRewards();
const policies = [await worldSizedPolicy(), await storiesPolicy()].filter((policy) => policy !== undefined);
const report = {
  threads,
  rounds,
  prompts: PROMPTS,
  samples: SAMPLES,
  newTokens: NEW_TOKENS,
  rewardModels: VALUES.length,
  policies: [] as Awaited<ReturnType<typeof benchPolicy>>[],
};
for (const policy of policies) report.policies.push(await benchPolicy(policy));
console.log(options.json ? JSON.stringify(report) : report.policies.map(table).join("\n\n"));

/** One n-gram model a value of the world, from a few preferences of its raters. */
async function worldRewards(): Promise<Rewarder> {
  const models = new Map();
  for (const value of VALUES) {
    const pairs = collectPreferences(world.candidateSets, { value, pairsPerPrompt: 2, seed: 1 });
    models.set(value, (await trainNgram(pairs, { seed: 1, l2: 1e-3 })).model);
  }
  return createRewarder(models);
}

/** The shape and the tokenizer of the demo world's base policy, and random weights. */
async function worldSizedPolicy(): Promise<Policy> {
  const { vocabSize, dim, layers, heads, hidden, context, tokenizerTexts } = BASE_POLICY;
  const corpus = createCorpus({ seed: 1, topics: TOPICS, prompts: tokenizerTexts });
  const files = await trainBpe(words(corpus.train), {
    vocabSize,
    special: TURN_TOKENS,
    chatTemplate: CHAT_TEMPLATE,
  });
  const tokenizer = createHfTokenizer(files);
  const config: ModelFiles["config"] = {
    ...{ vocabSize: tokenizer.vocabSize, dim, layers, heads, kvHeads: heads, headDim: dim / heads, hidden },
    context,
    norm: { kind: "rms", epsilon: 1e-5 },
    activation: "gated-silu",
    positions: { kind: "rotary", theta: 10_000 },
    attentionBias: "none",
    mlpBias: false,
    tiedEmbeddings: true,
  };
  const weights = initialWeights(config, createRandom(1));
  const texts = world.candidateSets.map(({ prompt }) => prompt[0]!.content);
  const model = { config, weights, tokens: { bos: tokenizer.bos, eos: [], pad: null } };
  return { name: "demo world", model, tokenizer, format: "dialogue", texts };
}

function* words(texts: Iterable<WorldText>): Generator<string> {
  for (const { prompt, response } of texts) yield `${prompt[0]!.content}\n${response}`;
}

async function storiesPolicy(): Promise<Policy | undefined> {
  const folder = join(options.data, "models/stories260K");
  if (!existsSync(folder)) {
    console.error(`SKIPPED for want of ${folder}: the bench on a real model`);
    return undefined;
  }
  const model = await loadModel(join(folder, "stories260K.bin"));
  const tokenizer = await loadTokenizer(join(folder, "tok512.bin"));
  const texts = ["Tom", "Lily", "Ben", "Sara"].flatMap((name) =>
    ["a cat", "a tree", "a ball", "the rain"].map((thing) => `One day, ${name} saw ${thing}.`),
  );
  return { name: "stories260K", model, tokenizer, format: "text", texts };
}

async function benchPolicy(policy: Policy) {
  const algorithms = { rloo: rloo(), ppo: ppo(), grpo: grpo() };
  const entries = Object.entries(algorithms).map(([name, algorithm]) => ({
    name,
    trainer: trainerOf(policy, algorithm),
    steps: [] as StepMetrics[],
  }));
  const prompts = promptsOf(policy);
  for (let round = 1 - WARM_UP; round <= rounds; round++) {
    for (const { trainer, steps } of entries) {
      const step = round + WARM_UP;
      const metrics = await trainer.step(prompts, { step, learningRate: 1e-4, klWeight: 0.1 });
      if (round > 0) steps.push(metrics);
    }
  }
  for (const { trainer } of entries) await trainer.dispose();
  const speeds = entries.map(({ name, steps }) => ({ algorithm: name, ...speedOf(steps) }));
  const [{ tokensPerSecond: base }] = speeds as [(typeof speeds)[number]];
  const { dim, layers, vocabSize } = policy.model.config;
  return {
    policy: policy.name,
    ...{ dim, layers, vocabSize },
    algorithms: speeds.map((speed) => ({ ...speed, ofRloo: rounded(speed.tokensPerSecond / base) })),
  };
}

function trainerOf({ model, tokenizer, format }: Policy, algorithm: Algorithm): PolicyTrainer {
  return new PolicyTrainer({
    model: { ...model, tokens: { ...model.tokens, eos: [] } },
    // no token ends a response: all are of the same length
    tokenizer: { ...tokenizer, eos: null },
    format,
    algorithm,
    rewarder,
    utility: weightedSumUtility(VALUES.map((value) => ({ value }))),
    n: SAMPLES,
    maxNewTokens: NEW_TOKENS,
    seed: 1,
    session: { threads },
  });
}

function promptsOf({ tokenizer, format, texts }: Policy): AlignPrompt[] {
  return texts.slice(0, PROMPTS).map((content) => {
    const prompt = [{ role: "user" as const, content }];
    return { promptHash: content, prompt, ids: encodeFor(format, tokenizer, prompt) };
  });
}

/** Of whole steps, and of each part alone: tokens of a step over the median of its seconds. */
function speedOf(steps: readonly StepMetrics[]) {
  const parts = ["sampling", "scoring", "training"] as const;
  const whole = median(steps.map(({ seconds }) => parts.reduce((sum, part) => sum + seconds[part], 0)));
  const tokens = median(steps.map(({ tokens }) => tokens));
  const seconds = parts.map((part) => [part, median(steps.map((step) => step.seconds[part]))] as const);
  const total = seconds.reduce((sum, [, time]) => sum + time, 0);
  return {
    tokens,
    tokensPerSecond: Math.round(tokens / whole),
    parts: Object.fromEntries(
      seconds.map(([part, time]) => [
        part,
        { tokensPerSecond: Math.round(tokens / time), share: rounded(time / total) },
      ]),
    ) as Record<(typeof parts)[number], { tokensPerSecond: number; share: number }>,
  };
}

function rounded(x: number): number {
  return Number(x.toPrecision(3));
}

function table({ policy, dim, layers, vocabSize, algorithms }: (typeof report.policies)[number]): string {
  const lines = algorithms.map(({ algorithm, tokensPerSecond, ofRloo, parts }) => {
    const each = Object.entries(parts).map(
      ([part, { tokensPerSecond, share }]) =>
        `${part} ${tokensPerSecond.toLocaleString("en")} (${Math.round(100 * share)} %)`,
    );
    return `${algorithm.padEnd(5)} ${tokensPerSecond.toLocaleString("en").padStart(7)} tokens/s, ${ofRloo.toFixed(2)} of RLOO: ${each.join(", ")}`;
  });
  return [
    `${policy}: dim ${dim}, ${layers} layers, vocabulary ${vocabSize}, ${threads} threads`,
    ...lines,
  ].join("\n");
}
