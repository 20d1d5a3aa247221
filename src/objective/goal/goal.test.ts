import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { logSigmoid, sigmoid } from "../math.ts";
import { bruteForce } from "./brute-force.fixture.ts";
import { children, type Formula, print, valuesOf } from "./formula.ts";
import { compileGoal } from "./goal.ts";
import { GoalError } from "./goal-error.ts";
import { formulas, zs } from "./random-formulas.fixture.ts";

const u = (sentence: string, z: Record<string, number>) => compileGoal(sentence).explain(z).u;

function compileUnlessImpossible(formula: Formula): ReturnType<typeof compileGoal> | undefined {
  try {
    return compileGoal(print(formula));
  } catch (error) {
    if (error instanceof GoalError && error.message.startsWith("this can never be true")) return undefined;
    throw error;
  }
}

describe("exact logic", () => {
  test("equals brute force over the truth table for random sentences of up to six values", () => {
    fc.assert(
      fc.property(formulas({ powers: false }), zs(30), (formula, z) => {
        const expected = bruteForce(formula, z);
        const goal = compileUnlessImpossible(formula);
        if (goal === undefined) expect(expected).toBe(0);
        else expect(Math.abs(goal.explain(z).u - Math.log(expected))).toBeLessThan(1e-12);
      }),
      { numRuns: 2000 },
    );
  });

  test("equals brute force over the cells of each value where values carry importances", () => {
    fc.assert(
      fc.property(formulas({ powers: true }), zs(4), (formula, z) => {
        const expected = bruteForce(formula, z);
        const goal = compileUnlessImpossible(formula);
        if (goal === undefined) expect(expected).toBe(0);
        // the brute force itself subtracts neighbouring thresholds here, so it is good to 1e-16 absolutely
        else expect(Math.abs(goal.explain(z).p - expected)).toBeLessThan(1e-13);
      }),
      { numRuns: 2000 },
    );
  });

  test("AND of one value is LSC, and AND of several is the sum", () => {
    fc.assert(
      fc.property(zs(50), (z) => {
        expect(u("a", z)).toBeCloseTo(logSigmoid(z.a!), 12);
        expect(u("a and b and c", z)).toBeCloseTo(logSigmoid(z.a!) + logSigmoid(z.b!) + logSigmoid(z.c!), 12);
        expect(u("a^2 and b^0.5", z)).toBeCloseTo(2 * logSigmoid(z.a!) + 0.5 * logSigmoid(z.b!), 12);
      }),
    );
  });

  test("OR is log(1 − Π(1 − p)), NOT is log σ(−z)", () => {
    fc.assert(
      fc.property(zs(10), (z) => {
        // p + (1 − p)q, the same without its cancellation
        expect(u("a or b", z)).toBeCloseTo(Math.log(sigmoid(z.a!) + sigmoid(-z.a!) * sigmoid(z.b!)), 12);
        expect(u("not a", z)).toBeCloseTo(logSigmoid(-z.a!), 12);
      }),
    );
  });

  test.each([
    ["not (a and b or c)", "(not a or not b) and not c"],
    ["not (a or b)", "not a and not b"],
    ["a and a", "a"],
    ["a or a and b", "a"],
    ["a and (b or c)", "a and b or a and c"],
    ["at least 1 of (a, b, c)", "a or b or c"],
    ["at least 3 of (a, b, c)", "a and b and c"],
    ["at most 1 of (a, b, c)", "not at least 2 of (a, b, c)"],
    ["exactly 1 of (a, b)", "a and not b or b and not a"],
    ["a^3 and a^2", "a^3 and a^2 and a^2"],
    ["a^2 or a", "a"],
    ["a^3 and a", "a^3"],
    ["(a or b)^1 and c", "(a or b) and c"],
    ["(a and b)^2", "a^2 and b^2"],
  ])("%s is %s", (left, right) => {
    fc.assert(
      fc.property(zs(20), (z) => {
        expect(Math.abs(u(left, z) - u(right, z))).toBeLessThan(1e-12 * Math.max(1, Math.abs(u(right, z))));
      }),
    );
  });

  test("a or not a is certain, a and not a is refused", () => {
    expect(u("a or not a", { a: 3 })).toBe(0);
    expect(compileGoal("a or not a").explain({ a: 3 }).bindingValue).toBeNull();
    expect(() => compileGoal("a and not a")).toThrow(/can never be true/);
    expect(() => compileGoal("(a or b) and not a and not b")).toThrow(/can never be true/);
    expect(() => compileGoal("a^2 and not a")).toThrow(/can never be true/);
  });

  test("a group's importance raises its probability to that power", () => {
    const z = { a: 0.4, b: -1.1, c: 2 };
    expect(u("(a or b)^2.5 and c", z)).toBeCloseTo(2.5 * u("a or b", z) + logSigmoid(2), 12);
    expect(u("not (a or b)^2.5", z)).toBeCloseTo(Math.log(1 - Math.exp(u("a or b", z)) ** 2.5), 12);
    expect(u("((a and b) or (b and c))^2", z)).toBeCloseTo(2 * u("(a and b) or (b and c)", z), 12);
    expect(() => compileGoal("(a or b)^2 and a")).toThrow(/inside a group/);
    expect(u("(a or not a)^2 and b", z)).toBeCloseTo(logSigmoid(-1.1), 12);
  });

  test("k of n over twenty values agrees with the binomial distribution", () => {
    const names = Array.from({ length: 20 }, (_, i) => `v${i}`);
    const z = Object.fromEntries(names.map((name) => [name, Math.log(0.3 / 0.7)]));
    let tail = 0;
    let choose = 1;
    for (let k = 0; k <= 20; k++) {
      if (k >= 8) tail += choose * 0.3 ** k * 0.7 ** (20 - k);
      choose = (choose * (20 - k)) / (k + 1);
    }
    expect(compileGoal(`at least 8 of (${names.join(", ")})`).explain(z).p).toBeCloseTo(tail, 12);
  });

  test("a sentence too entangled to be exact is refused, not answered slowly", () => {
    const names = Array.from({ length: 40 }, (_, i) => `v${i}`);
    const pairs = names.map(
      (name, i) => `(${name} and ${names[(i * 7 + 3) % 40]} and ${names[(i * 11 + 5) % 40]})`,
    );
    const sentence = `exactly 13 of (${pairs.join(", ")})`;
    expect(() => compileGoal(sentence)).toThrow(/too entangled/);
  }, 30_000);
});

describe("bounds", () => {
  test("u is finite and at most 0 for |z| up to 1e6, and so is every slope", () => {
    fc.assert(
      fc.property(formulas({ powers: true }), zs(1e6), (formula, z) => {
        const goal = compileUnlessImpossible(formula);
        if (goal === undefined) return;
        const { u, p, gradient } = goal.explain(z);
        expect(u).toBeLessThanOrEqual(0);
        expect(Number.isFinite(u)).toBe(true);
        expect(p).toBeGreaterThanOrEqual(0);
        for (const slope of Object.values(gradient)) expect(Number.isFinite(slope)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    "not a^2",
    "not a^0.5 and b",
    "(a or b)^3",
    "not (a or b)^3",
    "at least 2 of (a, b, c)",
    "a^2 or not a",
  ])("%s at the corners of ±1e6", (sentence) => {
    const goal = compileGoal(sentence);
    for (const a of [-1e6, 0, 1e6]) {
      for (const b of [-1e6, 0, 1e6]) {
        const { u, gradient } = goal.explain({ a, b, c: -b });
        expect(Number.isFinite(u) && u <= 0).toBe(true);
        expect(Object.values(gradient).every(Number.isFinite)).toBe(true);
      }
    }
  });

  test("known values at the far ends", () => {
    expect(u("a", { a: -1e6 })).toBe(-1e6);
    expect(u("not a^2", { a: 1e6 })).toBeCloseTo(Math.LN2 - 1e6, 6);
    expect(u("a or b", { a: -1e6, b: -1e6 })).toBeCloseTo(Math.LN2 - 1e6, 6);
    expect(u("a and b", { a: 1e6, b: 1e6 })).toBeCloseTo(0, 12);
  });

  test("monotone: up in a value that only occurs plainly, down in one that only occurs negated", () => {
    fc.assert(
      fc.property(
        formulas({ powers: true }),
        zs(20),
        fc.double({ min: 0, max: 10, noNaN: true }),
        (formula, z, step) => {
          const goal = compileUnlessImpossible(formula);
          if (goal === undefined) return;
          for (const name of goal.values) {
            const sign = polarity(formula, name);
            if (sign === 0) continue;
            const moved = goal.explain({ ...z, [name]: z[name]! + sign * step }).u;
            expect(moved).toBeGreaterThanOrEqual(goal.explain(z).u - 1e-11);
            expect(sign * goal.explain(z).gradient[name]!).toBeGreaterThanOrEqual(-1e-11);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

/** +1, −1, or 0 where the value occurs both ways or inside a count with an upper end. */
function polarity(formula: Formula, name: string, sign = 1): number {
  if (!valuesOf(formula).includes(name)) return 0;
  if (formula.kind === "value") return sign;
  if (formula.kind === "not") return polarity(formula.of, name, -sign);
  const monotone = formula.kind !== "count" || formula.high === formula.of.length;
  const signs = children(formula)
    .filter((part) => valuesOf(part).includes(name))
    .map((part) => polarity(part, name, sign));
  return monotone && signs.every((s) => s === signs[0]) ? signs[0]! : 0;
}

describe("gradient", () => {
  test("equals central differences", () => {
    fc.assert(
      fc.property(formulas({ powers: true }), zs(6), (formula, z) => {
        const goal = compileUnlessImpossible(formula);
        if (goal === undefined) return;
        const { gradient } = goal.explain(z);
        const h = 1e-4;
        for (const name of goal.values) {
          const up = goal.explain({ ...z, [name]: z[name]! + h }).u;
          const down = goal.explain({ ...z, [name]: z[name]! - h }).u;
          expect(Math.abs(gradient[name]! - (up - down) / (2 * h))).toBeLessThan(1e-6);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test("is P(value | goal) − P(value): the posterior less the prior", () => {
    fc.assert(
      fc.property(formulas({ powers: false }), zs(5), (formula, z) => {
        const goal = compileUnlessImpossible(formula);
        if (goal === undefined) return;
        const whole = bruteForce(formula, z);
        for (const name of goal.values) {
          const withValue = bruteForce({ kind: "and", of: [formula, { kind: "value", name, power: 1 }] }, z);
          expect(goal.explain(z).gradient[name]!).toBeCloseTo(withValue / whole - sigmoid(z[name]!), 9);
        }
      }),
    );
  });

  test("names what holds an answer back", () => {
    const goal = compileGoal("helpful and harmless and not rude");
    expect(goal.explain({ helpful: 2, harmless: -1, rude: -3 }).bindingValue).toBe("harmless");
    expect(goal.explain({ helpful: 2, harmless: 1, rude: 3 }).bindingValue).toBe("rude");
    expect(goal.explain({ helpful: 2, harmless: 1, rude: 3 }).gradient.rude).toBeLessThan(0);
  });
});

describe("columns", () => {
  const goal = compileGoal("a and (b or not c) and at least 2 of (a, b, d)");
  const rows = 1000;
  const column = (seed: number) =>
    Float64Array.from({ length: rows }, (_, i) => 8 * Math.sin(seed + i * (1 + seed / 7)));
  const z = goal.values.map((_, c) => column(c + 1));

  test("many rows at once are the same numbers as one by one, across block edges", () => {
    const all = goal.logProb(z);
    const slopes = goal.gradient(z);
    for (let i = 0; i < rows; i++) {
      const one = goal.explain(Object.fromEntries(goal.values.map((name, c) => [name, z[c]![i]!])));
      expect(all[i]).toBe(one.u);
      expect(slopes.u[i]).toBe(one.u);
      goal.values.forEach((name, c) => {
        expect(slopes.gradient[c]![i]).toBe(one.gradient[name]);
      });
    }
  });

  test("rows and commutative parts may be permuted", () => {
    const reversed = goal.logProb(z.map((c) => c.toReversed()));
    expect([...reversed.toReversed()]).toEqual([...goal.logProb(z)]);
    const other = compileGoal("at least 2 of (d, b, a) and (not c or b) and a");
    const moved = other.logProb(other.values.map((name) => z[goal.values.indexOf(name)]!));
    moved.forEach((value, i) => {
      expect(value).toBeCloseTo(goal.logProb(z)[i]!, 12);
    });
  });

  test("refuses what is not a table of finite numbers", () => {
    expect(() => goal.logProb(z.slice(1))).toThrow(/expected 4 columns/);
    expect(() => goal.logProb([...z.slice(0, 3), new Float64Array(3)])).toThrow(/has 3 rows/);
    expect(() => compileGoal("a").explain({ a: Number.NaN })).toThrow(/not finite/);
    expect(() => compileGoal("a").explain({ a: Number.POSITIVE_INFINITY })).toThrow(/not finite/);
    expect(() => compileGoal("a and b").explain({ a: 1 })).toThrow(/no z for value "b"/);
  });

  test("no rows give no rows", () => {
    expect(compileGoal("a").logProb([new Float64Array(0)])).toHaveLength(0);
  });
});
