import { UsageError } from "../../io/errors.ts";
import { loadRewardSource, type RewardModel, scoreFile } from "../../rewards/index.ts";
import { action, type Context, type Register } from "../command.ts";

type Options = { model: string[]; data: string; out: string; format?: string; skipBad?: boolean };

/** `allgood score`: raw rewards as columns, for a file of any size. */
export const registerScore: Register = (program, report) => {
  program
    .command("score")
    .description("add each model's raw reward as a column; streams, and resumes where it was stopped")
    .requiredOption(
      "--model <path...>",
      "one reward a value: a model folder, a remote reward (.json) or a function (.mjs)",
    )
    .requiredOption("--data <file>", "prompts with responses: JSONL, JSON, CSV (each also .gz) or Parquet")
    .requiredOption("--out <file>", ".jsonl, .csv, .tsv (each also .gz) or .parquet")
    .option("--format <name>", "format of the data (default: found from the rows)")
    .option("--skip-bad", "leave bad rows out and count them, instead of stopping at the first")
    .addHelpText(
      "after",
      "\nExample:\n  allgood score --model models/helpful --model models/harmless --data samples.jsonl --out scores.parquet",
    )
    .action(
      action<Options>(report, async (_, options, context) => {
        const result = await score(options, context);
        const { scored, bad, resumed } = result;
        const notes = [
          bad > 0 && `${bad} bad rows left out`,
          resumed > 0 && `went on after ${resumed} rows of an interrupted run`,
        ].filter((note) => note !== false);
        return {
          json: { ...result, out: options.out },
          text: [`scored ${scored} responses: ${options.out}`, ...notes].join("\n"),
        };
      }),
    );
};

async function score(options: Options, { signal, progress }: Context) {
  const sources = await Promise.all(options.model.map(loadRewardSource));
  const models = sources.map(({ model }) => model);
  refuseTwins(models);
  const started = performance.now();
  return scoreFile({
    data: options.data,
    out: options.out,
    models,
    modelsId: sources.map(({ sha256 }) => sha256).join(),
    ...(options.format !== undefined && { format: options.format }),
    ...(options.skipBad && { skipBad: true }),
    signal,
    onProgress: (rows) => {
      const rate = rows / ((performance.now() - started) / 1000);
      progress.show(`${rows} rows scored, ${Math.round(rate)} a second`);
    },
  });
}

function refuseTwins(models: readonly RewardModel[]): void {
  const values = models.map(({ value }) => value);
  const twin = values.find((value, i) => values.indexOf(value) !== i);
  if (twin !== undefined) {
    throw new UsageError(
      `two models are of "${twin}", and each value gives one column: score them into two files`,
    );
  }
}
