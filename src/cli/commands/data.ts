import {
  type CandidatesInspection,
  type Inspection,
  inspect,
  type Lengths,
  type PairsInspection,
} from "../../preferences/index.ts";
import type { Estimate } from "../../stats/bootstrap.ts";
import { action, type Register } from "../command.ts";
import { wholeNumber } from "../options.ts";
import { oneLine, table } from "../table.ts";

type Options = { value?: string; format?: string; skipBad?: boolean; seed: number };

/** `allgood data`: what is in preference files. */
export const registerData: Register = (program, report) => {
  const data = program.command("data").description("look at preference data");
  data
    .command("inspect")
    .description("say format, rows, values, prompts, length bias, duplicates, contradictions and bad rows")
    .argument("<file...>", "preference pairs or candidates: JSONL, JSON, CSV, TSV (each also .gz) or Parquet")
    .option("--value <name>", "look at the pairs of this value only; names them where the file has no values")
    .option("--format <name>", "read as this format instead of the one that the rows suggest")
    .option("--skip-bad", "exit with 0 although there are bad rows")
    .option("--seed <n>", "seed of the bootstrap intervals", wholeNumber, 1)
    .addHelpText(
      "after",
      "\nExit code 1 where a file can't be read or has bad rows (unless --skip-bad).\n\nExample:\n  allgood data inspect pairs.jsonl.gz --value helpful",
    )
    .action(
      action<Options>(report, async (files, { value, format, skipBad, seed }, { signal, progress }) => {
        const found: Inspection[] = [];
        for (const file of files) {
          progress.show(`reading ${file}`);
          found.push(
            await inspect(file, { ...(value && { value }), ...(format && { format }), signal, seed }),
          );
        }
        const bad = found.some(({ badRows }) => badRows > 0);
        return {
          json: { files: found },
          text: found.map(describe).join("\n\n"),
          exitCode: bad && !skipBad ? 1 : 0,
        };
      }),
    );
};

function describe({ file, format, rows, badRows, badReasons, pairs, candidates }: Inspection): string {
  const facts = [
    ["format", format],
    ["rows", count(rows)],
    ["bad rows", count(badRows)],
    ...badReasons.map((reason) => ["", oneLine(reason, 160)]),
    ...(pairs ? pairFacts(pairs) : []),
    ...(candidates ? candidateFacts(candidates) : []),
  ];
  const byValue = pairs && pairs.values.length > 1 ? `\n\n${valueTable(pairs)}` : "";
  return `${oneLine(file, 200)}\n${listing(facts)}${byValue}`;
}

function pairFacts(pairs: PairsInspection): string[][] {
  const leftOut = Object.entries(pairs.leftOut);
  return [
    ["pairs", `${count(pairs.pairs)} at ${count(pairs.prompts)} prompts`],
    ...(pairs.values.length === 1 ? [["value", oneLine(pairs.values[0]!.value)]] : []),
    [
      "left out",
      leftOut.length === 0 ? "0" : leftOut.map(([why, times]) => `${count(times)}: ${why}`).join("; "),
    ],
    ...(pairs.chosenLonger
      ? [["chosen longer", `${interval(pairs.chosenLonger)}, equal ${percent(pairs.sameLength!)}`]]
      : []),
    ["duplicates", count(pairs.duplicates)],
    ["contradictions", count(pairs.contradictions)],
    ...(pairs.duplicateIds > 0 ? [["ids made unique", count(pairs.duplicateIds)]] : []),
    ...(pairs.lengths
      ? [
          ["chosen length", quantiles(pairs.lengths.chosen)],
          ["rejected length", quantiles(pairs.lengths.rejected)],
        ]
      : []),
  ];
}

function candidateFacts(found: CandidatesInspection): string[][] {
  const [least, most] = found.perPrompt;
  const names = (list: string[]) =>
    list.length === 0 ? "none" : list.map((name) => oneLine(name)).join(", ");
  return [
    [
      "candidates",
      `${count(found.candidates)} at ${count(found.prompts)} prompts, ${least === most ? most : `${least} to ${most}`} each`,
    ],
    ...(found.single > 0 ? [["one candidate only", `${count(found.single)} prompts`]] : []),
    ["rewards", names(found.rewards)],
    ["truth", names(found.truth)],
    ...(found.duplicateIds > 0 ? [["ids made unique", count(found.duplicateIds)]] : []),
    ["response length", quantiles(found.lengths)],
  ];
}

const valueTable = (pairs: PairsInspection) =>
  table(
    ["value", "pairs", "chosen longer"],
    pairs.values.map(({ value, pairs, chosenLonger }) => [
      oneLine(value),
      count(pairs),
      interval(chosenLonger),
    ]),
  );

function listing(facts: string[][]): string {
  const size = Math.max(...facts.map(([name]) => name!.length));
  return facts.map(([name, text]) => `  ${name!.padEnd(size)}  ${text}`).join("\n");
}

const count = (n: number) => n.toLocaleString("en");
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const interval = ({ value, ci95: [low, high] }: Estimate) =>
  `${percent(value)} (95 % interval ${(100 * low).toFixed(1)} to ${percent(high)})`;
const quantiles = ({ min, q25, median, q75, max }: Lengths) =>
  `median ${count(median)}, quartiles ${count(q25)} and ${count(q75)}, ${count(min)} to ${count(max)} characters`;
