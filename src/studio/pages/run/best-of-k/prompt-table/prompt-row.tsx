import { memo } from "preact/compat";
import { decimal, signed } from "../../../../../report/format.ts";
import { label } from "../../../../../report/text.ts";
import type { Edit } from "../edit.ts";
import type { Evaluator } from "../evaluator.ts";
import type { Run } from "../run.ts";
import type { Rows } from "./order.ts";
import { PromptDetail } from "./prompt-detail.tsx";

type Props = Rows & {
  run: Run;
  edit: Edit;
  evaluator: Evaluator;
  prompt: number;
  text: string;
  /** Its place in the table, from 1; the header is the first. */
  row: number;
  open: boolean;
  toggle(prompt: number): void;
};

/** One line for a prompt, and everything about it once it is opened. */
export const PromptRow = memo(function PromptRow(props: Props) {
  const { run, outcome, before, chosen, prompt, text, row, open, toggle } = props;
  const [now, was] = [outcome.chosen[prompt]!, chosen[prompt]!];
  const p = Math.exp(outcome.u[prompt]!);
  const gain = p - Math.exp(before.u[prompt]!);
  const binding = outcome.values[outcome.binding[prompt]!];
  return (
    <>
      <div role="row" class="table-row" aria-rowindex={row}>
        <div role="cell" class="prompt-cell">
          <button type="button" class="expand" aria-expanded={open} onClick={() => toggle(prompt)}>
            <span aria-hidden="true">{open ? "▾" : "▸"}</span> <bdi>{label(text, 160)}</bdi>
          </button>
        </div>
        <div role="cell" class="number">
          {now === was ? `#${now + 1}` : <strong class="changed">{`#${was + 1} → #${now + 1}`}</strong>}
        </div>
        <div role="cell" class="n">
          {decimal(p, 3)}
        </div>
        <div role="cell" class="n">
          {Math.abs(gain) < 5e-4 ? "" : signed(gain, 3)}
        </div>
        <div role="cell">{binding === undefined ? "nothing" : label(binding, 24)}</div>
        <div role="cell">{outcome.good[prompt] === 1 ? "✓ good" : "–"}</div>
      </div>
      {open && (
        <div role="row" class="detail-row">
          <div role="cell">
            <PromptDetail
              run={run}
              edit={props.edit}
              evaluator={props.evaluator}
              prompt={prompt}
              now={now}
              was={was}
            />
          </div>
        </div>
      )}
    </>
  );
});
