/**
 * An objective file to start from, made from nothing but raw scores.
 * @module
 */
import {
  DEFAULT_QUANTILE,
  GoalError,
  OBJECTIVE_FORMAT,
  parseGoal,
  quantileReference,
  type ValueSpec,
} from "../objective/index.ts";
import { moments } from "../stats/moments.ts";
import { withinStd } from "./audit-columns.ts";
import type { Recommendation } from "./audit-types.ts";
import type { ScoreTable } from "./score-table.ts";
import { concat } from "./scored-set.ts";

/** Below this many candidates a quantile at one prompt is nearly its best candidate. */
const FEWEST_FOR_PROMPT = 4;

const TEMPERATURE_RULE =
  "T is the within-prompt standard deviation of the column, so that z has a spread of 1 among the candidates of a prompt. This is a heuristic of scale, not a calibration: it makes columns comparable, but σ(z) is no probability until T is fitted to preferences (allgood calibrate).";

/** Deterministic: the rules are in `temperatureRule` and `referenceRule`. */
export function recommend(table: ScoreTable): Recommendation {
  const { columns, groups } = table;
  const names = valueNames(columns);
  const perPrompt = groups.filter(({ lines }) => lines.length >= FEWEST_FOR_PROMPT).length;
  const fellBackToGlobal = groups.length - perPrompt;
  return {
    objective: {
      format: OBJECTIVE_FORMAT,
      goal: names.join(" and "),
      values: Object.fromEntries(names.map((name, v) => [name, valueSpec(table, v)])),
    },
    temperatureRule: TEMPERATURE_RULE,
    referenceRule: `r_ref is the ${DEFAULT_QUANTILE} quantile of the column among the candidates of a prompt with ${FEWEST_FOR_PROMPT} candidates or more, and among all rows for the other prompts: ${perPrompt} prompts have their own, ${fellBackToGlobal} have the global one.`,
    references: { prompts: groups.length, perPrompt, fellBackToGlobal },
  };
}

function valueSpec({ columns, groups }: ScoreTable, v: number): ValueSpec {
  const ranked = groups.filter(({ lines }) => lines.length > 1);
  const all = concat(groups.map(({ rewards }) => rewards[v]!));
  const within = withinStd(ranked, v);
  const spread = within > 0 ? within : moments(all).std;
  const own = groups.filter(({ lines }) => lines.length >= FEWEST_FOR_PROMPT);
  return {
    model: { kind: "column", name: columns[v]! },
    temperature: spread > 0 ? spread : 1,
    reference: {
      kind: "quantile",
      q: DEFAULT_QUANTILE,
      prompts: Object.fromEntries(
        own.map(({ promptHash, rewards }) => [promptHash, quantileReference(rewards[v]!)]),
      ),
      global: quantileReference(all),
      otherwise: "global",
    },
    provenance: {
      by: "allgood audit",
      rows: all.length,
      prompts: groups.length,
      temperature:
        within > 0
          ? "within-prompt standard deviation: a heuristic of scale, not a calibration"
          : spread > 0
            ? "standard deviation over all rows, since no prompt has candidates that differ; not a calibration"
            : "1, since all rewards are equal",
      referencesPerPrompt: own.length,
    },
  };
}

/** Column names as names that a goal sentence can use: distinct, without spaces or keywords. */
export function valueNames(columns: readonly string[]): string[] {
  const taken = new Set<string>();
  return columns.map((column, v) => {
    const plain = column.replace(/[^\p{L}\p{N}_-]+/gu, "_").replace(/^[_-]+|[_-]+$/g, "");
    const name = [plain, plain && `value_${plain}`].find(isName) ?? `value_${v + 1}`;
    const distinct = taken.has(name) ? `${name}_${v + 1}` : name;
    taken.add(distinct);
    return distinct;
  });
}

function isName(text: string): boolean {
  try {
    const formula = parseGoal(text);
    return formula.kind === "value" && formula.name === text;
  } catch (error) {
    if (error instanceof GoalError) return false;
    throw error;
  }
}
