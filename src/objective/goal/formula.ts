/**
 * What a goal sentence means: a formula over values. Each value v is one uniform variable U_v; `v^w` is true when
 * U_v ≤ p(v)^w, so v^w has probability p^w, v^2 implies v, and `v and v` is v.
 * @module
 */

export type Formula =
  | { kind: "constant"; truth: boolean }
  | { kind: "value"; name: string; power: number }
  | { kind: "not"; of: Formula }
  | { kind: "and" | "or"; of: Formula[] }
  /** Between `low` and `high` of the formulas are true. */
  | { kind: "count"; low: number; high: number; of: Formula[] }
  /** (…)^w: an event of probability p^w. It shares no value with the rest of the sentence. */
  | { kind: "power"; of: Formula; power: number };

export const TRUE: Formula = { kind: "constant", truth: true };
export const FALSE: Formula = { kind: "constant", truth: false };

/** The formulas directly inside. */
export function children(formula: Formula): Formula[] {
  switch (formula.kind) {
    case "constant":
    case "value":
      return [];
    case "not":
    case "power":
      return [formula.of];
    default:
      return formula.of;
  }
}

/** Names of the values in order of first appearance. */
export function valuesOf(formula: Formula): string[] {
  if (formula.kind === "value") return [formula.name];
  return [...new Set(children(formula).flatMap(valuesOf))];
}

/** The same formula with constants folded away, double negation removed and nested and/or flattened. */
export function simplify(formula: Formula): Formula {
  switch (formula.kind) {
    case "constant":
    case "value":
      return formula;
    case "not":
      return negate(simplify(formula.of));
    case "power": {
      const of = simplify(formula.of);
      return of.kind === "constant" ? of : { ...formula, of };
    }
    case "count":
      return simplifyCount(formula.of.map(simplify), formula.low, formula.high);
    default:
      return connect(formula.kind, formula.of.map(simplify));
  }
}

function negate(of: Formula): Formula {
  if (of.kind === "constant") return of.truth ? FALSE : TRUE;
  return of.kind === "not" ? of.of : { kind: "not", of };
}

/** And/or of simplified parts. Equal parts count once: `a and a` is `a`. */
function connect(kind: "and" | "or", parts: Formula[]): Formula {
  const decisive = kind === "or";
  const kept = new Map<string, Formula>();
  for (const part of parts.flatMap((part) => (part.kind === kind ? part.of : [part]))) {
    if (part.kind !== "constant") kept.set(print(part), part);
    else if (part.truth === decisive) return part;
  }
  const of = [...kept.values()];
  if (of.length === 0) return decisive ? FALSE : TRUE;
  return of.length === 1 ? of[0]! : { kind, of };
}

function simplifyCount(parts: Formula[], low: number, high: number): Formula {
  const sure = parts.filter((part) => part.kind === "constant" && part.truth).length;
  const of = parts.filter((part) => part.kind !== "constant");
  const atLeast = Math.max(low - sure, 0);
  const atMost = Math.min(high - sure, of.length);
  if (atLeast > atMost) return FALSE;
  if (atLeast === 0 && atMost === of.length) return TRUE;
  if (atLeast === of.length) return connect("and", of);
  if (atLeast === 1 && atMost === of.length) return connect("or", of);
  if (atMost === 0) return connect("and", of.map(negate));
  return { kind: "count", low: atLeast, high: atMost, of };
}

/** The formula as a sentence that parses back to it; `true` and `false` stand for constants. */
export function print(formula: Formula): string {
  switch (formula.kind) {
    case "constant":
      return String(formula.truth);
    case "value":
      return formula.name + exponent(formula.power);
    case "not":
      return `not ${printInside(formula.of)}`;
    case "power":
      return `(${print(formula.of)})${exponent(formula.power)}`;
    case "count":
      return `${printCount(formula)} of (${formula.of.map(print).join(", ")})`;
    default:
      return formula.of.map(printInside).join(` ${formula.kind} `);
  }
}

function printInside(formula: Formula): string {
  return formula.kind === "and" || formula.kind === "or" ? `(${print(formula)})` : print(formula);
}

function printCount({ low, high, of }: { low: number; high: number; of: Formula[] }): string {
  if (low === high) return `exactly ${low}`;
  if (high === of.length) return `at least ${low}`;
  if (low === 0) return `at most ${high}`;
  return `between ${low} and ${high}`;
}

function exponent(power: number): string {
  return power === 1 ? "" : `^${power}`;
}
