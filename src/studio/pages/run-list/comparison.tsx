import { label, visible } from "../../../report/text.ts";
import type { RunSummary } from "../../../serve/studio/types.ts";
import { href } from "../../router.ts";
import { ComparedCurves } from "./compared-curves.tsx";
import { figureText, KIND_NAMES, type Tick } from "./kinds.ts";

/** The ticked runs as columns, their figures as rows. */
export function Comparison({ runs, tick }: { runs: readonly RunSummary[]; tick: Tick }) {
  const names = [...new Set(runs.flatMap(({ figures }) => figures.map(({ name }) => name)))];
  return (
    <section class="card comparison" aria-label="Side by side">
      <h2>Side by side</h2>
      {runs.length === 1 && <p class="note">Tick another run to compare it with.</p>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section class="scroll" tabIndex={0} aria-label="Runs side by side">
        <table>
          <thead>
            <tr>
              <td />
              {runs.map(({ name }) => (
                <th key={name} scope="col">
                  <a href={href("run", [name])}>{visible(name)}</a>{" "}
                  <button
                    type="button"
                    class="plain"
                    aria-label={`Leave out ${visible(name)}`}
                    onClick={() => tick(name, false)}
                  >
                    ✕
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <Line
              name="kind"
              cells={runs.map(({ kind, made }) => `${KIND_NAMES[kind]} (${visible(made)})`)}
            />
            <Line
              name="goal or value"
              cells={runs.map(({ goal }) => (goal === null ? "" : label(goal, 200)))}
            />
            {names.map((name) => (
              <Line
                key={name}
                name={label(name, 60)}
                cells={runs.map(({ figures }) => {
                  const figure = figures.find((each) => each.name === name);
                  return figure === undefined ? "" : figureText(figure);
                })}
              />
            ))}
          </tbody>
        </table>
      </section>
      <ComparedCurves runs={runs} />
    </section>
  );
}

function Line({ name, cells }: { name: string; cells: readonly string[] }) {
  return (
    <tr>
      <th scope="row" class="note">
        {name}
      </th>
      {cells.map((cell, i) => (
        <td key={i}>{cell}</td>
      ))}
    </tr>
  );
}
