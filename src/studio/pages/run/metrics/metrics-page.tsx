import { useMemo, useState } from "preact/hooks";
import { percent, whole } from "../../../../report/format.ts";
import { label, visible } from "../../../../report/text.ts";
import type { MetricsRun } from "../../../../serve/studio/types.ts";
import { getJson, useAsked } from "../../../api.ts";
import { Empty, ErrorBox, Loading } from "../../../components/states.tsx";
import { Change } from "./change-table.tsx";
import { CurvePlot } from "./curve-plot.tsx";
import { panelsOf } from "./panels.ts";
import { useLive } from "./use-live.ts";

/** The curves of a training run, growing while it goes on. */
export function MetricsPage({ run }: { run: string }) {
  const asked = useAsked(`metrics ${run}`, (signal) => getJson<MetricsRun>("metrics", { run }, signal));
  if (asked.state === "loading") return <Loading what="the curves" />;
  if (asked.state === "failed")
    return <ErrorBox title="The run can't be read" error={asked.error} retry={asked.again} />;
  return <Metrics run={asked.value} />;
}

const STATE_WORDS = {
  live: "not finished; the page follows it as it goes on",
  reconnecting: "the connection is lost; trying again",
  done: "the run is done",
} as const;

function Metrics({ run }: { run: MetricsRun }) {
  const { rows, result, state } = useLive(run);
  const [smooth, setSmooth] = useState(0);
  const panels = useMemo(() => panelsOf(rows), [rows]);
  return (
    <>
      <div class="row filters">
        <span class={state === "live" ? "live on" : "live"} role="status">
          {STATE_WORDS[state]}
        </span>
        <span class="note number" data-rows={rows.length}>
          {whole(rows.at(-1)?.step ?? 0)} steps
        </span>
        <label class="row">
          Smoothing
          <input
            type="range"
            class="short"
            min="0"
            max="0.95"
            step="0.05"
            value={smooth}
            aria-valuetext={smooth === 0 ? "none" : percent(smooth)}
            onInput={(event) => setSmooth(event.currentTarget.valueAsNumber)}
          />
        </label>
      </div>
      {run.goal !== null && (
        <p>
          Towards <code>{label(run.goal, 300)}</code>
        </p>
      )}
      <Change kind={run.kind} rows={rows} result={result} />
      {panels.length === 0 && <Empty title="The run has not done a step yet" />}
      <div class="columns">
        {panels.map((panel) => (
          <CurvePlot key={panel.title} panel={panel} smooth={smooth} />
        ))}
      </div>
      <section class="section columns">
        <Facts title="Settings" facts={run.settings} />
        {result !== null && <Facts title="Result" facts={withoutChange(result)} />}
      </section>
    </>
  );
}

/** What the table at the top says is not said again. */
const withoutChange = ({ first: _, last: __, ...facts }: Record<string, unknown>): Record<string, unknown> =>
  facts;

function Facts({ title, facts }: { title: string; facts: Record<string, unknown> }) {
  return (
    <div>
      <h2>{title}</h2>
      <dl class="facts">
        {flat(facts).map(([name, value]) => (
          <>
            <dt>{label(name, 60)}</dt>
            <dd>{visible(value)}</dd>
          </>
        ))}
      </dl>
    </div>
  );
}

/** Names of inner objects are joined by dots; bulk is left out. */
function flat(facts: Record<string, unknown>, prefix = ""): [string, string][] {
  return Object.entries(facts).flatMap(([name, value]): [string, string][] => {
    const full = `${prefix}${name}`;
    if (typeof value === "number")
      return [[full, Number.isInteger(value) ? whole(value) : `${Number(value.toPrecision(5))}`]];
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return flat(Object.fromEntries(Object.entries(value)), `${full}.`);
    const text =
      typeof value === "string" ? value : Array.isArray(value) ? value.join(", ") : JSON.stringify(value);
    return text === undefined || text.length > 300 ? [] : [[full, text]];
  });
}
