import { sigmoid } from "../math.ts";
import { children, type Formula, valuesOf } from "./formula.ts";

/** Is the formula true when v^w is true exactly for `holds(v, w)`? */
function truth(formula: Formula, holds: (name: string, power: number) => boolean): boolean {
  switch (formula.kind) {
    case "constant":
      return formula.truth;
    case "value":
      return holds(formula.name, formula.power);
    case "not":
      return !truth(formula.of, holds);
    case "and":
      return formula.of.every((part) => truth(part, holds));
    case "or":
      return formula.of.some((part) => truth(part, holds));
    case "count": {
      const count = formula.of.filter((part) => truth(part, holds)).length;
      return count >= formula.low && count <= formula.high;
    }
    case "power":
      throw new Error("groups with an importance have a test of their own");
  }
}

/**
 * Brute force: P(formula) summed over every way the values can fall. U_v lies between two neighbouring thresholds
 * p^w; with no powers this is the truth table. Every term is positive, so the sum is exact to rounding.
 */
export function bruteForce(formula: Formula, z: Record<string, number>): number {
  const names = valuesOf(formula);
  const cellsOf = (name: string) => {
    const powers = [...new Set(powersIn(formula, name))].sort((u, v) => v - u);
    const p = sigmoid(z[name]!);
    const edges = [0, ...powers.map((w) => p ** w), 1];
    return edges.slice(1).map((edge, cell) => ({
      // a value without powers has p and q, each exact on its own side
      probability:
        powers.length === 1 && powers[0] === 1
          ? sigmoid(cell === 0 ? z[name]! : -z[name]!)
          : edge - edges[cell]!,
      holds: (power: number) => powers.indexOf(power) >= cell,
    }));
  };
  const cells = new Map(names.map((name) => [name, cellsOf(name)]));
  const walk = (rest: string[], chosen: Map<string, (power: number) => boolean>): number => {
    const [name, ...others] = rest;
    if (name === undefined) return truth(formula, (v, w) => chosen.get(v)!(w)) ? 1 : 0;
    return cells
      .get(name)!
      .reduce((sum, cell) => sum + cell.probability * walk(others, new Map(chosen).set(name, cell.holds)), 0);
  };
  return walk(names, new Map());
}

function powersIn(formula: Formula, name: string): number[] {
  if (formula.kind === "value") return formula.name === name ? [formula.power] : [];
  return children(formula).flatMap((part) => powersIn(part, name));
}
