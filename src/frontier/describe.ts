import type { Estimate } from "../stats/bootstrap.ts";
import type { Difference, FrontierComparison, KindComparison, Level, Verdict } from "./comparison.ts";

/** What was found, in a few lines for a terminal: the compared method against the best raw sum, at low and at high KL. */
export function describeFrontier({ method, base, prompts, kinds }: FrontierComparison): string {
  const lines = kinds.flatMap((kind) => [
    `${KIND_NAMES[kind.kind]}, ${kind.seeds.length} ${kind.seeds.length === 1 ? "seed" : "seeds"}`,
    ...headlines(method, kind).map((line) => `  ${line}`),
  ]);
  return [
    `Share truly good in all values, on ${prompts} prompts${base === null ? "" : `; the base: ${withInterval(base.allGood)}`}`,
    ...lines,
  ].join("\n");
}

const KIND_NAMES: Record<KindComparison["kind"], string> = {
  "best-of-k": "best of k",
  rl: "reinforcement learning",
};

function headlines(method: string, { levels }: KindComparison): string[] {
  const ends = levels.filter(({ place }) => place !== null);
  if (ends.length === 0) return [`${method} and a raw sum were not measured at one KL by every seed`];
  return ends.flatMap((level) => {
    const { allGood } = level.standings.find((each) => each.method === method)!;
    const sum = level.standings.find((each) => each.method === level.bestRawSum)!;
    const versus = level.differences.find(({ against }) => against === level.bestRawSum)!;
    const others = level.differences.filter(({ against }) => !against.startsWith("raw sum "));
    return [
      `${placeName(level)}: ${method} ${percent(allGood.value)}, best raw sum (${sum.method.slice(8)}) ${percent(sum.allGood.value)}; difference ${withInterval(versus.allGood, signed)} points: ${versus.verdict}`,
      ...(others.length === 0 ? [] : [`  against ${others.length} other ways: ${counted(others)}`]),
    ];
  });
}

function placeName({ kl, k, place }: Level): string {
  const name = place === "only" ? "KL" : `${place} KL`;
  return k === null
    ? `${name} (${kl} ${kl === 1 ? "nat" : "nats"})`
    : `${name} (k = ${k}, ${kl.toFixed(2)} nats)`;
}

const WORDS: Record<Verdict, string> = {
  ahead: "ahead of",
  behind: "behind",
  "not told apart": "not told apart from",
};

/** `ahead of 2, not told apart from 8` */
function counted(differences: readonly Difference[]): string {
  return (["ahead", "behind", "not told apart"] as const)
    .map(
      (verdict) => [differences.filter((each) => each.verdict === verdict).length, WORDS[verdict]] as const,
    )
    .filter(([count]) => count > 0)
    .map(([count, words]) => `${words} ${count}`)
    .join(", ");
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const signed = (share: number): string => `${share < 0 ? "−" : "+"}${(100 * Math.abs(share)).toFixed(1)}`;

const withInterval = ({ value, ci95: [low, high] }: Estimate, write = percent): string =>
  `${write(value)} [${write(low)}, ${write(high)}]`;
