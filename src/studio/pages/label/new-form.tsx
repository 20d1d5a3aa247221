import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { plural } from "../../../report/text.ts";
import type { LabelHome, NewLabelling } from "../../../serve/studio/label-types.ts";
import { postJson } from "../../api.ts";
import { ErrorBox } from "../../components/states.tsx";
import { href } from "../../router.ts";
import { meaningFor, SUGGESTED } from "./values.ts";

const BEGIN = { questions: 50, shared: 20, seed: 1 };

/** Which responses, which value, how many questions. */
export function NewLabellingForm({ sources }: { sources: LabelHome["sources"] }) {
  const [chosen, setChosen] = useState<readonly string[]>(sources.slice(0, 1).map(({ path }) => path));
  const [value, setValue] = useState("helpful");
  const [meaning, setMeaning] = useState<string>();
  const [numbers, setNumbers] = useState(BEGIN);
  const [state, setState] = useState<{ busy: boolean; error?: unknown }>({ busy: false });
  const begin = async (event: Event) => {
    event.preventDefault();
    setState({ busy: true });
    const asked: NewLabelling = {
      value: value.trim(),
      meaning: (meaning ?? meaningFor(value.trim())).trim(),
      sources: [...chosen],
      questions: numbers.questions,
      shared: numbers.shared / 100,
      seed: numbers.seed,
    };
    try {
      const { id } = await postJson<{ id: string }>("label", asked);
      location.hash = href("label", [id]);
    } catch (error) {
      setState({ busy: false, error });
    }
  };
  const number = (name: keyof typeof BEGIN, label: string, min: number, max: number, note: string) => (
    <Field id={`label-${name}`} label={label} note={note}>
      <input
        id={`label-${name}`}
        aria-describedby={`label-${name}-note`}
        type="number"
        required
        min={min}
        max={max}
        value={numbers[name]}
        onInput={(event) => setNumbers({ ...numbers, [name]: event.currentTarget.valueAsNumber })}
      />
    </Field>
  );
  return (
    <form class="label-new" onSubmit={begin}>
      <SourceChoice sources={sources} chosen={chosen} onChoose={setChosen} />
      <div class="columns">
        <Field id="label-value" label="Value, one at a time" note="A word that a goal sentence can name.">
          <input
            id="label-value"
            aria-describedby="label-value-note"
            required
            list="label-values"
            value={value}
            autocomplete="off"
            onInput={(event) => setValue(event.currentTarget.value)}
          />
          <datalist id="label-values">
            {SUGGESTED.map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
        </Field>
        <Field
          id="label-means"
          label="What it means here"
          note="Shown at every question; it can be changed later."
        >
          <textarea
            id="label-means"
            aria-describedby="label-means-note"
            rows={3}
            maxLength={1000}
            value={meaning ?? meaningFor(value.trim())}
            onInput={(event) => setMeaning(event.currentTarget.value)}
          />
        </Field>
      </div>
      <div class="columns">
        {number("questions", "Questions", 1, 10_000, "One in five is at a prompt kept for testing.")}
        {number(
          "shared",
          "For every rater, %",
          0,
          100,
          "Questions that all raters get: agreement is measured on them.",
        )}
        {number("seed", "Seed", 0, 0xffffffff, "Of the questions drawn, their order, and the sides.")}
      </div>
      {state.error !== undefined && <ErrorBox title="It can't begin" error={state.error} />}
      <button type="submit" class="primary" disabled={state.busy || chosen.length === 0}>
        {state.busy ? "Reading the responses…" : "Begin"}
      </button>
    </form>
  );
}

type FieldProps = { id: string; label: string; note: string; children: ComponentChildren };

/** A control with its name above and a note below, which describes it. */
function Field({ id, label, note, children }: FieldProps) {
  return (
    <div class="label-field">
      <label for={id}>{label}</label>
      {children}
      <span class="note" id={`${id}-note`}>
        {note}
      </span>
    </div>
  );
}

type ChoiceProps = {
  sources: LabelHome["sources"];
  chosen: readonly string[];
  onChoose(paths: readonly string[]): void;
};

function SourceChoice({ sources, chosen, onChoose }: ChoiceProps) {
  return (
    <fieldset class="label-sources">
      <legend>Responses from</legend>
      <p class="note">
        Files that answer the same prompts are put together: choose two to compare two policies, blind.
      </p>
      <div class="label-source-list">
        {sources.map(({ path, bytes }) => (
          <label key={path}>
            <input
              type="checkbox"
              checked={chosen.includes(path)}
              onChange={({ currentTarget: { checked } }) =>
                onChoose(checked ? [...chosen, path] : chosen.filter((each) => each !== path))
              }
            />
            <code>{path}</code>
            <span class="note number">{sizeOf(bytes)}</span>
          </label>
        ))}
      </div>
      {chosen.length > 1 && <p class="note">{plural(chosen.length, "file")} together.</p>}
    </fieldset>
  );
}

const sizeOf = (bytes: number): string =>
  bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${Math.round(bytes / 1e6)} MB`;
