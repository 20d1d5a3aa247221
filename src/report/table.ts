import { type Html, html } from "./html.ts";
import { cut } from "./text.ts";

/** A column is numeric (right-aligned) where it says so; its cells are already formatted. */
type Column = { title: string; numeric?: boolean };

export type Table = { columns: readonly Column[]; rows: readonly (readonly (string | Html)[])[] };

/** Longest text of one cell. */
const CELL = 200;

/** A data table whose first cell of each row is its header. It scrolls sideways by itself on a narrow screen. */
export function table({ columns, rows }: Table): Html {
  const numeric = (i: number) => (columns[i]?.numeric ? html` class="n"` : null);
  return html`<div class="scroll" tabindex="0" role="group" aria-label="Table"><table>
<thead><tr>${columns.map(({ title }, i) => html`<th scope="col"${numeric(i)}>${title}</th>`)}</tr></thead>
<tbody>${rows.map(
    (row) =>
      html`<tr>${row.map((value, i) =>
        i === 0 ? html`<th scope="row">${cell(value)}</th>` : html`<td${numeric(i)}>${cell(value)}</td>`,
      )}</tr>\n`,
  )}</tbody>
</table></div>`;
}

function cell(value: string | Html): Html {
  if (typeof value !== "string") return value;
  const { text, left } = cut(value, CELL);
  return left === 0 ? html`<bdi>${text}</bdi>` : html`<bdi>${text}</bdi>…`;
}
