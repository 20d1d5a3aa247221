import { describe, expect, test } from "vitest";
import { bestOfK } from "../../../../align/best-of-k.ts";
import { type CandidateScores, evaluateBestOfK } from "../../../../evaluate/index.ts";
import {
  compileGoal,
  createObjective,
  OBJECTIVE_FORMAT,
  type ReferenceValue,
} from "../../../../objective/index.ts";
import { packColumns } from "../../../../serve/studio/columns.ts";
import { createRandom } from "../../../../stats/random.ts";
import type { Edit } from "./edit.ts";
import { evaluateEdit } from "./evaluate-edit.ts";
import { explainPrompt } from "./explain-prompt.ts";
import { readRunRows } from "./run-rows.ts";

const VALUES = ["a", "b", "c"];
type Sample = { sets: CandidateScores[]; buffer: ArrayBuffer };

/** Prompts with one to five candidates, rewards that tie, and lists of references for one value. */
function sample(seed: number, { truth }: { truth: boolean }): Sample {
  const random = createRandom(seed);
  const sets = Array.from({ length: 40 }, (_, i): CandidateScores => {
    const size = 1 + random.below(5);
    const column = () => Float64Array.from({ length: size }, () => Math.round(2 * random.normal()) / 2);
    const shares = () => Float64Array.from({ length: size }, () => random.uniform());
    return {
      promptHash: `${i}`,
      prompt: `prompt ${i}`,
      ids: Array.from({ length: size }, (_, c) => `${c}`),
      responses: Array.from({ length: size }, (_, c) => `response ${c}`),
      rewards: VALUES.map(column),
      references: [random.normal(), [random.normal(), random.normal()], 0.25],
      ...(truth && { truth: VALUES.map(shares) }),
    };
  });
  return { sets, buffer: pack(sets) };
}

function pack(sets: readonly CandidateScores[]): ArrayBuffer {
  const all = (of: (set: CandidateScores) => Float64Array) =>
    Float64Array.from(sets.flatMap((set) => [...of(set)]));
  let at = 0;
  const starts = [0, ...sets.map(({ ids }) => (at += ids.length))];
  const columns = VALUES.flatMap((value, v) => {
    const references = sets.map((set) => set.references[v]!);
    const truth =
      sets[0]!.truth === undefined ? [] : [[`truth:${value}`, all((set) => set.truth![v]!)] as const];
    return [
      [`r:${value}`, all((set) => set.rewards[v]!)] as const,
      [`ref:${value}`, Float64Array.from(references.flat())] as const,
      ...truth,
      ...(references.some(Array.isArray)
        ? [
            [
              `refStarts:${value}`,
              Int32Array.from([0, 2, ...sets.slice(1).map((_, i) => 2 * (i + 2))]),
            ] as const,
          ]
        : []),
    ];
  });
  return packColumns({
    starts: Int32Array.from(starts),
    chosen: new Int32Array(sets.length),
    labels: new Uint8Array(),
    ...Object.fromEntries(columns),
  }).buffer;
}

const edit = (goal: string, gamma: number | null): Edit => ({
  goal,
  gamma,
  shift: { a: 0.3, b: -0.7, c: 0 },
  temperature: { a: 0.5, b: 2, c: 1 },
});

const moved = (reference: ReferenceValue, by: number): ReferenceValue =>
  Array.isArray(reference) ? reference.map((r) => r + by) : reference + by;

/** The command's evaluation of the same candidates under the edited objective. */
function commandOf({ sets }: Sample, { goal: sentence, shift, temperature, gamma }: Edit) {
  const goal = compileGoal(sentence, VALUES);
  const at = goal.values.map((value) => VALUES.indexOf(value));
  const own = sets.map((set) => ({
    ...set,
    rewards: at.map((v) => set.rewards[v]!),
    references: at.map((v) => moved(set.references[v]!, shift[VALUES[v]!]!)),
    ...(set.truth && { truth: at.map((v) => set.truth![v]) }),
  }));
  const temperatures = goal.values.map((value) => temperature[value]!);
  const { bestOfK: found, binding } = evaluateBestOfK(own, {
    ...{ goal, temperatures, seed: 1, resamples: 20 },
    ...(gamma !== null && { gammas: [gamma] }),
  });
  const name = gamma === null ? found.goalMethod : `${found.goalMethod}, soft γ=${gamma}`;
  return { method: found.methods.find((each) => each.name === name)!, binding };
}

describe.each([true, false])("with true values: %s", (truth) => {
  test.each(["a and b and c", "b^2 or (a and not c)", "at least 2 of (a, b, c)", "a or not a", "c"])(
    "%s: every figure is the command's",
    (sentence) => {
      for (const gamma of [null, 0.4]) {
        const drawn = sample(7, { truth });
        const { figures } = evaluateEdit(readRunRows(drawn.buffer), edit(sentence, gamma), 1);
        const { method } = commandOf(drawn, edit(sentence, gamma));
        expect(figures.goodInAll).toBeCloseTo(method.goodInAll.value, 12);
        expect(figures.goalMet).toBeCloseTo(method.goalMet.value, 12);
        expect(figures.utility).toBeCloseTo(method.utility.value, 12);
        expect(figures.klBound).toBeCloseTo(method.klBound, 12);
        for (const value of Object.keys(method.good)) {
          const own = figures.values[value]!;
          expect(own.judgedBy).toBe(truth ? "truth" : "z");
          expect(own.good).toBeCloseTo(method.good[value]!.value, 12);
          expect(own.mean).toBeCloseTo(method.mean[value]!.value, 12);
          expect(own.winRate).toBeCloseTo(method.winRate[value]!.value, 12);
        }
      }
    },
  );
});

test("the choice, its u and what holds it back are the objective's own, prompt by prompt", () => {
  const drawn = sample(11, { truth: false });
  const own = edit("a and b^2 and not c", null);
  const rows = readRunRows(drawn.buffer);
  const outcome = evaluateEdit(rows, own, 1);
  const objective = createObjective({
    format: OBJECTIVE_FORMAT,
    goal: own.goal,
    hash: "",
    values: Object.fromEntries(
      VALUES.map((value) => [
        value,
        {
          model: { kind: "column", name: value },
          temperature: own.temperature[value]!,
          reference: { kind: "fixed", otherwise: "error" },
        },
      ]),
    ),
  });
  drawn.sets.forEach((set, i) => {
    const results = set.ids.map((_, c) =>
      objective.evaluate(
        Object.fromEntries(VALUES.map((value, v) => [value, set.rewards[v]![c]!])),
        Object.fromEntries(VALUES.map((value, v) => [value, moved(set.references[v]!, own.shift[value]!)])),
      ),
    );
    const best = bestOfK(results.map(({ u }) => u)).index;
    expect(outcome.chosen[i]).toBe(best);
    expect(outcome.u[i]).toBe(results[best]!.u);
    const explained = explainPrompt(rows, own, i);
    expect(explained.map(({ u }) => u)).toEqual(results.map(({ u }) => u));
    expect(outcome.values[outcome.binding[i]!] ?? null).toBe(explained[best]!.binding);
    for (const value of VALUES)
      expect(explained[best]!.values[value]!.z).toBe(results[best]!.values[value]!.z);
  });
});

test("shares of every distribution sum to 1, and the choice has higher z than the base where one value is the goal", () => {
  const { distributions } = evaluateEdit(readRunRows(sample(3, { truth: false }).buffer), edit("a", null), 1);
  for (const { base, run, edited } of distributions)
    for (const shares of [base, run, edited])
      expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
  const [a] = distributions;
  const middle = (shares: readonly number[]) => shares.reduce((sum, share, i) => sum + share * i, 0);
  expect(middle(a!.edited)).toBeGreaterThan(middle(a!.base));
});
