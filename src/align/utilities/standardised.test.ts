/** Utilities over z = (r − r_ref)/T, each against numbers worked from the rewards by plain arithmetic. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  createObjective,
  MissingReferenceError,
  sealObjective,
  sigmoidShaped,
} from "../../objective/index.ts";
import { computeReferences } from "../../rewards/index.ts";
import type { Utility } from "../utility.ts";
import { batches, batchOf, oneGroup, perPrompt, reorder, reordered } from "./batch.fixture.ts";
import { objectiveUtility } from "./objective-utility.ts";
import { lscSumUtility, parUtility } from "./shaped-sums.ts";
import { globalReference, type StandardisedValue, standardisedValues } from "./standardised.ts";
import { minUtility, softMinUtility } from "./worst-value.ts";

/** helpful in units of 2 with references 1, −1, 0; harmless in units of ½ with 0, 3, −2. */
const references = [
  [1, -1, 0],
  [0, 3, -2],
] as const;
const temperatures = [2, 0.5];
const at = (shift: number): StandardisedValue[] =>
  ["helpful", "harmless"].map((value, v) => ({
    value,
    temperature: temperatures[v]!,
    reference: perPrompt(...references[v]!.map((r) => r + shift)),
  }));
const values = at(0);
const zOf = (rewards: readonly (readonly number[])[], n: number) =>
  rewards.map((column, v) =>
    column.map((r, i) => (r - references[v]![Math.floor(i / n)]!) / temperatures[v]!),
  );

const rewards = [
  [1, 2, -1, 0.5, 0, 3],
  [0, -1, 3, 4, -2, -2.5],
];
const batch = batchOf(rewards, 2);
const [z1, z2] = zOf(rewards, 2) as [number[], number[]];

function expectClose(found: Float64Array, expected: readonly number[], digits = 12): void {
  expect(found.length).toBe(expected.length);
  for (const [i, value] of found.entries()) expect(value).toBeCloseTo(expected[i]!, digits);
}
const logistic = (z: number) => 1 / (1 + Math.exp(-z));

describe("against plain arithmetic", () => {
  test("min of z", () => {
    expectClose(
      minUtility(values).utilities(batch),
      z1.map((z, i) => Math.min(z, z2[i]!)),
    );
  });

  test("soft-min of z, and its limits", () => {
    expectClose(
      softMinUtility(values, { tau: 2 }).utilities(batch),
      z1.map((z, i) => -2 * Math.log((Math.exp(-z / 2) + Math.exp(-z2[i]! / 2)) / 2)),
    );
    expectClose(
      softMinUtility(values, { tau: 1e-6 }).utilities(batch),
      z1.map((z, i) => Math.min(z, z2[i]!)),
      5,
    );
    expectClose(
      softMinUtility(values, { tau: 1e6 }).utilities(batch),
      z1.map((z, i) => (z + z2[i]!) / 2),
      4,
    );
  });

  test("sum of LSC, with weights", () => {
    const weighted = values.map((value, v) => ({ ...value, weight: [1, 0.5][v]! }));
    expectClose(
      lscSumUtility(weighted).utilities(batch),
      z1.map((z, i) => Math.log(logistic(z)) + 0.5 * Math.log(logistic(z2[i]!))),
    );
  });

  test("PAR: the mean of sigmoids over the base responses at the prompt; one response elsewhere", () => {
    const bases = [
      [0, 1, -2],
      [3, 3],
    ];
    const par = parUtility([
      { value: "helpful", temperature: 2, reference: perPrompt(...bases), weight: 3 },
      { value: "harmless", temperature: 1, reference: perPrompt(bases[0]!) },
    ]);
    const shaped = (r: number, base: number[], temperature: number) =>
      sigmoidShaped({ references: base, temperature }).value(r);
    expectClose(
      par.utilities(batch),
      rewards[0]!.map((r, i) => {
        const p = Math.floor(i / 2);
        return 3 * shaped(r, bases[p] ?? [0], 2) + shaped(rewards[1]![i]!, p === 0 ? bases[0]! : [0], 1);
      }),
    );
  });

  test("the goal's sentence: AND is the sum of LSC, OR is 1 less the product of failures", async () => {
    const objectiveOf = async (goal: string) =>
      createObjective(
        await sealObjective({
          format: "allgood-objective/1",
          goal,
          values: Object.fromEntries(
            values.map(({ value, temperature, reference }) => [
              value,
              { model: { kind: "column" as const, name: value }, temperature, reference },
            ]),
          ),
        }),
      );
    const and = await objectiveOf("helpful and harmless");
    expect(standardisedValues(and)).toEqual(values);
    expectClose(objectiveUtility(and).utilities(batch), [...lscSumUtility(values).utilities(batch)]);
    expectClose(
      objectiveUtility(await objectiveOf("helpful or harmless")).utilities(batch),
      z1.map((z, i) => Math.log(1 - logistic(-z) * logistic(-z2[i]!))),
    );
  });
});

describe("references of several kinds, from base samples", () => {
  const samples = [
    { promptHash: "p0", prompt: [], rewards: [0, 1, 2, 3, 4] },
    { promptHash: "p1", prompt: [], rewards: [10, 20] },
  ];
  const one = (kind: "quantile" | "mean", q?: number) =>
    computeReferences(samples, { kind, otherwise: "global", seed: 1, ...(q !== undefined && { q }) }).spec;
  const lscOf = (reference: StandardisedValue["reference"]) =>
    lscSumUtility([{ value: "a", temperature: 1, reference }]);
  const group = batchOf([[5, 5]], 1);
  const lsc = (z: number) => Math.log(logistic(z));

  test.each([
    ["quantile 0.85", one("quantile", 0.85), [5 - 3.4, 5 - 18.5]],
    ["quantile 0.5", one("quantile", 0.5), [5 - 2, 5 - 15]],
    ["mean", one("mean"), [5 - 2, 5 - 15]],
    ["mean, global", globalReference(one("mean")), [5 - 40 / 7, 5 - 40 / 7]],
    ["fixed", { kind: "fixed", global: 1, otherwise: "global" }, [4, 4]],
  ] as const)("%s", (name, reference, expected) => {
    const utility = lscOf(reference);
    expect(utility.name).toBe(`sum of LSC, ${name}`);
    expectClose(utility.utilities(group), expected.map(lsc));
  });

  test("a prompt without a reference is refused where the spec wants one", () => {
    const strict = computeReferences(samples, { kind: "mean", seed: 1 }).spec;
    expect(() => lscOf(strict).utilities(batchOf([[5, 5, 5]], 1))).toThrow(MissingReferenceError);
  });

  test("a spec without a global number has no global reference", () => {
    expect(() => globalReference({ kind: "mean", otherwise: "error" })).toThrow("no global number");
  });
});

const kinds: [string, (list: StandardisedValue[]) => Utility][] = [
  ["min", minUtility],
  ["soft-min", softMinUtility],
  ["LSC", lscSumUtility],
  ["PAR", parUtility],
];

describe.each(kinds)("%s", (_, make) => {
  const utility = make(values);

  test("is finite for rewards up to ±1e6", () => {
    fc.assert(
      fc.property(batches(1e6), (drawn) => {
        expect(utility.utilities(drawn).every(Number.isFinite)).toBe(true);
      }),
    );
  });

  test("does not see a shift of rewards together with references", () => {
    fc.assert(
      fc.property(batches(10), fc.double({ min: -50, max: 50, noNaN: true }), (drawn, shift) => {
        const moved = { ...drawn, rewards: drawn.rewards.map((column) => column.map((r) => r + shift)) };
        expectClose(make(at(shift)).utilities(moved), [...utility.utilities(drawn)], 9);
      }),
    );
  });

  test("gives each rollout its own u, wherever it stands in its group", () => {
    const order = [2, 0, 3, 1];
    fc.assert(
      fc.property(batches(10), (drawn) => {
        expect(utility.utilities(reordered(drawn, order))).toEqual(reorder(utility.utilities(drawn), order));
      }),
    );
  });

  test("never falls where a reward rises", () => {
    fc.assert(
      fc.property(batches(20), fc.nat(1), fc.double({ min: 0, max: 5, noNaN: true }), (drawn, v, rise) => {
        const better = {
          ...drawn,
          rewards: drawn.rewards.map((column, w) => (w === v ? column.map((r) => r + rise) : column)),
        };
        const before = utility.utilities(drawn);
        for (const [i, u] of utility.utilities(better).entries())
          expect(u).toBeGreaterThanOrEqual(before[i]! - 1e-12);
      }),
    );
  });

  test("refuses what it was not made for", () => {
    expect(() => make([])).toThrow("at least one value");
    expect(() => make([values[0]!, values[0]!])).toThrow("once, got helpful, helpful");
    expect(() => make([{ ...values[0]!, temperature: 0 }])).toThrow('temperature of "helpful" is 0');
    expect(() => utility.utilities(oneGroup([[1, 2]]))).toThrow("2 values was given 1 reward columns");
  });
});

test("τ and weights out of their range are refused", () => {
  for (const tau of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => softMinUtility(values, { tau })).toThrow("τ of a soft minimum");
  expect(() => lscSumUtility([{ ...values[0]!, weight: Number.NaN }])).toThrow('weight of "helpful"');
});
