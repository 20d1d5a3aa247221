import { join } from "node:path";
import {
  type Audit,
  auditScores,
  type LengthAudit,
  numericColumns,
  readScores,
} from "../../evaluate/index.ts";
import { UsageError } from "../../io/errors.ts";
import { writeFileAtomic, writeJsonAtomic } from "../../io/write.ts";
import { sealObjective } from "../../objective/index.ts";
import { auditReport } from "../../report/index.ts";
import type { Estimate } from "../../stats/bootstrap.ts";
import { action, type Register } from "../command.ts";
import { names, wholeNumber } from "../options.ts";
import { oneLine, table } from "../table.ts";
import { VERSION } from "../version.ts";

type Options = {
  columns?: string[];
  promptColumn?: string;
  responseColumn?: string;
  out?: string;
  skipBad?: boolean;
  seed: number;
};

/** `allgood audit`: what raw reward columns are like, and what adding them up would do. */
export const registerAudit: Register = (program, report) => {
  program
    .command("audit")
    .description("look into raw reward columns without any model, and recommend an objective file")
    .argument("<file>", "prompt, response and raw rewards: JSONL, JSON, CSV, TSV (each also .gz) or Parquet")
    .option("--columns <a,b,…>", "the raw reward columns (required)", names)
    .option("--prompt-column <name>", "where the prompt stands (default: prompt)")
    .option("--response-column <name>", "where the response stands (default: response, if there is one)")
    .option("--out <dir>", "write audit.json, objective.json and report.html there")
    .option("--skip-bad", "leave bad rows out and count them, instead of stopping at the first")
    .option("--seed <n>", "seed of the bootstrap intervals", wholeNumber, 1)
    .addHelpText("after", "\nExample:\n  allgood audit scores.csv --columns helpful,harmless --out audit")
    .action(
      action<Options>(report, async ([file], options, { signal, progress }) => {
        if (options.columns === undefined) throw await withoutColumns(file!);
        progress.show(`reading ${file}`);
        const { promptColumn, responseColumn, skipBad } = options;
        const scores = await readScores(file!, {
          columns: options.columns,
          ...(promptColumn !== undefined && { promptColumn }),
          ...(responseColumn !== undefined && { responseColumn }),
          ...(skipBad && { skipBad }),
          signal,
        });
        progress.show("auditing");
        const audit = auditScores(scores, { seed: options.seed });
        signal.throwIfAborted();
        if (options.out !== undefined) await write(options.out, file!, audit);
        return { json: audit, text: describe(audit, options.out) };
      }),
    );
};

async function withoutColumns(file: string): Promise<UsageError> {
  const found = await numericColumns(file);
  const list = found.map((name) => oneLine(name)).join(",");
  const example = list.includes(" ") ? JSON.stringify(list) : list;
  return new UsageError(
    found.length === 0
      ? `--columns is needed, and ${file} has no numeric column to name there`
      : `--columns is needed: name the raw rewards among the numeric columns of ${file}, for example --columns ${example}`,
  );
}

async function write(out: string, file: string, audit: Audit): Promise<void> {
  await writeJsonAtomic(join(out, "objective.json"), await sealObjective(audit.recommendation.objective));
  await writeFileAtomic(
    join(out, "report.html"),
    auditReport({ audit, files: [file], made: `allgood ${VERSION}, seed ${audit.seed}` }),
  );
  // last, so that where it stands the others do too
  await writeJsonAtomic(join(out, "audit.json"), audit);
}

function describe(audit: Audit, out: string | undefined): string {
  const { rows, prompts, recommendation } = audit;
  const parts = [
    `${rows.kept} of ${rows.read} rows, ${prompts.total} prompts, ${prompts.ranked} with several candidates`,
    ...(rows.bad.length === 0
      ? []
      : [
          table(
            ["left out", "rows", "first at"],
            rows.bad.map(({ reason, count, firstLine }) => [
              oneLine(reason),
              String(count),
              String(firstLine),
            ]),
          ),
        ]),
    columnTable(audit),
    ...(audit.pairs.length === 0 ? [] : [pairTable(audit)]),
    ...(audit.sum.prompts === 0 || audit.columns.length === 1 ? [] : [sumTable(audit)]),
    audit.notes.map((note) => `- ${oneLine(note, 400)}`).join("\n"),
    `recommended goal: ${recommendation.objective.goal}\n${recommendation.temperatureRule}\n${recommendation.referenceRule}`,
    ...(out === undefined
      ? []
      : [
          `written: ${["audit.json", "objective.json", "report.html"].map((name) => join(out, name)).join(", ")}`,
        ]),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

function columnTable({ columns }: Audit): string {
  return table(
    [
      "column",
      "mean",
      "std",
      "within prompts",
      "least",
      "greatest",
      "tied best",
      "length, all",
      "length, within",
    ],
    columns.map((column) => [
      oneLine(column.name, 30),
      ...[column.mean, column.std, column.withinStd, column.min, column.max].map(short),
      percent(column.saturation.tiedBest),
      lengthCell(column.length, "overall"),
      lengthCell(column.length, "within"),
    ]),
  );
}

const lengthCell = (length: LengthAudit | null, which: "overall" | "within"): string =>
  decimals(length?.[which] ?? null);

function pairTable({ pairs }: Audit): string {
  return table(
    ["columns", "Spearman", "within prompts", "pairs reordered", "best differs"],
    pairs.map(({ a, b, overall, within, kendallDistance, bestDiffers }) => [
      `${oneLine(a, 30)}, ${oneLine(b, 30)}`,
      decimals(overall),
      decimals(within),
      kendallDistance === null ? "–" : percent(kendallDistance.value),
      bestDiffers === null ? "–" : percent(bestDiffers.value),
    ]),
  );
}

function sumTable({ sum }: Audit): string {
  return table(
    [
      "equal-weight sum",
      "share of variance",
      "picks as it",
      "z of base",
      "z of sum's pick",
      "z of LSC's pick",
    ],
    sum.dominance.map(({ column, varianceShare, agreement }, v) => [
      oneLine(column, 30),
      percent(varianceShare.value),
      percent(agreement.value),
      ...[sum.picks[v]!.base, sum.picks[v]!.sum, sum.picks[v]!.lsc].map(({ meanZ }) =>
        meanZ.value.toFixed(2),
      ),
    ]),
  );
}

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;
const decimals = (estimate: Estimate | null): string =>
  estimate === null
    ? "–"
    : `${estimate.value.toFixed(2)} [${estimate.ci95.map((end) => end.toFixed(2)).join(", ")}]`;
const short = (x: number): string => String(Number(x.toPrecision(4)));
