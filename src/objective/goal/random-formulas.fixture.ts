import fc from "fast-check";
import type { Formula } from "./formula.ts";

const NAMES = ["a", "b", "c", "d", "e", "f"];

/** Random formulas over up to six values, each allowed several times. */
export function formulas({ powers }: { powers: boolean }): fc.Arbitrary<Formula> {
  const power = powers ? fc.constantFrom(1, 1, 0.5, 2, 3) : fc.constant(1);
  const value = fc.record({ kind: fc.constant("value" as const), name: fc.constantFrom(...NAMES), power });
  const parts = (tie: fc.Arbitrary<Formula>) => fc.array(tie, { minLength: 2, maxLength: 4 });
  return fc.letrec<{ formula: Formula }>((tie) => ({
    formula: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      value,
      fc.record({ kind: fc.constant("not" as const), of: tie("formula") }),
      fc.record({ kind: fc.constantFrom("and" as const, "or" as const), of: parts(tie("formula")) }),
      parts(tie("formula")).chain((of) =>
        fc.tuple(fc.nat(of.length), fc.constantFrom("least", "most", "exactly")).map(([n, range]) => ({
          kind: "count" as const,
          low: range === "most" ? 0 : n,
          high: range === "least" ? of.length : n,
          of,
        })),
      ),
    ),
  })).formula;
}

/** A z in [−max, max] for every name. */
export const zs = (max: number) =>
  fc.record(Object.fromEntries(NAMES.map((name) => [name, fc.double({ min: -max, max, noNaN: true })])));
