import { useState } from "preact/hooks";
import type { FrontierComparison, Level } from "../../../../frontier/comparison.ts";
import { decimal, signedInterval, withInterval } from "../../../../report/format.ts";
import { label, plural } from "../../../../report/text.ts";
import { type Kind, levelsOf } from "./points.ts";

/** The compared method less each other one, at a KL that both reach: paired over seeds and prompts. */
export function Differences({ comparison, kind }: { comparison: FrontierComparison; kind: Kind }) {
  const levels = levelsOf(comparison, kind);
  const [picked, pick] = useState(levels.length - 1);
  const level = levels[Math.min(picked, levels.length - 1)];
  if (level === undefined) return <p class="note">The methods were not compared at a KL that they share.</p>;
  return (
    <section class="section">
      <h2>{label(comparison.method, 40)} against the others at the same KL</h2>
      <p>
        {standing(comparison, level)}
        {comparison.base !== null &&
          ` The base policy itself is truly good in all at ${withInterval(comparison.base.allGood)}.`}
      </p>
      <label class="row filters">
        At
        <select value={String(picked)} onChange={(event) => pick(Number(event.currentTarget.value))}>
          {levels.map((each, i) => (
            <option key={each.kl} value={String(i)}>
              {levelText(each)}
            </option>
          ))}
        </select>
      </label>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section class="scroll" tabIndex={0} aria-label="Differences at the same KL">
        <table>
          <thead>
            <tr>
              <th scope="col">method</th>
              <th scope="col">truly good in all</th>
              <th scope="col">hacking gap</th>
              <th scope="col">{label(comparison.method, 30)} less it, good in all</th>
              <th scope="col">in a word</th>
            </tr>
          </thead>
          <tbody>
            {level.standings.map((standing) => {
              const against = level.differences.find((each) => each.against === standing.method);
              return (
                <tr
                  key={standing.method}
                  class={standing.method === comparison.method ? "binding" : undefined}
                >
                  <th scope="row">{label(standing.method, 60)}</th>
                  <td class="number">{withInterval(standing.allGood)}</td>
                  <td class="number">{signedInterval(standing.gap)}</td>
                  <td class="number">{against === undefined ? "" : signedInterval(against.allGood)}</td>
                  <td>{against === undefined ? "" : VERDICTS[against.verdict]}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </section>
      <p class="note">
        Intervals are at 95 %, over {comparison.prompts} prompts and the seeds, {comparison.resamples}{" "}
        resamples.
        {comparison.method.includes("LSC") &&
          " LSC is log σ((reward − reference) / temperature) of a value; AND adds them up, so that every value has to be good."}
        {level.bestRawSum !== null &&
          ` The best raw sum here is ${label(level.bestRawSum, 40)}; its weights were picked after seeing the result, which favours it.`}
      </p>
    </section>
  );
}

/** Ahead of how many, behind how many: what the table says, in a sentence. */
function standing({ method }: FrontierComparison, { differences, ...level }: Level): string {
  const count = (verdict: keyof typeof VERDICTS) =>
    differences.filter((each) => each.verdict === verdict).length;
  return `At ${levelText({ ...level, differences })} ${label(method, 40)} is ahead of ${count("ahead")} of ${plural(
    differences.length,
    "other way",
  )}, behind ${count("behind")}, and not told apart from ${count("not told apart")}.`;
}

const levelText = ({ kl, k }: Level): string => `${k === null ? "" : `k = ${k}, `}KL ${decimal(kl, 2)} nats`;

const VERDICTS = { ahead: "▲ ahead", behind: "▼ behind", "not told apart": "not told apart" } as const;
