import type { ColumnNames } from "../../../evaluate/audit-names.ts";
import { label, visible } from "../../../report/text.ts";
import type { AuditChoices } from "./messages.ts";

type Props = { columns: ColumnNames; busy: boolean; onAudit: (choices: AuditChoices) => void };

/** What `allgood audit` takes as options, filled in with what the file seems to hold. */
export function Choices({ columns, busy, onAudit }: Props) {
  const { numeric, other } = columns;
  const submit = (event: Event & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    onAudit(choicesOf(new FormData(event.currentTarget)));
  };
  return (
    <form class="choices card" aria-label="What to audit" onSubmit={submit}>
      <fieldset>
        <legend>Reward columns</legend>
        {numeric.length === 0 && <p class="note">No column of the first rows holds numbers alone.</p>}
        <div class="row">
          {numeric.map((name) => (
            <label key={name} class="check">
              <input type="checkbox" name="column" value={name} defaultChecked />
              <bdi>{label(name, 60)}</bdi>
            </label>
          ))}
        </div>
        <label>
          <span>Others, separated by commas</span>
          <input name="others" type="text" autocomplete="off" spellcheck={false} />
        </label>
      </fieldset>
      <div class="fields">
        <Column name="prompt" title="Prompt" names={[...other, ...numeric]} standard="prompt" />
        <Column
          name="response"
          title="Response"
          names={[...other, ...numeric]}
          standard="response"
          without="“response”, if there is one"
        />
        <label>
          <span>Seed of the intervals</span>
          <input name="seed" type="number" step="1" required defaultValue="1" />
        </label>
      </div>
      <label class="check">
        <input type="checkbox" name="skipBad" />
        Leave bad rows out and count them, instead of stopping at the first
      </label>
      <button type="submit" class="primary" disabled={busy}>
        Audit
      </button>
    </form>
  );
}

type ColumnProps = { name: string; title: string; names: string[]; standard: string; without?: string };

function Column({ name, title, names, standard, without = `“${standard}”` }: ColumnProps) {
  return (
    <label>
      <span>{title}</span>
      <select name={name}>
        <option value="">{without}</option>
        {names
          .filter((each) => each !== standard)
          .map((each) => (
            <option key={each} value={each}>
              {visible(each)}
            </option>
          ))}
      </select>
    </label>
  );
}

function choicesOf(form: FormData): AuditChoices {
  const text = (name: string) => String(form.get(name) ?? "");
  const others = text("others").split(",");
  const named = others.map((name) => name.trim()).filter((name) => name !== "");
  return {
    columns: [...form.getAll("column").map(String), ...named],
    seed: Number(text("seed")),
    ...(text("prompt") !== "" && { promptColumn: text("prompt") }),
    ...(text("response") !== "" && { responseColumn: text("response") }),
    ...(form.has("skipBad") && { skipBad: true }),
  };
}
