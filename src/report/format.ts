/**
 * Numbers as the reports write them: one form everywhere, a true minus sign, an interval beside each estimate.
 * @module
 */
import type { Estimate } from "../stats/bootstrap.ts";

/** `0.63`, `−1.20`; very large and very small numbers as `1.2e+9`. A dash for what is not finite. */
export function decimal(x: number, digits = 2): string {
  if (!Number.isFinite(x)) return "–";
  const size = Math.abs(x);
  if (size >= 1e6 || (size > 0 && size < 10 ** -(digits + 2))) return minus(x.toExponential(1));
  return minus(positiveZero(x.toFixed(digits)));
}

/** With its sign: `+0.05`, `−0.10`; what rounds to zero keeps its sign (`+0.00`), and 0 itself is `0.00`. */
export function signed(x: number, digits = 2): string {
  // below this it is rounding of the arithmetic, not a difference
  if (Math.abs(x) < 1e-12) return decimal(0, digits);
  if (!Number.isFinite(x)) return decimal(x, digits);
  return `${x > 0 ? "+" : "−"}${decimal(Math.abs(x), digits)}`;
}

/** `63 %` from 0.63. */
export function percent(share: number, digits = 0): string {
  return Number.isFinite(share) ? `${decimal(100 * share, digits)} %` : "–";
}

/** `1,234` */
export function whole(count: number): string {
  return Number.isFinite(count) ? minus(Math.round(count).toLocaleString("en-US")) : "–";
}

/** `0.63 [0.60, 0.66]`; one decimal more where the interval is narrower than 0.025. */
export function withInterval(
  { value, ci95: [low, high] }: Estimate,
  write: (x: number, digits?: number) => string = decimal,
): string {
  const digits = high > low && high - low < 0.025 ? 3 : 2;
  return `${write(value, digits)} [${write(low, digits)}, ${write(high, digits)}]`;
}

/** `+0.05 [+0.02, +0.08]` */
export function signedInterval(estimate: Estimate): string {
  return withInterval(estimate, signed);
}

const minus = (text: string) => text.replace(/^-/, "−");
const positiveZero = (text: string) => (/^-0\.?0*$/.test(text) ? text.slice(1) : text);
