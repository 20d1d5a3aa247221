/** What a benchmark reports: two things measured in turn in one run, and the ratio of their medians. */
export type Comparison = { name: string; unit: string; ours: number; baseline: number; ratio: number };

/**
 * Measures two ways of doing the same work in turn, so that noise of the machine hits both, and compares the medians.
 *
 * @param work how much one call does, in units; the result is in units a second
 */
export function compare(options: {
  name: string;
  unit: string;
  work: number;
  rounds: number;
  ours: () => unknown;
  baseline: () => unknown;
}): Comparison {
  const { name, unit, work, rounds, ours, baseline } = options;
  const seconds = { ours: [] as number[], baseline: [] as number[] };
  for (let round = -2; round < rounds; round++) {
    const order = round % 2 === 0 ? (["ours", "baseline"] as const) : (["baseline", "ours"] as const);
    for (const side of order) {
      const start = performance.now();
      if (side === "ours") ours();
      else baseline();
      // the first rounds warm the compiler up
      if (round >= 0) seconds[side].push((performance.now() - start) / 1000);
    }
  }
  const rate = { ours: work / median(seconds.ours), baseline: work / median(seconds.baseline) };
  return { name, unit, ours: rate.ours, baseline: rate.baseline, ratio: rate.ours / rate.baseline };
}

export function median(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

/** Prints comparisons for people, or as one JSON document under `--json`. */
export function printComparisons(comparisons: Comparison[]): void {
  if (process.argv.includes("--json")) {
    console.log(JSON.stringify(comparisons));
    return;
  }
  for (const { name, unit, ours, baseline, ratio } of comparisons) {
    console.log(
      `${name}: ${round(ours)} ${unit}, baseline ${round(baseline)} ${unit}, ratio ${ratio.toFixed(2)}`,
    );
  }
}

const round = (x: number) => Number(x.toPrecision(3)).toLocaleString("en");
