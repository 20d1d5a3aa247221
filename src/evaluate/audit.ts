import { auditColumn, type Resamplers } from "./audit-columns.ts";
import { auditPairs } from "./audit-pairs.ts";
import { recommend } from "./audit-recommend.ts";
import { auditSum } from "./audit-sum.ts";
import type { Audit, ColumnAudit } from "./audit-types.ts";
import { DEFAULT_RESAMPLES, type ResampleOptions, Resampler } from "./resample.ts";
import type { ScoreTable } from "./score-table.ts";

/**
 * What raw reward columns are like and what adding them up would do, without any model.
 *
 * Rankings are over prompts with two candidates or more; the others count in the columns' scale. Intervals resample
 * prompts.
 *
 * @param table from `readScores`; at least one row
 */
export function auditScores(table: ScoreTable, options: ResampleOptions): Audit {
  const steps = auditSteps(table, options);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** How far an audit is: what is looked at now, and how many parts of all are done. */
export type AuditStep = { now: string; done: number; of: number };

/** `auditScores` part by part, for a caller that shows how far it is or gives up in between. */
export function* auditSteps(table: ScoreTable, options: ResampleOptions): Generator<AuditStep, Audit, void> {
  const of = table.columns.length + 2;
  const step = (now: string, done: number): AuditStep => ({ now, done, of });
  yield step("scales and references", 0);
  const sizes = table.groups.map(({ lines }) => lines.length);
  const ranked = sizes.filter((size) => size > 1).length;
  const resamplers: Resamplers = {
    all: new Resampler(sizes.length, options),
    ranked: ranked === 0 ? null : new Resampler(ranked, options),
  };
  const recommendation = recommend(table);
  const columns: ColumnAudit[] = [];
  for (const [v, name] of table.columns.entries()) {
    yield step(name, v);
    columns.push(auditColumn(table, v, resamplers));
  }
  yield step("agreement of the columns", of - 2);
  const pairs = auditPairs(table, resamplers);
  yield step("what their sum picks", of - 1);
  const sum = auditSum(table, recommendation, resamplers);
  const kept = sizes.reduce((sum, size) => sum + size, 0);
  const audit: Audit = {
    rows: { read: table.read, kept, bad: table.bad },
    prompts: {
      total: sizes.length,
      single: sizes.length - ranked,
      ranked,
      candidates: {
        fewest: sizes.reduce((a, b) => Math.min(a, b)),
        most: sizes.reduce((a, b) => Math.max(a, b)),
        mean: kept / sizes.length,
      },
    },
    columns,
    pairs,
    sum,
    recommendation,
    resamples: options.resamples ?? DEFAULT_RESAMPLES,
    seed: options.seed,
    notes: [],
  };
  return { ...audit, notes: notes(audit) };
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

function notes({ rows, prompts, columns, sum, recommendation }: Audit): string[] {
  const bad = rows.bad.reduce((total, { count }) => total + count, 0);
  const { dominant, dominance } = sum;
  const first = dominance.find(({ column }) => column === dominant);
  const { fellBackToGlobal } = recommendation.references;
  return [
    prompts.ranked === 0 && "No prompt has two candidates, so nothing about choosing can be said.",
    first !== undefined &&
      dominance.length > 1 &&
      `${first.column} explains ${percent(first.varianceShare.value)} of what an equal-weight sum varies by, and the sum picks what ${first.column} alone would pick at ${percent(first.agreement.value)} of the prompts.`,
    sum.picksDiffer !== null &&
      columns.length > 1 &&
      `LSC AND picks another response than the equal-weight sum at ${percent(sum.picksDiffer.value)} of the prompts.`,
    columns.length === 1 &&
      "With one column, LSC ranks the candidates of a prompt as the raw reward does: it can't change a choice.",
    prompts.single > 0 &&
      prompts.ranked > 0 &&
      `${prompts.single} prompts have one candidate; they count in scale but not in rankings.`,
    fellBackToGlobal > 0 &&
      `${fellBackToGlobal} of ${prompts.total} prompts have too few candidates for a reference of their own and get the global one.`,
    bad > 0 && `${bad} of ${rows.read} rows were left out.`,
    ...columns.flatMap(({ warnings }) => warnings.map(({ text }) => text)),
  ].filter((note) => note !== false);
}
