import { useState } from "preact/hooks";
import { postJson } from "../../api.ts";
import { DataText } from "../../components/data-text.tsx";
import { ErrorBox } from "../../components/states.tsx";

type Props = { id: string; rater: string; meaning: string; onChanged(): void };

/** The sentence that says what the value means, and the way to change it. */
export function Meaning({ id, rater, meaning, onChanged }: Props) {
  const [edited, setEdited] = useState<string>();
  const [error, setError] = useState<unknown>();
  const save = async (event: Event) => {
    event.preventDefault();
    try {
      await postJson("label/meaning", { id, rater, meaning: edited ?? "" });
      setEdited(undefined);
      setError(undefined);
      onChanged();
    } catch (failed) {
      setError(failed);
    }
  };
  if (edited === undefined) {
    return (
      <p class="label-meaning">
        {meaning === "" ? (
          <span class="note">What the value means is not said yet.</span>
        ) : (
          <DataText text={meaning} />
        )}{" "}
        <button type="button" class="plain" onClick={() => setEdited(meaning)}>
          edit<span class="hidden"> what the value means</span>
        </button>
      </p>
    );
  }
  return (
    <form class="label-meaning" onSubmit={save}>
      <label class="label-field">
        <span>What the value means, for all raters</span>
        <textarea
          rows={2}
          maxLength={1000}
          value={edited}
          onInput={(event) => setEdited(event.currentTarget.value)}
        />
      </label>
      {error !== undefined && <ErrorBox title="It is not saved" error={error} />}
      <p class="row">
        <button type="submit" class="primary">
          Save
        </button>
        <button type="button" onClick={() => setEdited(undefined)}>
          Cancel
        </button>
      </p>
    </form>
  );
}
