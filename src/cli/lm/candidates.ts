import { type Command, Option } from "commander";
import { createRowWriter } from "../../io/row-writer.ts";
import { LocalPolicy, type PromptFormat } from "../../policies/index.ts";
import { readPrompts } from "../../preferences/index.ts";
import { action, type Context, type Outcome } from "../command.ts";
import { positiveNumber, positiveWholeNumber, wholeNumber } from "../options.ts";
import { providerOption, type SessionFlags, sessionOptions, threadsOption } from "../session-options.ts";
import { loadWithTokenizer } from "./load.ts";

type Options = SessionFlags & {
  model: string;
  tokenizer?: string;
  prompts: string[];
  format: PromptFormat;
  out: string;
  n: number;
  maxNewTokens: number;
  temperature: number;
  batch: number;
  seed: number;
  skipBad?: boolean;
};

type Result = { out: string; prompts: number; candidates: number; tokens: number; ended: number };

/** `allgood lm candidates`: what `calibrate` and `align best-of-k` read. */
export function registerLmCandidates(lm: Command, report: (outcome: Outcome) => void): void {
  lm.command("candidates")
    .description("sample several responses to each prompt of a file, to calibrate on or to choose among")
    .requiredOption("--model <path>", "a folder in Hugging Face layout, or a checkpoint of llama2.c")
    .requiredOption("--prompts <file...>", "any rows with a prompt")
    .requiredOption("--out <file>", "rows {prompt, candidates}, as .jsonl (also .gz) or .parquet")
    .option("--tokenizer <path>", "where the model has none beside it: tokenizer.json, or llama2.c's .bin")
    .addOption(
      new Option("--format <how>", "prompts as turns of a dialogue, or as text to go on with")
        .choices(["dialogue", "text"])
        .default("dialogue"),
    )
    .option("--n <n>", "responses to each prompt", positiveWholeNumber, 16)
    .option("--max-new-tokens <n>", "longest response", positiveWholeNumber, 128)
    .option("--temperature <number>", "1 samples the policy itself", positiveNumber, 1)
    .option("--batch <n>", "samples that grow side by side at most", positiveWholeNumber, 64)
    .option("--seed <n>", "the same seed gives the same responses", wholeNumber, 1)
    .addOption(threadsOption())
    .addOption(providerOption())
    .option("--skip-bad", "leave bad rows out, instead of stopping at the first")
    .addHelpText(
      "after",
      "\nExample:\n  allgood lm candidates --model runs/base --prompts prompts.jsonl --n 16 --out candidates.jsonl",
    )
    .action(
      action<Options>(report, async (_, options, context) => {
        const result = await candidatesCommand(options, context);
        return { json: result, text: describe(result) };
      }),
    );
}

/** Prompts sampled at a time. */
const PROMPTS = 16;

async function candidatesCommand(options: Options, { signal, progress, note }: Context): Promise<Result> {
  const { n, maxNewTokens, temperature, seed, format, batch } = options;
  const { model, tokenizer } = await loadWithTokenizer(options.model, options.tokenizer);
  const { prompts, badRows } = await readPrompts(options.prompts, {
    signal,
    ...(options.skipBad && { skipBad: true }),
  });
  if (badRows > 0) note(`${badRows} bad rows skipped`);
  const policy = new LocalPolicy(model, tokenizer, { ...sessionOptions(options), format, maxBatch: batch });
  const writer = await createRowWriter(options.out);
  const result: Result = { out: options.out, prompts: prompts.length, candidates: 0, tokens: 0, ended: 0 };
  try {
    for (let at = 0; at < prompts.length; at += PROMPTS) {
      const some = prompts.slice(at, at + PROMPTS);
      const groups = await policy.sample(
        some.map(({ prompt }) => prompt),
        {
          n,
          maxNewTokens,
          temperature,
          seed: (Math.imul(seed, 0x9e3779b1) + at) | 0,
          signal,
          onProgress: (tokens) =>
            progress.show(
              `prompt ${at} of ${prompts.length}, ${(result.tokens + tokens).toLocaleString("en")} tokens`,
            ),
        },
      );
      for (const [i, { prompt, promptHash }] of some.entries()) {
        const samples = groups[i]!;
        const candidates = samples.map(({ text }, k) => ({ id: `${promptHash}.${k + 1}`, response: text }));
        await writer.write({ prompt, candidates });
        result.candidates += samples.length;
        for (const { tokens, ended } of samples) {
          result.tokens += tokens;
          result.ended += ended ? 1 : 0;
        }
      }
    }
    await writer.close();
  } finally {
    await writer.abort();
    await policy.dispose();
  }
  return result;
}

const describe = ({ out, prompts, candidates, tokens, ended }: Result): string =>
  [
    `${candidates.toLocaleString("en")} responses to ${prompts.toLocaleString("en")} prompts, ${(tokens / candidates).toFixed(1)} tokens each, ${((100 * ended) / candidates).toFixed(1)} % ended by themselves`,
    `written: ${out}`,
  ].join("\n");
