/**
 * The order of work for a circuit. Each node has the log-probability that it is true (T) and that it is false (F); only
 * those that the root needs are computed, over rows of z in blocks that stay in the processor's cache.
 * @module
 */
import type { Circuit, Ref } from "./circuit.ts";

/** Rows computed at a time. */
export const BLOCK = 512;

/** One side (T or F) of one node to compute; a leaf of which both are needed gets them in one step. */
export type Step = { node: number; negated: boolean; both?: boolean };

export type Program = { circuit: Circuit; steps: Step[] };

/** Orders the sides of nodes that the root needs, each after those it reads. */
export function compileProgram(circuit: Circuit): Program {
  const needed = new Set<string>();
  const steps: Step[] = [];
  const visit = (step: Step): void => {
    const key = `${step.node}${step.negated}`;
    if (needed.has(key)) return;
    needed.add(key);
    for (const read of reads(circuit, step)) visit(read);
    steps.push({ node: step.node, negated: step.negated });
  };
  visit(circuit.root);
  return { circuit, steps: mergeLeaves(circuit, steps) };
}

/** A leaf that is needed on both sides is computed once, where the first side is needed. */
function mergeLeaves(circuit: Circuit, steps: Step[]): Step[] {
  const leaves = new Map<number, Step>();
  return steps.flatMap((step) => {
    if (circuit.nodes[step.node]!.kind !== "value") return [step];
    const first = leaves.get(step.node);
    if (first !== undefined) {
      first.both = true;
      return [];
    }
    leaves.set(step.node, step);
    return [step];
  });
}

export const opposite = (ref: Ref): Ref => ({ node: ref.node, negated: !ref.negated });

function reads(circuit: Circuit, { node, negated }: Step): Step[] {
  const at = circuit.nodes[node]!;
  switch (at.kind) {
    case "value":
      return [];
    case "power":
      return negated ? [at.of, opposite(at.of)] : [at.of];
    case "and":
      return negated ? [at.left, at.right, opposite(at.left), opposite(at.right)] : [at.left, at.right];
    case "if":
      return [at.condition, opposite(at.condition), ...branches(at, negated)];
  }
}

/** The two ways on from an `if`, or from its negation. */
export function branches(node: { high: Ref; low: Ref }, negated: boolean): [Ref, Ref] {
  return negated ? [opposite(node.high), opposite(node.low)] : [node.high, node.low];
}

/** One block's worth of T (even index) and F (odd index) of every node, or of their adjoints. */
export class Workspace {
  private readonly buffers: Float64Array[] = [];

  constructor({ steps }: Program, rows: number) {
    const size = Math.min(rows, BLOCK);
    for (const step of steps) {
      this.buffers[slot(step)] = new Float64Array(size);
      if (step.both) this.buffers[slot(opposite(step))] = new Float64Array(size);
    }
  }

  of(step: Step): Float64Array {
    return this.buffers[slot(step)]!;
  }

  clear(): void {
    for (const buffer of this.buffers) buffer?.fill(0);
  }
}

const slot = ({ node, negated }: Step): number => 2 * node + (negated ? 1 : 0);
