import { oneLine, table } from "../table.ts";
import type { EvalResult } from "./evaluate.ts";
import { decimals, withInterval } from "./format.ts";
import { describeStrata } from "./train.ts";

export function describeEvaluation({ models, matrix, benchmark, part }: EvalResult): string {
  const single = models.length === 1 ? describeStrata(models[0]!.lengthStrata) : "";
  const parts = [
    `pairs: ${part === "all" ? "all, those seen in training too" : part === "test" ? "the test part" : "prompts not seen in training"}`,
    table(
      ["model of", "pairs of", "pairs", "accuracy", "seen"],
      matrix.map((cell) => [
        oneLine(cell.model),
        oneLine(cell.pairsOf),
        String(cell.pairs),
        withInterval(cell),
        String(cell.seen),
      ]),
    ),
    models.length === 0
      ? ""
      : table(
          ["model of", "length alone", "over length", "T", "ECE before", "ECE after", "if perfect"],
          models.map(({ value, lengthBaseline, overLength, calibration }) => [
            oneLine(value),
            decimals(lengthBaseline.accuracy),
            withInterval({ accuracy: overLength.value, ci95: overLength.ci95 }),
            decimals(calibration.temperature),
            decimals(calibration.eceBefore),
            decimals(calibration.eceAfter),
            decimals(calibration.eceIfPerfect),
          ]),
        ),
    single,
    benchmark.length === 0
      ? ""
      : table(
          ["model of", "section", "subset", "pairs", "accuracy (ties lose)"],
          benchmark.map((row) => [
            oneLine(row.model),
            oneLine(row.section),
            oneLine(row.subset ?? ""),
            String(row.pairs),
            withInterval(row),
          ]),
        ),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}
