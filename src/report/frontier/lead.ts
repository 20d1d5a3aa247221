import type { FrontierComparison, Level } from "../../frontier/index.ts";
import { decimal, signedInterval, whole, withInterval } from "../format.ts";
import { type Html, html } from "../html.ts";
import { label, listing, plural } from "../text.ts";
import { side } from "../words.ts";
import { ends, KIND_NAMES, levelName, placeName, RAW_SUM, standing, versusRawSum } from "./words.ts";

/** What was found, whichever way it falls: one sentence for each end of each kind. */
export function lead(comparison: FrontierComparison): Html[] {
  const { kinds, method } = comparison;
  const parts = kinds.flatMap((kind) =>
    ends(kind).map((level) => ({ where: `${KIND_NAMES[kind.kind]}, ${placeName(level)}`, level })),
  );
  if (parts.length === 0)
    return [
      html`Nothing can be said yet: there is no KL at which <bdi>${label(method)}</bdi> and a raw weighted sum of rewards were both
measured with every seed.`,
    ];
  return [
    html`<b>${summary(comparison)}</b>`,
    ...parts.map(({ where, level }) => sentence(method, where, level)),
    html`${baseSentence(comparison)}`,
    html`What is good was counted by the exact rules of the demo world, which no reward model and no method had seen. The best raw sum
is the best of ${plural(rawSums(comparison), "set", "sets")} of weights, picked at each KL after seeing the result: this favours it.`,
  ];
}

/** One sentence: in which kinds, and at which ends of KL, the compared method is ahead, behind, or not told apart. */
function summary({ method, kinds }: FrontierComparison): string {
  const named = (wanted: -1 | 0 | 1) =>
    kinds.flatMap((kind) => {
      const places = ends(kind).filter((level) => side(versusRawSum(level)!.allGood) === wanted);
      if (places.length === 0) return [];
      const where = places.map((level) => (level.place === "only" ? levelName(level) : `${level.place}`));
      return [`${KIND_NAMES[kind.kind]} at ${listing(where)}${places[0]!.place === "only" ? "" : " KL"}`];
    });
  const clauses = [
    [named(1), "ahead of"] as const,
    [named(-1), "behind"] as const,
    [named(0), "not told apart from"] as const,
  ].flatMap(([places, words], i, all) => {
    if (places.length === 0) return [];
    const first = all.slice(0, i).every(([none]) => none.length === 0);
    return [`${words} ${first ? "the best raw weighted sum" : "it"} in ${places.join(" and in ")}`];
  });
  return `In the share of responses truly good in all values at matched KL, ${label(method)} is ${clauses.join("; ")}.`;
}

/** At the floor there is nothing to tell apart. */
const FLOOR = 0.02;

function baseSentence({ base, kinds }: FrontierComparison): Html | null {
  if (base === null) return null;
  const most = Math.max(
    base.allGood.value,
    ...kinds.flatMap(({ levels }) =>
      levels.flatMap(({ standings }) => standings.map(({ allGood }) => allGood.value)),
    ),
  );
  return html`The base policy itself: ${withInterval(base.allGood)}.${
    most < FLOOR &&
    html` <b>No method at any KL gets above ${decimal(most, 3)}: almost no response is good in all values, so there is next to nothing
here by which methods could be told apart.</b>`
  }`;
}

function sentence(method: string, where: string, level: Level): Html {
  const own = standing(level, method)!;
  const sum = standing(level, level.bestRawSum)!;
  return html`In ${where}: ${withInterval(own.allGood)} of responses truly good in all values, against ${withInterval(sum.allGood)} for
<bdi>${label(sum.method)}</bdi>; the difference is <b>${signedInterval(versusRawSum(level)!.allGood)}</b>.`;
}

const rawSums = ({ kinds }: FrontierComparison): number =>
  new Set(
    kinds.flatMap(({ levels }) =>
      levels.flatMap(({ standings }) =>
        standings.map(({ method }) => method).filter((name) => RAW_SUM.test(name)),
      ),
    ),
  ).size;

export function subtitle({ kinds, prompts, resamples }: FrontierComparison): string {
  const runs = kinds.map(({ kind, seeds }) => `${KIND_NAMES[kind]} with ${plural(seeds.length, "seed")}`);
  const over = kinds.some(({ seeds }) => seeds.length > 1) ? "seeds and prompts" : "prompts";
  return `${listing(runs)}, ${plural(prompts, "test prompt")}; 95 % intervals over ${over} from ${whole(resamples)} resamples`;
}
