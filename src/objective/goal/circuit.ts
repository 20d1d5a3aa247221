/**
 * Turns a formula into a circuit whose every node has an exact probability: sub-formulas that share no value multiply,
 * and a value that occurs more than once is resolved by Shannon expansion. A read-once sentence folds in one pass.
 * @module
 */
import { children, FALSE, type Formula, print, simplify, TRUE, valuesOf } from "./formula.ts";

/** A node, or its negation. */
export type Ref = { node: number; negated: boolean };

/** Nodes in an order in which every node comes after those that it refers to. */
type Node =
  /** Leaf: log σ(z) of the column. */
  | { kind: "value"; column: number }
  /** p^w of one node. */
  | { kind: "power"; of: Ref; power: number }
  /** Both of two independent events. */
  | { kind: "and"; left: Ref; right: Ref }
  /** `high` if the condition holds, else `low`; the condition is independent of both. */
  | { kind: "if"; condition: Ref; high: Ref; low: Ref };

export type Circuit = { nodes: Node[]; root: Ref };

type Built = boolean | Ref;

/** Beyond this the values of a sentence are tangled so much that no exact answer is practical. */
const MAX_NODES = 20_000;

/**
 * @param values the column order of the leaves
 * @returns `true` or `false` for a sentence that is certain or impossible whatever the values are
 * @throws RangeError if the sentence needs more than 20,000 nodes
 */
export function buildCircuit(formula: Formula, values: string[]): Circuit | boolean {
  const root = new Builder(values).build(simplify(formula));
  return typeof root === "boolean" ? root : root.circuit;
}

class Builder {
  private readonly nodes: Node[] = [];
  private readonly byKey = new Map<string, number>();
  private readonly built = new Map<string, Built>();

  constructor(private readonly values: string[]) {}

  build(formula: Formula): boolean | { circuit: Circuit } {
    const root = this.formula(formula);
    return typeof root === "boolean" ? root : { circuit: { nodes: this.nodes, root } };
  }

  /** `formula` is simplified. */
  private formula(formula: Formula): Built {
    if (formula.kind === "constant") return formula.truth;
    const key = print(formula);
    const known = this.built.get(key);
    if (known !== undefined) return known;
    const made = this.make(formula);
    this.built.set(key, made);
    return made;
  }

  private make(formula: Exclude<Formula, { kind: "constant" }>): Built {
    switch (formula.kind) {
      case "value":
        return this.power({ node: this.leaf(formula.name), negated: false }, formula.power);
      case "not":
        return not(this.formula(formula.of));
      case "power":
        return this.power(this.formula(formula.of), formula.power);
      default:
        return this.connective(formula);
    }
  }

  private connective(formula: Formula & { kind: "and" | "or" | "count" }): Built {
    if (formula.kind === "count") {
      const shared = mostShared(formula.of);
      if (shared !== undefined) return this.expand(formula, shared);
      return this.count(
        formula.of.map((part) => this.formula(part)),
        formula.low,
        formula.high,
      );
    }
    // parts that share no value are independent, so only the tangled groups need expanding
    const groups = independentGroups(formula.of).map((of): Built => {
      if (of.length === 1) return this.formula(of[0]!);
      const group: Formula = { kind: formula.kind, of };
      return this.expand(group, mostShared(of)!);
    });
    return groups.reduce((left, right) =>
      formula.kind === "and" ? this.and(left, right) : this.or(left, right),
    );
  }

  /** Shannon expansion on the weakest power of `name`: v^w holds, and then v^u is v^(u−w) of what is left; or no v^u holds. */
  private expand(formula: Formula, name: string): Built {
    const weakest = Math.min(...powersOf(formula, name));
    const condition = this.power({ node: this.leaf(name), negated: false }, weakest);
    const high = this.formula(simplify(substitute(formula, name, weakest)));
    const low = this.formula(simplify(substitute(formula, name, null)));
    return this.ifElse(condition, high, low);
  }

  private count(parts: Built[], low: number, high: number): Built {
    const memo = new Map<string, Built>();
    const from = (i: number, least: number, most: number): Built => {
      if (most < 0 || least > parts.length - i) return false;
      if (least <= 0 && most >= parts.length - i) return true;
      const key = `${i},${least},${most}`;
      const known = memo.get(key);
      if (known !== undefined) return known;
      const made = this.ifElse(parts[i]!, from(i + 1, least - 1, most - 1), from(i + 1, least, most));
      memo.set(key, made);
      return made;
    };
    return from(0, low, high);
  }

  private ifElse(condition: Built, high: Built, low: Built): Built {
    if (typeof condition === "boolean") return condition ? high : low;
    if (same(high, low)) return high;
    if (high === true) return this.or(condition, low);
    if (high === false) return this.and(not(condition), low);
    if (low === true) return this.or(not(condition), high);
    if (low === false) return this.and(condition, high);
    return this.add({ kind: "if", condition, high, low });
  }

  private and(left: Built, right: Built): Built {
    if (typeof left === "boolean") return left ? right : false;
    if (typeof right === "boolean") return right ? left : false;
    return this.add({ kind: "and", left, right });
  }

  private or(left: Built, right: Built): Built {
    return not(this.and(not(left), not(right)));
  }

  private power(of: Built, power: number): Built {
    return typeof of === "boolean" || power === 1 ? of : this.add({ kind: "power", of, power });
  }

  private leaf(name: string): number {
    return this.add({ kind: "value", column: this.values.indexOf(name) }).node;
  }

  private add(node: Node): Ref {
    const key = JSON.stringify(node);
    let index = this.byKey.get(key);
    if (index === undefined) {
      if (this.nodes.length >= MAX_NODES) {
        throw new RangeError("its values are too entangled for an exact answer; repeat fewer of them");
      }
      index = this.nodes.push(node) - 1;
      this.byKey.set(key, index);
    }
    return { node: index, negated: false };
  }
}

function not(of: Built): Built {
  return typeof of === "boolean" ? !of : { node: of.node, negated: !of.negated };
}

function same(a: Built, b: Built): boolean {
  if (typeof a === "boolean" || typeof b === "boolean") return a === b;
  return a.node === b.node && a.negated === b.negated;
}

/** v^u becomes v^(u−w), or true if u = w, once v^w is known to hold; everything of v becomes false for `null`. */
function substitute(formula: Formula, name: string, weakest: number | null): Formula {
  switch (formula.kind) {
    case "constant":
      return formula;
    case "value":
      if (formula.name !== name) return formula;
      if (weakest === null) return FALSE;
      return formula.power === weakest ? TRUE : { ...formula, power: formula.power - weakest };
    case "not":
    case "power":
      return { ...formula, of: substitute(formula.of, name, weakest) };
    default:
      return { ...formula, of: formula.of.map((part) => substitute(part, name, weakest)) };
  }
}

function powersOf(formula: Formula, name: string): number[] {
  if (formula.kind === "value") return formula.name === name ? [formula.power] : [];
  return children(formula).flatMap((part) => powersOf(part, name));
}

/** The value that stands in the most of the parts, if any stands in two. */
function mostShared(parts: Formula[]): string | undefined {
  const counts = new Map<string, number>();
  for (const name of parts.flatMap(valuesOf)) counts.set(name, (counts.get(name) ?? 0) + 1);
  const [name, count] = [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best), ["", 1]);
  return count > 1 ? name : undefined;
}

/** Groups the parts so that two parts with a common value fall in one group. */
function independentGroups(parts: Formula[]): Formula[][] {
  const groups: { names: Set<string>; of: Formula[] }[] = [];
  for (const part of parts) {
    const merged = { names: new Set(valuesOf(part)), of: [part] };
    for (const group of groups.filter(({ names }) => [...names].some((name) => merged.names.has(name)))) {
      for (const name of group.names) merged.names.add(name);
      merged.of.unshift(...group.of);
      groups.splice(groups.indexOf(group), 1);
    }
    groups.push(merged);
  }
  return groups.map(({ of }) => of);
}
