/**
 * The derivative of a circuit's log-probability, from the root to the leaves: reverse accumulation.
 * @module
 */
import { sigmoid } from "../math.ts";
import type { Ref } from "./circuit.ts";
import { accurate, CERTAIN, forward } from "./forward.ts";
import { BLOCK, branches, opposite, type Program, type Step, Workspace } from "./program.ts";

/** log p(goal) and its derivative by each column of z, by reverse accumulation. */
export function logProbabilityGradient(
  program: Program,
  z: readonly Float64Array[],
  rows: number,
): { u: Float64Array; gradient: Float64Array[] } {
  const u = new Float64Array(rows);
  const gradient = z.map(() => new Float64Array(rows));
  const logs = new Workspace(program, rows);
  const adjoints = new Workspace(program, rows);
  for (let start = 0; start < rows; start += BLOCK) {
    const size = Math.min(BLOCK, rows - start);
    forward(program, z, logs, start, size);
    const root = logs.of(program.circuit.root);
    for (let i = 0; i < size; i++) u[start + i] = Math.min(root[i]!, 0);
    adjoints.clear();
    adjoints.of(program.circuit.root).fill(1, 0, size);
    backward(program, z, gradient, logs, adjoints, start, size);
  }
  return { u, gradient };
}

function backward(
  program: Program,
  z: readonly Float64Array[],
  gradient: Float64Array[],
  logs: Workspace,
  adjoints: Workspace,
  start: number,
  size: number,
): void {
  for (const step of program.steps.toReversed()) {
    const node = program.circuit.nodes[step.node]!;
    const g = adjoints.of(step);
    const value = (ref: Ref) => logs.of(ref);
    const into = (ref: Ref) => adjoints.of(ref);
    switch (node.kind) {
      case "value":
        backwardValue(
          step,
          adjoints,
          z[node.column]!.subarray(start),
          gradient[node.column]!.subarray(start),
          size,
        );
        break;
      case "power":
        if (step.negated) {
          backwardNotPower(
            g,
            value(node.of),
            value(opposite(node.of)),
            into(node.of),
            into(opposite(node.of)),
            node.power,
            size,
          );
        } else for (let i = 0, of = into(node.of); i < size; i++) of[i]! += node.power * g[i]!;
        break;
      case "and":
        backwardAnd(step, g, node.left, node.right, value, into, size);
        break;
      case "if": {
        const [high, low] = branches(node, step.negated);
        backwardIf(step, g, node.condition, high, low, value, into, size);
      }
    }
  }
}

type Get = (ref: Ref) => Float64Array;

/** d log σ(±z)/dz = ±σ(∓z). */
function backwardValue(
  step: Step,
  adjoints: Workspace,
  z: Float64Array,
  gradient: Float64Array,
  size: number,
): void {
  const sign = step.negated ? -1 : 1;
  const g = adjoints.of(step);
  for (let i = 0; i < size; i++) gradient[i]! += sign * g[i]! * sigmoid(-sign * z[i]!);
  if (!step.both) return;
  const notG = adjoints.of(opposite(step));
  for (let i = 0; i < size; i++) gradient[i]! -= sign * notG[i]! * sigmoid(sign * z[i]!);
}

/** d log(1 − pʷ)/dF, through p = 1 − eᶠ near certainty, else d/dT. */
function backwardNotPower(
  g: Float64Array,
  T: Float64Array,
  F: Float64Array,
  intoT: Float64Array,
  intoF: Float64Array,
  power: number,
  size: number,
): void {
  for (let i = 0; i < size; i++) {
    const t = accurate(T[i]!, F[i]!);
    const slope = power / Math.expm1(-power * t);
    if (T[i]! <= -Math.LN2) intoT[i]! -= g[i]! * slope;
    else intoF[i]! += t > CERTAIN ? g[i]! : (g[i]! * slope) / Math.expm1(-F[i]!);
  }
}

function backwardAnd(
  step: Step,
  g: Float64Array,
  left: Ref,
  right: Ref,
  value: Get,
  into: Get,
  size: number,
): void {
  const intoLeft = into(left);
  const intoRight = into(right);
  if (!step.negated) {
    for (let i = 0; i < size; i++) {
      intoLeft[i]! += g[i]!;
      intoRight[i]! += g[i]!;
    }
    return;
  }
  const [a, b, out] = [value(left), value(right), value({ node: step.node, negated: true })];
  const [notA, intoNotA, intoNotB] = [value(opposite(left)), into(opposite(left)), into(opposite(right))];
  for (let i = 0; i < size; i++) {
    const both = a[i]! + b[i]!;
    if (both < -Math.LN2) {
      const slope = -g[i]! / Math.expm1(-both);
      intoLeft[i]! += slope;
      intoRight[i]! += slope;
    } else {
      const share = Math.exp(notA[i]! - out[i]!);
      intoNotA[i]! += g[i]! * share;
      intoLeft[i]! += g[i]! * (1 - share);
      intoNotB[i]! += g[i]! * (1 - share);
    }
  }
}

function backwardIf(
  step: Step,
  g: Float64Array,
  condition: Ref,
  high: Ref,
  low: Ref,
  value: Get,
  into: Get,
  size: number,
): void {
  const [yes, highLog, out] = [value(condition), value(high), value(step)];
  const [intoYes, intoNo, intoHigh, intoLow] = [
    into(condition),
    into(opposite(condition)),
    into(high),
    into(low),
  ];
  for (let i = 0; i < size; i++) {
    const share = Math.min(Math.exp(yes[i]! + highLog[i]! - out[i]!), 1);
    intoYes[i]! += g[i]! * share;
    intoHigh[i]! += g[i]! * share;
    intoNo[i]! += g[i]! * (1 - share);
    intoLow[i]! += g[i]! * (1 - share);
  }
}
