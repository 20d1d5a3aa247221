import { useMemo, useState } from "preact/hooks";
import { visible } from "../../../report/text.ts";
import type { RunKind, RunList } from "../../../serve/studio/types.ts";
import { getJson, useAsked } from "../../api.ts";
import { Empty, ErrorBox, Loading } from "../../components/states.tsx";
import type { PageProps } from "../../pages.ts";
import { href } from "../../router.ts";
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
  return <Runs list={asked.value} ticked={route.query.getAll("with")} again={asked.again} />;
}

type Props = { list: RunList; ticked: readonly string[]; again(): void };

function Runs({ list: { folder, runs, cut }, ticked, again }: Props) {
  const [kind, setKind] = useState<RunKind | "all">("all");
  const kinds = useMemo(() => [...new Set(runs.map((run) => run.kind))], [runs]);
  const shown = runs.filter((run) => kind === "all" || run.kind === kind);
  const compared = runs.filter(({ name }) => ticked.includes(name));
  const tick = (name: string, on: boolean) => {
    const next = on ? [...ticked, name] : ticked.filter((each) => each !== name);
    location.hash = href("", [], new URLSearchParams(next.map((each) => ["with", each])));
  };
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
              <select value={kind} onChange={(event) => setKind(kindOf(event.currentTarget.value, kinds))}>
                <option value="all">all kinds</option>
                {kinds.map((each) => (
                  <option key={each} value={each}>
                    {KIND_NAMES[each]}
                  </option>
                ))}
              </select>
            </label>
            <button type="button" onClick={again}>
              Look again
            </button>
            <span class="note">Tick two or more to see them side by side.</span>
          </div>
          {compared.length > 0 && <Comparison runs={compared} tick={tick} />}
          <RunsTable runs={shown} ticked={ticked} tick={tick} />
        </>
      )}
    </>
  );
}

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
