import type { Level } from "../../frontier/index.ts";
import { signedInterval } from "../format.ts";
import { type Html, html } from "../html.ts";
import { type Table, table } from "../table.ts";
import { label } from "../text.ts";
import { type Compared, ends, KIND_NAMES, levelName, placeName, RAW_SUM, standing } from "./words.ts";

/** Pairwise differences at matched KL: those to read first in sight, every level folded away. */
export function pairs(compared: readonly Compared[]): Html | null {
  const parts = compared.filter(({ kind }) => kind.levels.some(({ differences }) => differences.length > 0));
  if (parts.length === 0) return null;
  const name = label(parts[0]!.comparison.method);
  return html`<p>Each row is ${name} minus the method named, at the same KL, paired by seed and prompt; the brackets are 95 % intervals.
A positive difference in the gap means that ${name} fools its reward models more.</p>
${parts.map(
  ({ kind }) => html`<h3>${KIND_NAMES[kind.kind]}</h3>
${ends(kind).map((level) => html`<p class="note">${placeName(level)}</p>${table(differencesAt(level))}`)}
<details><summary>Every level of KL (${kind.levels.length})</summary>
${kind.levels.map((level) => html`<p class="note">${levelName(level)}</p>${table(differencesAt(level))}`)}</details>`,
)}`;
}

function differencesAt(level: Level): Table {
  const values = Object.keys(level.differences[0]?.trueValues ?? {});
  const trained = level.k === null;
  const numeric = (title: string) => ({ title, numeric: true });
  const first = (against: string) => (against === level.bestRawSum ? 0 : RAW_SUM.test(against) ? 2 : 1);
  return {
    columns: [
      { title: "Against" },
      ...(trained ? [numeric("its γ")] : []),
      numeric("Good in all"),
      { title: "Verdict" },
      ...values.map((name) => numeric(label(name, 24))),
      numeric("Gap"),
    ],
    rows: [...level.differences]
      .sort((a, b) => first(a.against) - first(b.against))
      .map(({ against, allGood, verdict, trueValues, gap }) => [
        `${label(against, 60)}${against === level.bestRawSum ? " (best raw sum)" : ""}`,
        ...(trained ? [String(standing(level, against)!.klWeight)] : []),
        signedInterval(allGood),
        verdict,
        ...values.map((name) => signedInterval(trueValues[name]!)),
        signedInterval(gap),
      ]),
  };
}
