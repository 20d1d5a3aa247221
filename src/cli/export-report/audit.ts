import { join } from "node:path";
import { z } from "zod";
import type { Audit } from "../../evaluate/index.ts";
import { percent, withInterval } from "../../report/format.ts";
import { auditReport } from "../../report/index.ts";
import { readChecked } from "../../serve/studio/run-file.ts";
import { VERSION } from "../version.ts";
import { estimated, type Measure, of, type RunSummary } from "./summary.ts";

const estimate = z.looseObject({ value: z.number(), ci95: z.tuple([z.number(), z.number()]) });
const schema = z.looseObject({
  rows: z.looseObject({ read: z.number(), kept: z.number() }),
  prompts: z.looseObject({ total: z.number(), ranked: z.number() }),
  columns: z.array(
    z.looseObject({
      name: z.string(),
      mean: z.number(),
      std: z.number(),
      withinStd: z.number(),
      saturation: z.looseObject({ tiedBest: z.number() }),
      length: z.looseObject({ within: estimate.nullable() }).nullable(),
    }),
  ),
  sum: z.looseObject({
    picksDiffer: estimate.nullable(),
    dominance: z.array(z.looseObject({ column: z.string(), varianceShare: estimate })),
    aboveInAll: z.looseObject({ lsc: estimate, sum: estimate, difference: estimate }).nullable(),
  }),
  recommendation: z.looseObject({ objective: z.looseObject({ goal: z.string() }) }),
  seed: z.number(),
  notes: z.array(z.string()),
});

type Found = z.output<typeof schema>;

/** A folder of `audit --out`, from `audit.json`. */
export async function auditSummary(folder: string): Promise<RunSummary> {
  const file = join(folder, "audit.json");
  const found = await readChecked(file, schema);
  // as it is: the schema would put the fields that it names first, and the page prints the objective
  const audit = await readChecked(file, z.unknown());
  const { rows, prompts, columns, sum, recommendation, seed, notes } = found;
  return {
    kind: "audit",
    title: `Audit of ${columns.map(({ name }) => name).join(", ")}`,
    goal: recommendation.objective.goal,
    facts: [
      ["rows", `${rows.kept} of ${rows.read}`],
      ["prompts", String(prompts.total)],
      ["with several responses", String(prompts.ranked)],
    ],
    measures: measuresOf(found),
    table: {
      header: ["column", "mean", "std within prompts", "tied best", "follows length", "share of the sum"],
      rows: columns.map(({ name, mean, withinStd, saturation, length }) => {
        const share = sum.dominance.find(({ column }) => column === name)?.varianceShare;
        return [
          name,
          mean.toPrecision(3),
          withinStd.toPrecision(3),
          percent(saturation.tiedBest, 1),
          length?.within == null ? "–" : withInterval(length.within),
          share === undefined ? "–" : withInterval(share),
        ];
      }),
    },
    warnings: notes,
    html: () => auditReport({ audit: audit as Audit, made: `allgood ${VERSION}, seed ${seed}` }),
  };
}

function measuresOf({ rows, prompts, columns, sum }: Found): Measure[] {
  const { picksDiffer, dominance, aboveInAll } = sum;
  return [
    ...(picksDiffer === null
      ? []
      : [
          estimated(
            "picks_differ",
            picksDiffer,
            "share of prompts where LSC AND and the raw sum pick differently",
          ),
        ]),
    ...(aboveInAll === null
      ? []
      : [
          estimated(
            "above_in_all",
            aboveInAll.lsc,
            "share of prompts where LSC AND's pick is above all references",
          ),
          estimated(
            "gain_over_sum",
            aboveInAll.difference,
            "above_in_all less that of the raw sum's pick, paired",
          ),
        ]),
    ...dominance.map(({ column, varianceShare }) =>
      estimated(of("dominance", column), varianceShare, "share of what the raw sum varies by"),
    ),
    ...columns.flatMap(({ name, mean, std, saturation, length }): Measure[] => [
      { name: of("mean", name), value: mean, about: "mean over all rows" },
      { name: of("std", name), value: std, about: "standard deviation over all rows" },
      {
        name: of("tied_best", name),
        value: saturation.tiedBest,
        about: "share of prompts with ties for best",
      },
      ...(length?.within == null
        ? []
        : [estimated(of("length", name), length.within, "Spearman with length within prompts")]),
    ]),
    { name: "bad_rows", value: rows.read - rows.kept, about: "rows left out" },
    { name: "prompts", value: prompts.total, about: "prompts" },
  ];
}
