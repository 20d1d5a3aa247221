import { useEffect, useState } from "preact/hooks";
import { getJson, request, useAsked } from "../../../api.ts";
import { ErrorBox, Loading } from "../../../components/states.tsx";
import { Distributions } from "./distributions.tsx";
import { Evaluator } from "./evaluator.ts";
import { FiguresTable } from "./figures-table.tsx";
import { GoalEditor } from "./goal-editor.tsx";
import { PromptTable } from "./prompt-table/prompt-table.tsx";
import type { Run } from "./run.ts";
import { RunEvaluation } from "./run-evaluation.tsx";
import { RunLead } from "./run-lead.tsx";
import { readLabels, readRunRows } from "./run-rows.ts";
import { useEdit } from "./use-edit.ts";

type Loaded = { run: Run; evaluator: Evaluator; labels: string[]; chosen: Int32Array };

/** A best-of-k run: its goal to edit, what would be chosen, and every prompt. */
export function BestOfKPage({ run }: { run: string }) {
  const asked = useAsked(`best-of-k ${run}`, (signal) => load(run, signal));
  if (asked.state === "loading") return <Loading what="all candidates" />;
  if (asked.state === "failed")
    return <ErrorBox title="The run can't be read" error={asked.error} retry={asked.again} />;
  return <Loaded {...asked.value} />;
}

async function load(name: string, signal: AbortSignal): Promise<Loaded> {
  const run = await getJson<Run>("best-of-k", { run: name }, signal);
  const response = await request("best-of-k/columns", { run: name }, { signal });
  const buffer = await response.arrayBuffer();
  const labels = readLabels(buffer);
  const { chosen } = readRunRows(buffer);
  // a copy: the buffer itself is handed to the worker
  return { run, labels, chosen: chosen.slice(), evaluator: new Evaluator(buffer, run.seed) };
}

function Loaded({ run, evaluator, labels, chosen }: Loaded) {
  useEffect(() => () => evaluator.close(), [evaluator]);
  const editing = useEdit(run, evaluator);
  const { edit, before, after, failed } = editing;
  const [explained, setExplained] = useState(false);
  if (failed !== undefined) return <ErrorBox title="The candidates can't be evaluated" error={failed} />;
  if (before === undefined || after === undefined) return <Loading what="the numbers of all candidates" />;
  return (
    <>
      <RunLead evaluation={run.evaluation} />
      <div class="bench">
        <GoalEditor run={run} editing={editing} />
        <FiguresTable
          run={run}
          before={before}
          after={after}
          chosen={chosen}
          own={editing.own}
          edit={edit}
          edited={editing.edited}
          busy={editing.busy}
        />
      </div>
      <section class="section">
        <h2>Where the rewards lie, before and after choosing</h2>
        <Distributions distributions={after.distributions} edited={editing.edited} />
      </section>
      <section class="section">
        <h2>Every prompt</h2>
        <PromptTable
          run={run}
          edit={edit}
          outcome={after}
          before={before}
          chosen={chosen}
          labels={labels}
          evaluator={evaluator}
        />
      </section>
      <section class="section">
        <details open={explained} onToggle={(event) => setExplained(event.currentTarget.open)}>
          <summary>
            <h2 class="inline">The run's own evaluation: balance, what holds back, probes</h2>
          </summary>
          {explained && <RunEvaluation evaluation={run.evaluation} />}
        </details>
      </section>
    </>
  );
}
