import type { Evaluation, MethodResult, ProbeReport } from "../../../../evaluate/types.ts";
import { decimal, percent, signed, withInterval } from "../../../../report/format.ts";
import { label, plural } from "../../../../report/text.ts";
import { isReal, judgedSentence } from "../../../../report/words.ts";

/** What the command found: every way to choose side by side, what holds back, and what else choosing changes. */
export function RunEvaluation({ evaluation }: { evaluation: Evaluation }) {
  const { bestOfK, binding, probes } = evaluation;
  return (
    <>
      <p>{judgedSentence(bestOfK.values)}</p>
      {bestOfK.notes.map((note) => (
        <p key={note} class="note">
          {note}
        </p>
      ))}
      <Balance evaluation={evaluation} />
      <h3>What holds the goal's choices back</h3>
      <ul>
        {binding.values.map(({ value, share, prompts, noCandidateGood }) => (
          <li key={value}>
            <strong>{label(value, 40)}</strong>: {withInterval(share, percentOf)} of prompts
            {noCandidateGood > 0 &&
              `; at ${noCandidateGood} of these ${plural(prompts, "prompt")} no candidate is good in it, so choosing can't help`}
          </li>
        ))}
      </ul>
      {probes.map((report) => (
        <Probes key={report.method} report={report} />
      ))}
    </>
  );
}

function Balance({ evaluation: { bestOfK } }: { evaluation: Evaluation }) {
  const shown = bestOfK.methods.filter((each) => isReal(each) || each.family === "base");
  const best = (each: MethodResult) => each.name === bestOfK.goalMethod;
  return (
    <>
      <h3>Balance: how often each way to choose beats another candidate, by value</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section class="scroll" tabIndex={0} aria-label="Win rates by method and value">
        <table>
          <thead>
            <tr>
              <th scope="col">way to choose</th>
              <th scope="col" class="n">
                good in all
              </th>
              {bestOfK.values.map(({ name }) => (
                <th key={name} scope="col" class="n">
                  {label(name, 24)}
                </th>
              ))}
              <th scope="col" class="n">
                worst
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((each) => (
              <tr key={each.name} class={best(each) ? "binding" : undefined}>
                <th scope="row" title={each.describe}>
                  {label(each.name, 120)}
                </th>
                <td class="n">{withInterval(each.goodInAll)}</td>
                {bestOfK.values.map(({ name }) => (
                  <td key={name} class="n">
                    {withInterval(each.winRate[name]!)}
                  </td>
                ))}
                <td class="n">{withInterval(each.worstWinRate)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}

/** One decimal, or two where the interval is narrow: the data say no more. */
const percentOf = (x: number, digits = 2): string => percent(x, digits - 1);

/** A share as per cent, and its change in points; a count as it is. */
const WRITERS = {
  share: {
    size: percentOf,
    change: (x: number, digits = 2) => `${signed(100 * x, digits - 1)} pts`,
  },
  mean: {
    size: (x: number, digits = 2) => decimal(x, digits - 1),
    change: (x: number, digits = 2) => signed(x, digits - 1),
  },
} as const;

function Probes({ report: { method, probes } }: { report: ProbeReport }) {
  const changed = probes.filter(({ verdict }) => verdict !== "no clear change");
  return (
    <>
      <h3>What else changes under {label(method, 40)}</h3>
      {changed.length === 0 && <p class="note">No probe shows a clear change.</p>}
      {changed.length > 0 && (
        <ul>
          {changed.map(({ name, unit, base, chosen, difference, verdict }) => (
            <li key={name}>
              <strong>{label(name, 40)}</strong> is {verdict}: {withInterval(base, WRITERS[unit].size)}{" "}
              before, {withInterval(chosen, WRITERS[unit].size)} after (
              {withInterval(difference, WRITERS[unit].change)})
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
