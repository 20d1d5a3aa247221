import { decimal, percent, signed, whole } from "../../../../report/format.ts";
import { label, plural } from "../../../../report/text.ts";
import { type Comparable, comparable } from "./comparable.ts";
import type { Edit } from "./edit.ts";
import type { Figures, Outcome } from "./evaluate-edit.ts";
import type { Run } from "./run.ts";

type Props = {
  run: Run;
  before: Outcome;
  after: Outcome;
  chosen: Int32Array;
  /** The run's own objective, and the edited one. */
  own: Edit;
  edit: Edit;
  edited: boolean;
  busy: boolean;
};

type Line = {
  name: string;
  /** What the number is. */
  title: string;
  /** Whether a difference from the run means anything. */
  alike: boolean;
  /** Where more is neither better nor worse. */
  neutral?: boolean;
  before: number;
  after: number;
  write(x: number): string;
  /** What a difference is written as; points of per cent for shares. */
  difference(x: number): string;
};

/** What the edit changes: prompts, shares good, the goal's own probability. */
export function FiguresTable({ run, before, after, chosen, own, edit, edited, busy }: Props) {
  const changed = after.chosen.reduce((count, c, i) => count + (c === chosen[i] ? 0 : 1), 0);
  const alike = comparable(own, edit, byReference(after.figures));
  const lines = linesOf(before.figures, after.figures, alike);
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
                <td class={`n ${directionOf(line)}`}>
                  {line.alike ? line.difference(line.after - line.before) : "–"}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {edited && alike.goodInAll && <p class="note">{gainAndLoss(before.good, after.good)}</p>}
      {lines.some((line) => !line.alike) && (
        <p class="note">
          Where no change is given, the edited objective measures something else than the run's, so that a
          difference would say nothing.
        </p>
      )}
      <p class="note">{judgeNote(run, after.figures)}</p>
      <details>
        <summary>What these are</summary>
        <dl class="meanings">
          {lines.map(({ name, title }) => (
            <>
              <dt>{name}</dt>
              <dd>{title}</dd>
            </>
          ))}
        </dl>
      </details>
    </section>
  );
}

/** Prompts won and lost, and whether that is more than chance would do (McNemar's test at 5 %, with continuity correction). */
function gainAndLoss(before: Uint8Array, after: Uint8Array): string {
  const count = (was: number, is: number) =>
    after.reduce((sum, good, i) => sum + (good === is && before[i] === was ? 1 : 0), 0);
  const [won, lost] = [count(0, 1), count(1, 0)];
  if (won + lost === 0) return "At no prompt does it change whether the choice is good in all values.";
  const clear = Math.max(0, Math.abs(won - lost) - 1) ** 2 > 3.84 * (won + lost);
  return `Good in all values at ${plural(won, "prompt")} where the run's choice was not; no longer at ${whole(lost)}: ${
    clear ? "more than chance would do" : "no more than chance may do"
  }.`;
}

function linesOf(before: Figures, after: Figures, alike: Comparable): Line[] {
  const share = {
    write: (x: number) => percent(x, 1),
    difference: (x: number) => `${signed(100 * x, 1)} pts`,
  };
  const number = { write: (x: number) => decimal(x, 3), difference: (x: number) => signed(x, 3) };
  return [
    {
      name: "good in all values",
      title: "share of prompts whose choice is good in every value that the goal names",
      alike: alike.goodInAll,
      before: before.goodInAll,
      after: after.goodInAll,
      ...share,
    },
    {
      name: "goal met",
      title: "share of prompts whose choice makes the sentence true",
      alike: alike.goalMet,
      before: before.goalMet,
      after: after.goalMet,
      ...share,
    },
    {
      name: "mean p(goal)",
      title: "the probability that the rewards give to the goal, mean over what is chosen",
      alike: alike.utility,
      before: before.meanP,
      after: after.meanP,
      ...number,
    },
    {
      name: "mean u",
      title: "log p(goal) in nats, mean over what is chosen: what is made as high as it can be",
      alike: alike.utility,
      before: before.utility,
      after: after.utility,
      ...number,
    },
    {
      name: "KL bound",
      title: "choosing goes at most so far from the base policy, in nats; 0 is the base itself",
      alike: true,
      neutral: true,
      before: before.klBound,
      after: after.klBound,
      ...number,
    },
    ...Object.entries(after.values).map(([value, { good }]): Line => {
      const was = before.values[value];
      return {
        name: `good: ${label(value, 30)}`,
        title: "share of prompts whose choice is good in this value",
        alike: alike.value(value),
        before: was?.good ?? 0,
        after: good,
        ...share,
      };
    }),
  ];
}

/** Shown by an arrow as well as by the sign. */
function directionOf({ before, after, alike, neutral = false }: Line): string {
  if (!alike || neutral || Math.abs(after - before) < 1e-12) return "same";
  return after > before ? "up" : "down";
}

/** Values whose good is "above the reference", not what the data says. */
const byReference = ({ values }: Figures): string[] =>
  Object.entries(values)
    .filter(([, { judgedBy }]) => judgedBy === "z")
    .map(([name]) => name);

function judgeNote({ evaluation }: Run, figures: Figures): string {
  const own = byReference(figures);
  const { seen } = evaluation.bestOfK.prompts;
  const judge =
    own.length === 0
      ? "Good is what is true in the data."
      : `Judged by the same rewards that choose, under the edited references (optimistic): ${own.map((name) => label(name, 30)).join(", ")}.`;
  const unseen =
    seen !== null && seen > 0
      ? ` ${plural(seen, "prompt")} that the rewards were trained on count here too.`
      : "";
  return `${judge} Over ${plural(figures.prompts, "prompt")} with several candidates.${unseen}`;
}
