import { decimals, withInterval } from "../reward/format.ts";
import { table } from "../table.ts";
import type { LabelResult } from "./run.ts";

export function describeLabelling({ answers, rounds, preferences, model, finished }: LabelResult): string {
  const { preferred, ties, skipped } = answers;
  const nats = (x: number | undefined) => (x === undefined ? "–" : decimals(x));
  return [
    `${preferred} pairs, ${ties} ties, ${skipped} skipped`,
    rounds.length === 0
      ? ""
      : `\n${table(
          ["round", "pairs", "accuracy", "on", "length alone", "asked: before", "after", "left"],
          rounds.map(({ round, pairs, heldOut, lengthBaseline, information }) => [
            String(round),
            String(pairs.train),
            heldOut === undefined ? "–" : withInterval(heldOut),
            String(heldOut?.pairs ?? 0),
            lengthBaseline === undefined ? "–" : decimals(lengthBaseline.accuracy),
            nats(information.before),
            nats(information.after),
            nats(information.left),
          ]),
        )}\n(asked, left: mean disagreement in nats of the questions asked, and of those not asked yet)`,
    `\nwritten: ${preferences}${model === null ? "" : `, ${model}`}`,
    finished ? "" : "not finished: go on with --resume",
  ]
    .filter((part) => part !== "")
    .join("\n");
}
