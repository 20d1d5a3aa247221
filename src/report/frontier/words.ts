/**
 * Names, and which methods a picture shows.
 * @module
 */
import type {
  Difference,
  FrontierComparison,
  KindComparison,
  Level,
  Standing,
} from "../../frontier/index.ts";
import { decimal, signedInterval } from "../format.ts";
import { plural } from "../text.ts";
import { side } from "../words.ts";

export const KIND_NAMES: Record<KindComparison["kind"], string> = {
  "best-of-k": "best-of-k",
  rl: "reinforcement learning",
};

/** Levels that the sentences are about: the lowest and the highest KL at which both sides were measured. */
export const ends = ({ levels }: KindComparison): Level[] => levels.filter(({ place }) => place !== null);

/** The highest one. */
export const highest = (kind: KindComparison): Level | undefined => ends(kind).at(-1);

export const standing = ({ standings }: Level, method: string | null): Standing | undefined =>
  standings.find((each) => each.method === method);

/** The compared method against the best raw sum. */
export const versusRawSum = ({ differences, bestRawSum }: Level): Difference | undefined =>
  differences.find(({ against }) => against === bestRawSum);

/** `1.2 nats (k = 8)` */
export function levelName({ kl, k }: Level): string {
  return k === null ? `${plural(kl, "nat")}` : `${decimal(kl)} nats (k = ${k})`;
}

/** `low KL, 1 nat` */
export function placeName(level: Level): string {
  const place = level.place === "low" || level.place === "high" ? `${level.place} KL, ` : "";
  return `${place}${levelName(level)}`;
}

/** `raw sum 2:1:1:1 at γ = 0.3` */
export const chosen = ({ method, klWeight }: Standing): string =>
  klWeight === null ? method : `${method} at γ = ${klWeight}`;

const STANDS = { 1: "is ahead of", 0: "is not told apart from", [-1]: "is behind" } as const;

/** `is ahead of the best raw sum: +0.05 [+0.02, +0.08]` */
export function standsToRawSum({ allGood }: Difference): string {
  return `${STANDS[side(allGood)]} the best raw sum: ${signedInterval(allGood)}`;
}

export const RAW_SUM = /^raw sum /;

/** Everything that a section needs. */
export type Compared = { comparison: FrontierComparison; kind: KindComparison };
