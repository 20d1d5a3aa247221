import { label, visible } from "../../../report/text.ts";
import type { RunSummary } from "../../../serve/studio/types.ts";
import { href } from "../../router.ts";
import { figureText, KIND_NAMES, type Tick } from "./kinds.ts";

type Props = { runs: readonly RunSummary[]; ticked: readonly string[]; tick: Tick };

/** One row a run; on a narrow page, one card. */
export function RunsTable({ runs, ticked, tick }: Props) {
  return (
    <table class="runs">
      <thead>
        <tr>
          <th scope="col">
            <span class="hidden">Compare</span>
          </th>
          <th scope="col">Run</th>
          <th scope="col">Kind</th>
          <th scope="col">Goal or value</th>
          <th scope="col">Main figures</th>
          <th scope="col">Written</th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <Row key={run.name} run={run} ticked={ticked.includes(run.name)} tick={tick} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ run, ticked, tick }: { run: RunSummary; ticked: boolean; tick: Tick }) {
  const { name, kind, made, goal, date, figures, problem } = run;
  const shown = name === "." ? "this folder" : visible(name);
  return (
    <tr>
      <td class="tick">
        <input
          type="checkbox"
          aria-label={`Compare ${shown}`}
          checked={ticked}
          onChange={(event) => tick(name, event.currentTarget.checked)}
        />
      </td>
      <th scope="row">
        <a href={href("run", [name])}>{shown}</a>
      </th>
      <td>
        {KIND_NAMES[kind]}
        <span class="note block">{visible(made)}</span>
      </td>
      <td class="goal-text">{goal === null ? "" : label(goal, 200)}</td>
      <td>
        {problem !== undefined && <span class="run-problem">{visible(problem)}</span>}
        <ul class="figures-list">
          {figures.map((figure) => (
            <li key={figure.name}>
              <span class="note">{label(figure.name, 60)}</span>{" "}
              <span class="number">{figureText(figure)}</span>
            </li>
          ))}
        </ul>
      </td>
      <td>
        <time dateTime={date}>{new Date(date).toLocaleString()}</time>
      </td>
    </tr>
  );
}
