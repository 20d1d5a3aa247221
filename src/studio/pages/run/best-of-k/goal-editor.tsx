import { useState } from "preact/hooks";
import type { ObjectiveFile } from "../../../../objective/index.ts";
import { sealObjective } from "../../../../objective/index.ts";
import { visible } from "../../../../report/text.ts";
import { getJson } from "../../../api.ts";
import { editedObjective } from "./edit.ts";
import type { Run } from "./run.ts";
import type { Editing } from "./use-edit.ts";
import { ValueControls } from "./value-controls.tsx";

/** The goal sentence as a formula, and what each of its values is measured by. */
export function GoalEditor({ run, editing }: { run: Run; editing: Editing }) {
  const { sentence, problem, edited, edit, setSentence, change, reset } = editing;
  return (
    <section class="card editor" aria-label="The objective, to edit">
      <label class="field" htmlFor="goal">
        The goal, as a sentence over{" "}
        {run.values.map(({ name }, i) => (
          <>
            {i > 0 && ", "}
            <code>{visible(name)}</code>
          </>
        ))}
      </label>
      <textarea
        id="goal"
        class="goal"
        rows={1}
        value={sentence}
        spellcheck={false}
        autocomplete="off"
        aria-invalid={problem !== undefined}
        aria-describedby="goal-problem"
        onInput={(event) => setSentence(event.currentTarget.value.replace(/\n/g, " "))}
      />
      <div id="goal-problem" aria-live="polite">
        {problem !== undefined && (
          <>
            <pre class="problem">{visible(problem)}</pre>
            <p class="note">
              Until then all figures are those of <code>{visible(edit.goal)}</code>.
            </p>
          </>
        )}
      </div>
      <div class="controls">
        {run.values.map((value) => (
          <ValueControls key={value.name} value={value} editing={editing} />
        ))}
      </div>
      <div class="row">
        <label class="row">
          <input
            type="checkbox"
            checked={edit.gamma !== null}
            onChange={(event) => change({ gamma: event.currentTarget.checked ? (run.gamma ?? 0.5) : null })}
          />
          Soft choice
        </label>
        {edit.gamma !== null && (
          <label class="row">
            γ
            <input
              type="number"
              class="small-number"
              min="0.01"
              step="0.05"
              value={edit.gamma}
              onInput={({ currentTarget: { valueAsNumber: gamma } }) => gamma > 0 && change({ gamma })}
            />
          </label>
        )}
        <span class="grow" />
        <button type="button" disabled={!edited} onClick={reset}>
          Reset
        </button>
        <CopyButtons run={run} editing={editing} />
      </div>
    </section>
  );
}

function CopyButtons({ run, editing: { edit, problem } }: { run: Run; editing: Editing }) {
  const [said, say] = useState("");
  const copyGoal = async () => {
    await navigator.clipboard.writeText(edit.goal);
    say("The goal is copied.");
  };
  const saveObjective = async () => {
    const file = await getJson<ObjectiveFile>("best-of-k/objective", { run: run.name });
    download("objective.json", JSON.stringify(await sealObjective(editedObjective(file, edit))));
    say("Saved. Keep it beside the run's own objective: paths of models in it are relative to its folder.");
  };
  const trying = (work: () => Promise<void>) => () =>
    work().catch((error: unknown) => say(error instanceof Error ? error.message : String(error)));
  return (
    <>
      <button type="button" disabled={problem !== undefined} onClick={trying(copyGoal)}>
        Copy the goal
      </button>
      <button type="button" disabled={problem !== undefined} onClick={trying(saveObjective)}>
        Save as objective file
      </button>
      <span class="note" role="status">
        {said}
      </span>
    </>
  );
}

function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
