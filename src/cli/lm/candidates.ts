import { type Command, Option } from "commander";
import { refuseSpecialFile } from "../../io/atomic-file.ts";
import { UsageError } from "../../io/errors.ts";
import { finishRows } from "../../io/finish-rows.ts";
import { rowEnding } from "../../io/write.ts";
import type { PromptFormat } from "../../policies/index.ts";
import { readPrompts } from "../../preferences/index.ts";
import { action, type Context, type Outcome } from "../command.ts";
import { positiveNumber, positiveWholeNumber, wholeNumber } from "../options.ts";
import { openPolicy, type PolicyFlags, policyOptions } from "../policy-source.ts";
import type { SampledCounts } from "../sample-rows.ts";
import { sampleInto, samplesFrom } from "../sampled-candidates.ts";

type Options = Omit<PolicyFlags, "policy" | "promptFormat"> & {
  model?: string;
  policy?: string;
  prompts: string[];
  format: PromptFormat;
  out: string;
  n: number;
  maxNewTokens: number;
  temperature: number;
  batch?: number;
  seed: number;
  skipBad?: boolean;
};

type Result = SampledCounts & { out: string };

/** `allgood lm candidates`: what `calibrate` and `align best-of-k` read. */
export function registerLmCandidates(lm: Command, report: (outcome: Outcome) => void): void {
  const command = lm
    .command("candidates")
    .description("sample several responses to each prompt of a file, to calibrate on or to choose among")
    .option("--model <path>", "a folder in Hugging Face layout, or a checkpoint of llama2.c: as --policy")
    .requiredOption("--prompts <file...>", "any rows with a prompt")
    .requiredOption(
      "--out <file>",
      "rows {prompt, candidates}, as .jsonl, .csv, .tsv (each also .gz) or .parquet",
    );
  policyOptions(command)
    .addOption(
      new Option("--format <how>", "prompts as turns of a dialogue, or as text to go on with")
        .choices(["dialogue", "text"])
        .default("dialogue"),
    )
    .option("--n <n>", "responses to each prompt", positiveWholeNumber, 16)
    .option("--max-new-tokens <n>", "longest response", positiveWholeNumber, 128)
    .option("--temperature <number>", "1 samples the policy itself", positiveNumber, 1)
    .option("--batch <n>", "of a folder: samples that grow side by side (default: 64)", positiveWholeNumber)
    .option("--seed <n>", "the same seed gives the same responses", wholeNumber, 1)
    .option("--skip-bad", "leave bad rows out, instead of stopping at the first")
    .addHelpText(
      "after",
      "\nExamples:\n  allgood lm candidates --policy runs/base --prompts prompts.jsonl --n 16 --out candidates.jsonl\n  allgood lm candidates --policy http://localhost:8000/v1 --policy-model NAME --prompts prompts.jsonl --out candidates.jsonl",
    )
    .action(
      action<Options>(report, async (_, options, context) => {
        const result = await candidatesCommand(options, context);
        return { json: result, text: describe(result) };
      }),
    );
}

async function candidatesCommand(options: Options, context: Context): Promise<Result> {
  const { out, n, maxNewTokens, temperature, seed, format, batch } = options;
  rowEnding(out);
  await refuseSpecialFile(out);
  const flags = { ...options, policy: which(options), promptFormat: format };
  const { policy, identity: model } = await openPolicy(flags, batch);
  try {
    const { prompts, badRows } = await readPrompts(options.prompts, {
      signal: context.signal,
      ...(options.skipBad && { skipBad: true }),
    });
    if (badRows > 0) context.note(`${badRows} bad rows skipped`);
    const sampling = { n, maxNewTokens, temperature, seed };
    const { identity } = samplesFrom(model, sampling, prompts);
    const finish = (lines: string) => finishRows(lines, out);
    const work = { policy, prompts, sampling, identity, finish };
    return { out, ...(await sampleInto(`${out}.partial.jsonl`, work, context)) };
  } finally {
    await policy.dispose();
  }
}

function which({ model, policy }: Options): string {
  if (model !== undefined && policy !== undefined) throw new UsageError("give --policy or --model, not both");
  const found = policy ?? model;
  if (found === undefined)
    throw new UsageError("give --policy DIR_OR_URL, the language model to sample from");
  return found;
}

function describe({ out, prompts, candidates, tokens, ended }: Result): string {
  const length = tokens === null ? "" : `, ${(tokens / candidates).toFixed(1)} tokens each`;
  const share = ((100 * ended) / candidates).toFixed(1);
  return [
    `${candidates.toLocaleString("en")} responses to ${prompts.toLocaleString("en")} prompts${length}, ${share} % ended by themselves`,
    `written: ${out}`,
  ].join("\n");
}
