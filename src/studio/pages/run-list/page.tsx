import { useEffect, useMemo, useState } from "preact/hooks";
import { plural, visible } from "../../../report/text.ts";
import type { RunKind, RunList, RunSummary } from "../../../serve/studio/types.ts";
import { getJson, useAsked } from "../../api.ts";
import { Empty, ErrorBox, Loading } from "../../components/states.tsx";
import type { PageProps } from "../../pages.ts";
import { href, type Route, replaceQuery } from "../../router.ts";
import { Comparison } from "./comparison.tsx";
import { KIND_NAMES } from "./kinds.ts";
import { RunsTable } from "./runs-table.tsx";
import "./runs.css";

/** Every run of the folder; those that are ticked stand side by side. */
export default function RunsPage({ route }: PageProps) {
  const asked = useAsked("runs", (signal) => getJson<RunList>("runs", {}, signal));
  if (asked.state === "loading") return <Loading what="the runs" />;
  if (asked.state === "failed")
    return <ErrorBox title="The folder can't be read" error={asked.error} retry={asked.again} />;
  return <Runs list={asked.value} route={route} again={asked.again} />;
}

type Props = { list: RunList; route: Route; again(): void };

function Runs({ list: { folder, runs, cut }, route, again }: Props) {
  const { query } = route;
  const kinds = useMemo(() => [...new Set(runs.map((run) => run.kind))], [runs]);
  const kind = kindOf(query.get("kind") ?? "", kinds);
  const [text, setText] = useState(query.get("find") ?? "");
  const ticked = query.getAll("with");
  const shown = runs.filter((run) => (kind === "all" || run.kind === kind) && speaksOf(run, text));
  const compared = runs.filter(({ name }) => ticked.includes(name));
  const tick = (name: string, on: boolean) => {
    const next = new URLSearchParams(query);
    next.delete("with");
    for (const each of on ? [...ticked, name] : ticked.filter((one) => one !== name))
      next.append("with", each);
    location.hash = href("", [], next);
  };
  const set = (name: "kind" | "find", value: string) => {
    const next = new URLSearchParams(query);
    if (value === "") next.delete(name);
    else next.set(name, value);
    if (next.toString() !== query.toString()) replaceQuery(route, next);
  };
  useEffect(() => {
    // not at every letter: browsers refuse too many changes of the address
    const timer = setTimeout(() => set("find", text), 300);
    return () => clearTimeout(timer);
  }, [text, route]);
  return (
    <>
      <h1>Runs</h1>
      <p class="sub">
        in <code>{visible(folder)}</code>
        {cut && ": there are more folders than were looked at; open one of them itself"}
      </p>
      {runs.length === 0 ? (
        <NoRuns again={again} />
      ) : (
        <>
          <div class="row filters">
            <label class="row">
              Show
              <select
                value={kind === "all" ? "" : kind}
                onChange={(event) => set("kind", event.currentTarget.value)}
              >
                <option value="">all kinds</option>
                {kinds.map((each) => (
                  <option key={each} value={each}>
                    {KIND_NAMES[each]}
                  </option>
                ))}
              </select>
            </label>
            <label class="row">
              Search
              <input
                type="search"
                placeholder="in names and goals"
                value={text}
                onInput={(event) => setText(event.currentTarget.value)}
              />
            </label>
            <button type="button" onClick={again}>
              Look again
            </button>
            <span class="note" role="status">
              {shown.length === runs.length
                ? plural(runs.length, "run")
                : `${shown.length} of ${plural(runs.length, "run")}`}
              . Tick two or more to see them side by side.
            </span>
          </div>
          {compared.length > 0 && <Comparison runs={compared} tick={tick} />}
          <RunsTable runs={shown} ticked={ticked} tick={tick} />
        </>
      )}
    </>
  );
}

/** Whether a run's name, its goal or what made it has the text in it, whatever the case. */
const speaksOf = ({ name, goal, made }: RunSummary, text: string): boolean =>
  `${name}\n${goal ?? ""}\n${made}`.toLowerCase().includes(text.toLowerCase());

const kindOf = (value: string, kinds: readonly RunKind[]): RunKind | "all" =>
  kinds.find((each) => each === value) ?? "all";

function NoRuns({ again }: { again(): void }) {
  return (
    <Empty title="There is no run here yet">
      <p>
        Make one, for example <code>allgood demo --out runs/demo</code>, and open the studio on its folder:{" "}
        <code>allgood view runs</code>.
      </p>
      <button type="button" onClick={again}>
        Look again
      </button>
    </Empty>
  );
}
