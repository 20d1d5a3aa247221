import { decimal, percent, signed, whole } from "../../../../report/format.ts";
import { label, plural } from "../../../../report/text.ts";
import type { Figures, Outcome } from "./evaluate-edit.ts";
import type { Run } from "./run.ts";

type Props = {
  run: Run;
  before: Outcome;
  after: Outcome;
  chosen: Int32Array;
  edited: boolean;
  busy: boolean;
};

type Line = {
  name: string;
  before: number;
  after: number;
  write(x: number): string;
  /** What a difference is written as; points of per cent for shares. */
  difference(x: number): string;
  title?: string;
};

/** What the edit changes: prompts, shares good, the goal's own probability. */
export function FiguresTable({ run, before, after, chosen, edited, busy }: Props) {
  const changed = after.chosen.reduce((count, c, i) => count + (c === chosen[i] ? 0 : 1), 0);
  const lines = linesOf(before.figures, after.figures);
  return (
    <section class="card figures" aria-label="What would be chosen" aria-busy={busy}>
      <p class="lead-number" role="status">
        <strong class="number" data-figure="changed">
          {whole(changed)}
        </strong>{" "}
        of {plural(chosen.length, "prompt")} would get another response
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section class="scroll" tabIndex={0} aria-label="Figures before and after">
        <table class="figures-table">
          <thead>
            <tr>
              <th scope="col">
                <span class="hidden">Figure</span>
              </th>
              <th scope="col" class="n">
                the run
              </th>
              <th scope="col" class="n">
                {edited ? "edited" : "now"}
              </th>
              <th scope="col" class="n">
                change
              </th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => (
              <tr key={line.name}>
                <th scope="row" title={line.title}>
                  {line.name}
                </th>
                <td class="n">{line.write(line.before)}</td>
                <td class="n" data-figure={line.name} data-exact={line.after}>
                  {line.write(line.after)}
                </td>
                <td class={`n ${directionOf(line)}`}>{line.difference(line.after - line.before)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <p class="note">{judgeNote(run, after.figures)}</p>
    </section>
  );
}

function linesOf(before: Figures, after: Figures): Line[] {
  const share = {
    write: (x: number) => percent(x, 1),
    difference: (x: number) => `${signed(100 * x, 1)} pts`,
  };
  const number = { write: (x: number) => decimal(x, 3), difference: (x: number) => signed(x, 3) };
  return [
    {
      name: "good in all values",
      title: "share of prompts whose choice is good in every value of the goal",
      before: before.goodInAll,
      after: after.goodInAll,
      ...share,
    },
    {
      name: "goal met",
      title: "share of prompts whose choice makes the sentence true",
      before: before.goalMet,
      after: after.goalMet,
      ...share,
    },
    { name: "mean p(goal)", before: before.meanP, after: after.meanP, ...number },
    {
      name: "mean u",
      title: "mean log p(goal), nats",
      before: before.utility,
      after: after.utility,
      ...number,
    },
    { name: "KL bound", title: "nats", before: before.klBound, after: after.klBound, ...number },
    ...Object.entries(after.values).map(([value, { good }]): Line => {
      const was = before.values[value];
      return { name: `good: ${label(value, 30)}`, before: was?.good ?? 0, after: good, ...share };
    }),
  ];
}

/** Shown by an arrow as well as by the sign. */
function directionOf({ before, after }: Line): string {
  if (Math.abs(after - before) < 1e-12) return "same";
  return after > before ? "up" : "down";
}

function judgeNote({ evaluation }: Run, { values, prompts }: Figures): string {
  const own = Object.entries(values).filter(([, { judgedBy }]) => judgedBy === "z");
  const { seen } = evaluation.bestOfK.prompts;
  const judge =
    own.length === 0
      ? "Good is what is true in the data."
      : `Judged by the same rewards that choose, under the edited references (optimistic): ${own.map(([name]) => label(name, 30)).join(", ")}.`;
  const unseen =
    seen !== null && seen > 0
      ? ` ${plural(seen, "prompt")} that the rewards were trained on count here too.`
      : "";
  return `${judge} Over ${plural(prompts, "prompt")} with several candidates.${unseen}`;
}
