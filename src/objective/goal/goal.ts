import { sigmoid } from "../math.ts";
import { logProbabilityGradient } from "./backward.ts";
import { buildCircuit } from "./circuit.ts";
import { type Formula, valuesOf } from "./formula.ts";
import { logProbability } from "./forward.ts";
import { GoalError } from "./goal-error.ts";
import { nearest } from "./nearest.ts";
import { checkGroupPowers, parseGoal } from "./parse.ts";
import { compileProgram } from "./program.ts";

/** A goal sentence, ready to be evaluated. Values are independent given (x, y), each true with p = σ(z). */
export type Goal = {
  sentence: string;
  formula: Formula;
  /** Names of the values, in the order in which the columns below stand. */
  values: string[];
  /**
   * u = log P(goal is true), exact, finite, ≤ 0.
   *
   * @param z one column a value, all of one length, finite
   */
  logProb(z: readonly Float64Array[]): Float64Array;
  /** u and ∂u/∂z, one column a value. */
  gradient(z: readonly Float64Array[]): { u: Float64Array; gradient: Float64Array[] };
  /** Everything about one (x, y). Throws a RangeError if a value has no z. */
  explain(z: Readonly<Record<string, number>>): Explanation;
  /** The same for many at once, one a row of the columns; several times as fast. */
  explainAll(z: readonly Float64Array[]): Explanation[];
};

export type Explanation = {
  /** log p(goal). */
  u: number;
  /** p(goal) = eᵘ. */
  p: number;
  /** ∂u/∂z: what a unit more of each value would bring. Negative where the goal wants less of it. */
  gradient: Record<string, number>;
  /** The value with the steepest |∂u/∂z|: what holds this answer back most. Null where every slope is 0. */
  bindingValue: string | null;
  values: Record<string, { z: number; p: number }>;
};

/**
 * Parses a sentence and makes it ready.
 *
 * @param known the values that exist; a sentence that names another is refused with its nearest spelling
 * @throws GoalError if it does not parse, names an unknown value, can never be true, or is too entangled
 * @example compileGoal("helpful and harmless^2").explain({ helpful: 1, harmless: -1 }).bindingValue // "harmless"
 */
export function compileGoal(sentence: string, known?: readonly string[]): Goal {
  const formula = parseGoal(sentence);
  const values = valuesOf(formula);
  if (known !== undefined) for (const name of values) checkKnown(sentence, name, known);
  checkGroupPowers(sentence, formula);
  const { logProb, gradient } = evaluator(sentence, formula, values);
  return {
    sentence,
    formula,
    values,
    logProb,
    gradient,
    explain: (z) => explainAll(values, gradient, columnsOf(values, z))[0]!,
    explainAll: (z) => explainAll(values, gradient, z),
  };
}

function checkKnown(sentence: string, name: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  const near = nearest(name, known);
  throw new GoalError(
    `no value is called "${name}"${near === undefined ? "" : `; did you mean "${near}"?`}`,
    {
      sentence,
      at: sentence.search(new RegExp(`(?<![\\p{L}\\p{N}_-])${name}(?![\\p{L}\\p{N}_-])`, "u")),
      expected: [...known],
    },
  );
}

function evaluator(sentence: string, formula: Formula, values: string[]): Pick<Goal, "logProb" | "gradient"> {
  const circuit = build(sentence, formula, values);
  if (circuit === false) throw new GoalError("this can never be true", { sentence, at: 0 });
  if (circuit === true) {
    // certain whatever the values are
    return {
      logProb: (z) => new Float64Array(rowsOf(values, z)),
      gradient: (z) => ({
        u: new Float64Array(rowsOf(values, z)),
        gradient: z.map((column) => new Float64Array(column.length)),
      }),
    };
  }
  const program = compileProgram(circuit);
  return {
    logProb: (z) => logProbability(program, z, rowsOf(values, z)),
    gradient: (z) => logProbabilityGradient(program, z, rowsOf(values, z)),
  };
}

function build(sentence: string, formula: Formula, values: string[]): ReturnType<typeof buildCircuit> {
  try {
    return buildCircuit(formula, values);
  } catch (error) {
    if (error instanceof RangeError) throw new GoalError(error.message, { sentence, at: 0 });
    throw error;
  }
}

function rowsOf(values: string[], z: readonly Float64Array[]): number {
  if (z.length !== values.length)
    throw new RangeError(`expected ${values.length} columns of z, got ${z.length}`);
  const rows = z[0]!.length;
  z.forEach((column, c) => {
    if (column.length !== rows)
      throw new RangeError(`column "${values[c]}" has ${column.length} rows, not ${rows}`);
    if (!allFinite(column)) {
      const row = column.findIndex((value) => !Number.isFinite(value));
      throw new RangeError(`z of "${values[c]}" in row ${row} is ${column[row]}, not finite`);
    }
  });
  return rows;
}

/** 0·x is 0 for a finite x and NaN else, so one sum tells without a branch per element. */
function allFinite(column: Float64Array): boolean {
  let sum = 0;
  for (let i = 0; i < column.length; i++) sum += 0 * column[i]!;
  return sum === 0;
}

const columnsOf = (values: string[], z: Readonly<Record<string, number>>): Float64Array[] =>
  values.map((name) => {
    const at = z[name];
    if (at === undefined) throw new RangeError(`no z for value "${name}"`);
    return Float64Array.of(at);
  });

function explainAll(
  values: string[],
  gradientOf: Goal["gradient"],
  z: readonly Float64Array[],
): Explanation[] {
  const { u, gradient } = gradientOf(z);
  return Array.from(u, (utility, row) => {
    const slopes: Record<string, number> = {};
    const parts: Explanation["values"] = {};
    let steepest = 0;
    for (const [i, name] of values.entries()) {
      slopes[name] = gradient[i]![row]!;
      parts[name] = { z: z[i]![row]!, p: sigmoid(z[i]![row]!) };
      if (Math.abs(gradient[i]![row]!) > Math.abs(gradient[steepest]![row]!)) steepest = i;
    }
    const bindingValue = gradient[steepest]![row] === 0 ? null : values[steepest]!;
    return { u: utility, p: Math.exp(utility), gradient: slopes, bindingValue, values: parts };
  });
}
