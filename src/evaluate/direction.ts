import type { Formula } from "../objective/index.ts";
import type { Direction } from "./types.ts";

/**
 * Which way the goal wants each value: `less` where it stands only under an odd number of `not`s or in an `at most`,
 * `mixed` where it stands both ways or in an `exactly`.
 */
export function directions(formula: Formula): Map<string, Direction> {
  const found = new Map<string, Direction>();
  const visit = (part: Formula, direction: Direction): void => {
    if (part.kind === "value") found.set(part.name, join(found.get(part.name), direction));
    else for (const each of inside(part)) visit(each, directionInside(part, direction));
  };
  visit(formula, "more");
  return found;
}

const opposite = (direction: Direction): Direction =>
  direction === "mixed" ? "mixed" : direction === "more" ? "less" : "more";

const join = (before: Direction | undefined, now: Direction): Direction =>
  before === undefined || before === now ? now : "mixed";

function inside(formula: Formula): Formula[] {
  if (formula.kind === "constant" || formula.kind === "value") return [];
  return Array.isArray(formula.of) ? formula.of : [formula.of];
}

function directionInside(formula: Formula, direction: Direction): Direction {
  if (formula.kind === "not") return opposite(direction);
  if (formula.kind !== "count" || formula.high === formula.of.length) return direction;
  return formula.low === 0 ? opposite(direction) : "mixed";
}
