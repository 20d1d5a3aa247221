/**
 * Log-probabilities of a circuit, from the leaves to the root. Every sum is of positive terms, so nothing cancels, and
 * every T and F of finite z is finite.
 * @module
 */
import { log1mExp, logAddExp } from "../math.ts";
import { BLOCK, branches, opposite, type Program, type Step, Workspace } from "./program.ts";

/** log p(goal) for every row. `z[c][row]`; all columns are equally long. */
export function logProbability(program: Program, z: readonly Float64Array[], rows: number): Float64Array {
  const u = new Float64Array(rows);
  const logs = new Workspace(program, rows);
  for (let start = 0; start < rows; start += BLOCK) {
    const size = Math.min(BLOCK, rows - start);
    forward(program, z, logs, start, size);
    // a circuit's last bit may round above certainty
    const root = logs.of(program.circuit.root);
    for (let i = 0; i < size; i++) u[start + i] = Math.min(root[i]!, 0);
  }
  return u;
}

/** Fills in every step for rows start…start + size − 1. */
export function forward(
  program: Program,
  z: readonly Float64Array[],
  logs: Workspace,
  start: number,
  size: number,
): void {
  for (const step of program.steps) {
    const node = program.circuit.nodes[step.node]!;
    const out = logs.of(step);
    switch (node.kind) {
      case "value":
        forwardValue(step, logs, z[node.column]!.subarray(start, start + size));
        break;
      case "power":
        if (step.negated)
          forwardNotPower(out, logs.of(node.of), logs.of(opposite(node.of)), node.power, size);
        else for (let i = 0, of = logs.of(node.of); i < size; i++) out[i] = node.power * of[i]!;
        break;
      case "and": {
        const left = logs.of(node.left);
        const right = logs.of(node.right);
        if (!step.negated) for (let i = 0; i < size; i++) out[i] = left[i]! + right[i]!;
        else
          forwardNotAnd(out, left, right, logs.of(opposite(node.left)), logs.of(opposite(node.right)), size);
        break;
      }
      case "if": {
        const [high, low] = branches(node, step.negated);
        const yes = logs.of(node.condition);
        const no = logs.of(opposite(node.condition));
        forwardIf(out, yes, no, logs.of(high), logs.of(low), size);
      }
    }
  }
}

function forwardValue(step: Step, logs: Workspace, z: Float64Array): void {
  const out = logs.of(step);
  const sign = step.negated ? -1 : 1;
  if (step.both) {
    const not = logs.of(opposite(step));
    for (let i = 0; i < z.length; i++) {
      const shared = Math.log1p(Math.exp(-Math.abs(z[i]!)));
      out[i] = Math.min(sign * z[i]!, 0) - shared;
      not[i] = Math.min(-sign * z[i]!, 0) - shared;
    }
  } else {
    for (let i = 0; i < z.length; i++)
      out[i] = Math.min(sign * z[i]!, 0) - Math.log1p(Math.exp(-Math.abs(z[i]!)));
  }
}

/** log(1 − pʷ) from T = log p and F = log(1 − p). */
function forwardNotPower(
  out: Float64Array,
  T: Float64Array,
  F: Float64Array,
  power: number,
  size: number,
): void {
  for (let i = 0; i < size; i++) {
    const t = accurate(T[i]!, F[i]!);
    out[i] = t > CERTAIN ? Math.log(power) + F[i]! : log1mExp(power * t);
  }
}

/** Above this log-probability, 1 − pʷ = w(1 − p) to the last digit, and the quotients below would overflow. */
export const CERTAIN = -1e-300;

/** T is only known to 1e-16 when it is near 0; F then knows it better. */
export function accurate(t: number, f: number): number {
  return t > -Math.LN2 ? Math.log1p(-Math.exp(f)) : t;
}

/** log P(not (a and b)) = log(1 − p_a p_b), or log(q_a + p_a q_b) where that would cancel. */
function forwardNotAnd(
  out: Float64Array,
  left: Float64Array,
  right: Float64Array,
  notLeft: Float64Array,
  notRight: Float64Array,
  size: number,
): void {
  for (let i = 0; i < size; i++) {
    const both = left[i]! + right[i]!;
    out[i] = both < -Math.LN2 ? Math.log1p(-Math.exp(both)) : logAddExp(notLeft[i]!, left[i]! + notRight[i]!);
  }
}

function forwardIf(
  out: Float64Array,
  yes: Float64Array,
  no: Float64Array,
  high: Float64Array,
  low: Float64Array,
  size: number,
): void {
  for (let i = 0; i < size; i++) out[i] = logAddExp(yes[i]! + high[i]!, no[i]! + low[i]!);
}
