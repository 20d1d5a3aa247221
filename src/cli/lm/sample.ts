import { type Command, InvalidArgumentError } from "commander";
import {
  encodePrompt,
  encodeStart,
  endTokens,
  openSampler,
  sampleText,
  type TextSample,
} from "../../models/index.ts";
import { action, type Context, type Outcome } from "../command.ts";
import { positiveWholeNumber, wholeNumber } from "../options.ts";
import { providerOption, type SessionFlags, sessionOptions, threadsOption } from "../session-options.ts";
import { loadWithTokenizer } from "./load.ts";

type Options = SessionFlags & {
  model: string;
  tokenizer?: string;
  prompt: string;
  chat?: boolean;
  maxNewTokens: number;
  temperature: number;
  topK?: number;
  topP?: number;
  minP?: number;
  stop: string[];
  n: number;
  seed: number;
  batch: number;
};

/** `allgood lm sample`. */
export function registerLmSample(lm: Command, report: (outcome: Outcome) => void): void {
  lm.command("sample")
    .description("continue a prompt, with the log-probability of each token")
    .requiredOption("--model <path>", "a folder in Hugging Face layout, or a checkpoint of llama2.c")
    .requiredOption("--prompt <text>", "what to continue; may be empty")
    .option("--tokenizer <path>", "where the model has none beside it: tokenizer.json, or llama2.c's .bin")
    .option("--chat", "the prompt is a user's turn in a dialogue, and the assistant's turn follows")
    .option("--max-new-tokens <n>", "tokens to add at most", positiveWholeNumber, 64)
    .option("--temperature <number>", "0 takes the most likely token each time", from(0), 1)
    .option("--top-k <n>", "draw from the k most likely tokens", positiveWholeNumber)
    .option("--top-p <share>", "draw from the fewest tokens that reach this probability", share)
    .option("--min-p <share>", "draw from tokens this likely beside the most likely one", share)
    .option("--stop <text...>", "end where one of these texts appears", [])
    .option("--n <n>", "samples", positiveWholeNumber, 1)
    .option("--seed <n>", "the same seed gives the same samples", wholeNumber, 1)
    .option("--batch <n>", "samples that grow side by side at most", positiveWholeNumber, 64)
    .addOption(threadsOption())
    .addOption(providerOption())
    .addHelpText(
      "after",
      '\nExample:\n  allgood lm sample --model runs/stories --prompt "Once upon a time" --temperature 0.8 --top-p 0.95',
    )
    .action(
      action<Options>(report, async (_, options, context) => {
        const samples = await sampleCommand(options, context);
        const { prompt } = options;
        const json = samples.length === 1 ? { prompt, ...samples[0]! } : { prompt, samples };
        return { json, text: samples.map((sample) => describe(sample, options)).join("\n\n") };
      }),
    );
}

async function sampleCommand(options: Options, { progress, signal }: Context): Promise<TextSample[]> {
  const { model, tokenizer } = await loadWithTokenizer(options.model, options.tokenizer);
  const { prompt, n, maxNewTokens, temperature, topK, topP, minP, stop, seed, batch } = options;
  const ids = options.chat
    ? encodePrompt(tokenizer, [{ role: "user", content: prompt }])
    : encodeStart(tokenizer, prompt);
  const sampler = openSampler(model, { maxBatch: batch, ...sessionOptions(options) });
  try {
    const [samples] = await sampleText(sampler, tokenizer, [ids], {
      n,
      maxNewTokens,
      temperature,
      seed,
      stop: stop.filter((text) => text !== ""),
      stopTokens: endTokens(model, tokenizer),
      ...(topK !== undefined && { topK }),
      ...(topP !== undefined && { topP }),
      ...(minP !== undefined && { minP }),
      signal,
      onProgress: (tokens) => progress.show(`${tokens.toLocaleString("en")} of ${n * maxNewTokens} tokens`),
    });
    return samples!;
  } finally {
    await sampler.dispose();
  }
}

const reasons = { stop: "ended", length: "reached --max-new-tokens", context: "the context is full" };

function describe({ text, tokens, meanLogProb, stopReason }: TextSample, { prompt, chat }: Options): string {
  // text from outside, without escapes for the terminal
  const shown = `${chat ? "" : prompt}${text}`.replace(
    /(?![\n\t])[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    "",
  );
  const count = `${tokens.length} token${tokens.length === 1 ? "" : "s"}`;
  return `${shown}\n\n${count}, ${reasons[stopReason]}, mean log-prob ${meanLogProb.toFixed(3)}`;
}

const from =
  (low: number, high = Number.MAX_VALUE) =>
  (text: string): number => {
    const found = Number(text);
    if (text.trim() !== "" && found >= low && found <= high) return found;
    const range = high === Number.MAX_VALUE ? `of at least ${low}` : `from ${low} to ${high}`;
    throw new InvalidArgumentError(`a number ${range} is needed.`);
  };

function share(text: string): number {
  const found = from(0, 1)(text);
  if (found > 0) return found;
  throw new InvalidArgumentError("a number above 0 and at most 1 is needed.");
}
