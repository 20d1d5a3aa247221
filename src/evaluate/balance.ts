import type { MethodResult } from "./types.ts";

/**
 * Marks the methods that no other one dominates: none has every win rate at least as high and one higher. Base,
 * single-value and oracle methods are neither marked nor compared with: they are yardsticks, not ways to combine.
 */
export function paretoFront(methods: readonly MethodResult[]): MethodResult[] {
  const real = methods.filter(({ family }) => !["base", "single-value", "oracle"].includes(family));
  return methods.map((method) => ({
    ...method,
    pareto: real.includes(method) && !real.some((other) => dominates(rates(other), rates(method))),
  }));
}

const rates = ({ winRate }: MethodResult): number[] => Object.values(winRate).map(({ value }) => value);

/** a is at least b everywhere, and more somewhere. */
function dominates(a: readonly number[], b: readonly number[]): boolean {
  return a.every((rate, v) => rate >= b[v]!) && a.some((rate, v) => rate > b[v]!);
}
