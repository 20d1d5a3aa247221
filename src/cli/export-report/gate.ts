/**
 * Quality gates: `win_rate(helpful) >= 0.55`.
 * @module
 */
import { show, UsageError } from "../../io/errors.ts";
import { nearest } from "../../objective/index.ts";
import type { Measure } from "./summary.ts";

const OPERATORS = {
  ">=": (found: number, asked: number) => found >= asked,
  "<=": (found: number, asked: number) => found <= asked,
  ">": (found: number, asked: number) => found > asked,
  "<": (found: number, asked: number) => found < asked,
} as const;

export type Gate = {
  measure: string;
  /** Of the interval; null: the number itself. */
  end: "low" | "high" | null;
  operator: keyof typeof OPERATORS;
  asked: number;
};

export type GateResult = Gate & {
  /** The number that was held against what was asked: the end of the interval, where the gate names one. */
  found: number;
  value: number;
  ci95: readonly [number, number] | null;
  met: boolean;
};

const FORM = /^([a-z]\w*)\s*(?:\((.*)\))?\s*(?:\.\s*(low|high))?\s*(>=|<=|>|<)\s*(\S+?)\s*(%?)$/s;

/**
 * `MEASURE >= NUMBER`, where the measure may be of something, `win_rate(helpful)`, and may be an end of its 95 % interval,
 * `kl.high`. The operators are >=, <=, > and <; `55 %` is 0.55.
 * @throws UsageError where the text has another form
 */
export function parseGate(text: string): Gate {
  const [, name, of, end, operator, number, percent] = FORM.exec(text.trim()) ?? [];
  const asked = number === undefined ? Number.NaN : Number(number) / (percent === "%" ? 100 : 1);
  if (name === undefined || !isOperator(operator) || !Number.isFinite(asked)) {
    throw new UsageError(
      `--gate ${show(text)} can't be read; expected a measure, one of ${Object.keys(OPERATORS).join(" ")}, and a number, for example --gate "good_in_all >= 0.5" or --gate "win_rate(helpful).low > 0.55"`,
    );
  }
  const measure = of === undefined ? name : `${name}(${folded(of)})`;
  return { measure, end: end === "low" || end === "high" ? end : null, operator, asked };
}

const isOperator = (text: string | undefined): text is Gate["operator"] =>
  text !== undefined && Object.hasOwn(OPERATORS, text);

/** Spaces around names do not count. */
const folded = (names: string): string =>
  names
    .split(",")
    .map((name) => name.trim().replace(/^"(.*)"$/s, "$1"))
    .join(", ");

/** @throws UsageError for a measure that the run does not have, with the nearest name and all that it has */
export function checkGate(gate: Gate, measures: readonly Measure[]): GateResult {
  const measure = measures.find(({ name }) => name === gate.measure);
  if (measure === undefined) throw unknown(gate.measure, measures);
  const { value, ci95 = null } = measure;
  if (gate.end !== null && ci95 === null) {
    throw new UsageError(
      `${show(gate.measure)} has no interval, so it has no .${gate.end}; ask for the number itself`,
    );
  }
  const found = gate.end === null || ci95 === null ? value : ci95[gate.end === "low" ? 0 : 1];
  return { ...gate, found, value, ci95, met: OPERATORS[gate.operator](found, gate.asked) };
}

function unknown(name: string, measures: readonly Measure[]): UsageError {
  const names = measures.map((each) => each.name);
  const near = nearest(name, names);
  const hint = near === undefined ? "" : `; did you mean ${show(near)}?`;
  return new UsageError(
    `this run has no measure ${show(name)}${hint}\nIts measures:\n${names.map((each) => `  ${printable(each)}`).join("\n")}`,
  );
}

/** `missed: kl.high = 1.25 (1.05 [0.9, 1.25]), asked <= 1` */
export function describeGate({ measure, end, operator, asked, found, value, ci95, met }: GateResult): string {
  const interval = ci95 === null ? "" : ` [${number(ci95[0])}, ${number(ci95[1])}]`;
  const name = end === null ? measure : `${measure}.${end}`;
  const of = end === null ? interval : ` (${number(value)}${interval})`;
  // where rounding would hide on which side it lies, every digit
  const exactly = number(found) === number(asked) ? String : number;
  return `${met ? "met" : "missed"}: ${printable(name)} = ${exactly(found)}${of}, asked ${operator} ${exactly(asked)}`;
}

/** Enough digits to read. */
const number = (x: number): string => String(Number(x.toPrecision(6)));

const printable = (name: string): string => show(name).slice(1, -1);
