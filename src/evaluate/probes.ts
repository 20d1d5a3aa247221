/**
 * Signs of reward hacking: does choosing change length, format, tone, or the rate of stock phrases?
 * @module
 */
import { InputError, show } from "../io/errors.ts";
import { type Candidates, type Chosen, perResponse, underChoice } from "./candidates.ts";
import { DEFAULT_PATTERNS, type ProbePattern } from "./probe-patterns.ts";
import { type Draws, derive, estimate, estimateOrNull, minus, type Resampler } from "./resample.ts";
import type { ProbeReport, ProbeResult } from "./types.ts";

/** One probe, with a number a candidate. */
export type Probe = Pick<ProbeResult, "name" | "kind" | "unit" | "counts" | "pattern"> & {
  column: Float64Array;
};

/**
 * Measures every candidate once.
 *
 * @param patterns stock phrases and formats; `DEFAULT_PATTERNS` where absent
 * @throws InputError for a pattern that is not a regular expression
 */
export function measureProbes(
  candidates: Candidates,
  patterns: readonly ProbePattern[] = DEFAULT_PATTERNS,
): Probe[] {
  const { sets } = candidates;
  return [
    {
      name: "length in characters",
      kind: "length",
      unit: "mean",
      counts: "characters",
      column: candidates.characters,
    },
    {
      name: "length in words",
      kind: "length",
      unit: "mean",
      counts: "words",
      column: candidates.words,
    },
    {
      name: "exclamation marks",
      kind: "tone",
      unit: "mean",
      counts: "exclamation marks",
      column: perResponse(sets, (response) => response.split(/[!！]/).length - 1),
    },
    ...patterns.map(({ name, kind, pattern }): Probe => {
      const search = compilePattern(name, pattern);
      const column = perResponse(sets, (response) => (search.test(response) ? 1 : 0));
      return { name, kind, unit: "share", pattern, column };
    }),
  ];
}

/** Case-insensitive, `^` and `$` at lines. Unicode mode, ten times slower, only where the pattern needs it. */
export function compilePattern(name: string, pattern: string): RegExp {
  try {
    return new RegExp(pattern, /\\[pP]\{|\\u\{/.test(pattern) ? "imu" : "im");
  } catch (error) {
    throw new InputError(
      {
        problem: "a probe's pattern is not a regular expression",
        field: name,
        found: show(pattern),
        fix: error instanceof Error ? `${error.message}.` : "Check its brackets.",
      },
      { cause: error },
    );
  }
}

/** One method's choices against the base, paired over prompts. */
export function probeMethod(
  chosen: Chosen,
  base: Chosen,
  candidates: Candidates,
  probes: readonly Probe[],
  resampler: Resampler,
): ProbeReport {
  return {
    method: chosen.method.name,
    prompts: candidates.sets.length,
    probes: probes.map(({ column, ...probe }) => {
      const means = (of: Chosen): Draws => resampler.mean(underChoice(of, candidates, column));
      return { ...probe, ...compare(means(chosen), means(base)) };
    }),
  };
}

function compare(
  chosen: Draws,
  base: Draws,
): Pick<ProbeResult, "base" | "chosen" | "difference" | "ratio" | "verdict"> {
  const difference = estimate(minus(chosen, base));
  const [low, high] = difference.ci95;
  return {
    base: estimate(base),
    chosen: estimate(chosen),
    difference,
    ratio: base.value === 0 ? null : estimateOrNull(derive((a, b) => a / b, chosen, base)),
    verdict: low > 0 ? "higher" : high < 0 ? "lower" : "no clear change",
  };
}
