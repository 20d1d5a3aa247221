import type { RoundRecord } from "../../rewards/index.ts";
import { decimals, withInterval } from "../reward/format.ts";

/** What a round taught, in a line or two. */
export function describeRound({
  round,
  pairs,
  untrained,
  heldOut,
  lengthBaseline,
  information,
}: RoundRecord): string {
  if (untrained !== undefined) return `round ${round} done; no model yet: ${untrained}`;
  const accuracy =
    heldOut && lengthBaseline
      ? `accuracy ${withInterval(heldOut)} on ${heldOut.pairs} random pairs at new prompts, ` +
        `length alone ${decimals(lengthBaseline.accuracy)}`
      : "no answer at new prompts to measure it on yet";
  const { before, after } = information;
  const told =
    before === undefined || after === undefined
      ? ""
      : `; disagreement on what was asked ${decimals(before)} → ${decimals(after)} nats`;
  return `round ${round} done: learned from ${pairs.train} pairs, ${accuracy}${told}`;
}
