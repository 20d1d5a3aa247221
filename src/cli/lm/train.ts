import { join } from "node:path";
import { type Command, Option } from "commander";
import { UsageError } from "../../io/errors.ts";
import { writeFileAtomic } from "../../io/write.ts";
import {
  type AdapterShape,
  adapterShapes,
  checkVocabulary,
  initialWeights,
  type LanguageModelResult,
  type LoraTarget,
  loadModel,
  loadTokenizer,
  type ModelFiles,
  parameterCount,
  type Tokenizer,
  trainLanguageModel,
} from "../../models/index.ts";
import { createRandom } from "../../stats/random.ts";
import { action, type Context, type Outcome } from "../command.ts";
import {
  level,
  loraOptions,
  loraShape,
  notNegative,
  notNegativeWholeNumber,
  positiveNumber,
  positiveWholeNumber,
  wholeNumber,
} from "../options.ts";
import { providerOption, type SessionFlags, sessionOptions, threadsOption } from "../session-options.ts";
import {
  heldOutBatches,
  makeTokenizer,
  recordData,
  recordModel,
  type TextFiles,
  tokeniseFiles,
  trainingBatches,
} from "./data.ts";
import { beginRun, type RunRecord, writeRun } from "./run-record.ts";
import { newConfig, type ShapeOptions } from "./shape.ts";

type Options = ShapeOptions &
  SessionFlags & {
    data: string[];
    out: string;
    resume?: boolean;
    model?: string;
    vocab: number;
    learn: "all" | "response";
    sides: "chosen" | "both";
    batch: number;
    accumulate: number;
    steps: number;
    lr: number;
    warmup?: number;
    weightDecay: number;
    clip: number;
    loraRank?: number;
    loraAlpha?: number;
    loraTargets: LoraTarget[];
    heldOut: number;
    evalEvery: number;
    evalTokens: number;
    checkpointEvery: number;
    seed: number;
    skipBad?: boolean;
  };

/** Options that shape a model from scratch: without meaning where there is one. */
const SHAPE_OPTIONS = ["shape", "dim", "layers", "heads", "kvHeads", "vocab"] as const;

/** `allgood lm train`. */
export function registerLmTrain(lm: Command, report: (outcome: Outcome) => void): void {
  const train = lm
    .command("train")
    .description("train a language model on text, from scratch or from a model, or an adapter for one")
    .requiredOption(
      "--data <file...>",
      "text: .txt, rows with a text or with prompt and completion, or preferences",
    )
    .requiredOption("--out <dir>", "where the run and at its end the model goes")
    .option("--resume", "go on from the newest checkpoint in --out, if there is one")
    .option("--model <dir>", "start from this model and use its tokenizer")
    .addOption(new Option("--learn <part>", "of a dialogue").choices(["all", "response"]).default("all"))
    .addOption(
      new Option(
        "--sides <which>",
        "of preferences, the responses read: both for the trunk of a reward model",
      )
        .choices(["chosen", "both"])
        .default("chosen"),
    )
    .option("--steps <n>", "updates", positiveWholeNumber, 500)
    .option("--batch <n>", "sequences in a batch", positiveWholeNumber, 16)
    .option("--accumulate <n>", "batches in an update", positiveWholeNumber, 1)
    .option("--context <n>", "longest sequence, in tokens", positiveWholeNumber, 256)
    .option("--lr <number>", "highest learning rate", positiveNumber, 2e-3)
    .option("--warmup <n>", "updates until it is reached (default: 5 % of the steps)", notNegativeWholeNumber)
    .option("--weight-decay <number>", "of matrices, see AdamW", notNegative, 0.1)
    .option("--clip <number>", "largest norm of a gradient", positiveNumber, 1);
  loraOptions(train)
    .addOption(new Option("--shape <name>", "of a new model").choices(["llama", "gpt2"]).default("llama"))
    .option("--dim <n>", "width of a new model", positiveWholeNumber, 128)
    .option("--layers <n>", "layers of a new model", positiveWholeNumber, 4)
    .option("--heads <n>", "attention heads of a new model", positiveWholeNumber, 4)
    .option("--kv-heads <n>", "key/value heads of a new model (default: as many)", positiveWholeNumber)
    .option("--vocab <n>", "tokens of a new model at most", positiveWholeNumber, 2048)
    .option("--held-out <share>", "of texts that are no preferences, kept from training", level, 0.05)
    .option("--eval-every <n>", "updates between measurements of the held-out loss", positiveWholeNumber, 100)
    .option("--eval-tokens <n>", "held-out tokens measured", positiveWholeNumber, 50_000)
    .option("--checkpoint-every <n>", "updates between checkpoints", positiveWholeNumber, 100)
    .option("--seed <n>", "of weights, order and held-out part", wholeNumber, 1)
    .addOption(threadsOption())
    .addOption(providerOption())
    .option("--skip-bad", "leave bad rows out, instead of stopping at the first")
    .addHelpText(
      "after",
      "\nExample:\n  allgood lm train --data stories.txt --out runs/stories --dim 128 --layers 4 --steps 500\n" +
        "  allgood lm sample --model runs/stories --prompt 'Once upon a time'",
    )
    .action(
      action<Options>(report, async (_, options, context) => {
        const given = SHAPE_OPTIONS.filter((name) => train.getOptionValueSource(name) === "cli");
        const result = await trainCommand(options, given, context);
        return { json: result, text: describe(result) };
      }),
    );
}

type Result = LanguageModelResult & {
  /** Where it was written. */
  model: string;
  parameters: number;
  /** Numbers that are trained: fewer than the parameters with LoRA. */
  trained: number;
  vocabulary: number;
  texts: { train: number; heldOut: number };
  tokens: { train: number; heldOut: number };
  /** Passes over the training tokens. */
  epochs: number;
};

async function trainCommand(options: Options, given: readonly string[], context: Context): Promise<Result> {
  if (options.model !== undefined && given.length > 0) {
    throw new UsageError(
      `--model brings its own shape: leave out ${given.map((name) => `--${name}`).join(", ")}`,
    );
  }
  const record: RunRecord = {
    format: "allgood-run/1",
    command: "lm train",
    settings: settingsOf(options),
    data: await recordData(options.data),
    ...(options.model !== undefined && { base: await recordModel(options.model) }),
  };
  await beginRun(options.out, record, options.resume === true);
  const data: TextFiles = {
    files: options.data,
    options: {
      seed: options.seed,
      heldOut: options.heldOut,
      learn: options.learn,
      sides: options.sides,
      signal: context.signal,
      ...(options.skipBad && { skipBad: true }),
    },
  };
  const { model, tokenizer } = await startingModel(options, data, context);
  const tokenised = await tokeniseFiles(data, tokenizer, context);
  if (tokenised.prompts.length > 0) {
    await writeFileAtomic(
      join(options.out, "prompts.txt"),
      tokenised.prompts.map((hash) => `${hash}\n`).join(""),
    );
  }
  const { config } = model;
  const sizes = {
    rows: options.batch,
    length: Math.min(options.context, config.context),
    seed: options.seed,
  };
  const train = trainingBatches(tokenised.train, sizes, options.learn);
  const lora = loraShape(options);
  const result = await trainLanguageModel({
    folder: options.out,
    model,
    saveTokenizer: (folder) => tokenizer.save(folder),
    train,
    heldOut: heldOutBatches(tokenised.heldOut, sizes, options.learn, options.evalTokens),
    schedule: {
      learningRate: options.lr,
      steps: options.steps,
      warmup: options.warmup ?? Math.ceil(options.steps / 20),
    },
    accumulation: options.accumulate,
    optimiser: { weightDecay: options.weightDecay, maxNorm: options.clip },
    ...(lora && { lora }),
    seed: options.seed,
    evaluateEvery: options.evalEvery,
    checkpointEvery: options.checkpointEvery,
    session: sessionOptions(options),
    signal: context.signal,
    onProgress: (text) => context.progress.show(text),
  });
  const parameters = parameterCount(config);
  const summary: Result = {
    model: options.out,
    parameters,
    trained: lora === undefined ? parameters : adapterCount(config, lora),
    vocabulary: tokenizer.vocabSize,
    texts: { train: tokenised.train.starts.length - 1, heldOut: tokenised.heldOut.starts.length - 1 },
    tokens: { train: tokenised.train.tokens.length, heldOut: tokenised.heldOut.tokens.length },
    epochs: (options.steps * options.accumulate) / train.perEpoch,
    ...result,
  };
  await writeRun(options.out, record, summary);
  return summary;
}

/** What changes the result; a run goes on only with the same. */
function settingsOf(options: Options): RunRecord["settings"] {
  const {
    data: _,
    model,
    out,
    resume,
    evalEvery,
    evalTokens,
    checkpointEvery,
    skipBad,
    ...settings
  } = options;
  return { ...settings, ...(skipBad && { skipBad: "true" }), json: undefined };
}

async function startingModel(
  options: Options,
  data: TextFiles,
  context: Context,
): Promise<{ model: ModelFiles; tokenizer: Tokenizer }> {
  if (options.model !== undefined) {
    const [model, tokenizer] = [await loadModel(options.model), await loadTokenizer(options.model)];
    checkVocabulary(tokenizer, model.config, options.model);
    return { model, tokenizer };
  }
  if (options.loraRank !== undefined) {
    throw new UsageError("--lora-rank adapts a trained model: name it with --model");
  }
  const tokenizer = await makeTokenizer(data, options.vocab, context);
  const config = newConfig(options, tokenizer.vocabSize);
  const { bos, eos, pad } = tokenizer;
  const tokens = { bos, eos: eos === null ? [] : [eos], pad };
  return {
    model: { config, weights: initialWeights(config, createRandom(options.seed)), tokens },
    tokenizer,
  };
}

const adapterCount = (config: ModelFiles["config"], shape: AdapterShape): number =>
  [...adapterShapes(config, shape).values()].reduce((sum, [rows, columns]) => sum + rows * columns, 0);

function describe({ heldOut, ...result }: Result): string {
  const count = (number: number) => number.toLocaleString("en");
  const trained =
    result.trained === result.parameters ? "" : `, ${count(result.trained)} of the adapter trained`;
  return [
    `${count(result.parameters)} parameters${trained}, ${count(result.vocabulary)} tokens in the vocabulary`,
    `${count(result.steps)} steps, ${result.epochs.toFixed(2)} passes over ${count(result.tokens.train)} tokens of ${count(result.texts.train)} texts`,
    "",
    `held-out loss   ${heldOut.lossBefore.toFixed(3)} before, ${heldOut.lossAfter.toFixed(3)} after (nats a token, ${count(heldOut.tokens)} tokens)`,
    `perplexity      ${heldOut.perplexity.toFixed(1)}`,
    `speed           ${count(Math.round(result.tokensPerSecond))} tokens/s`,
    "",
    `written: ${result.model}`,
  ].join("\n");
}
