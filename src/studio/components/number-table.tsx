import { visible } from "../../report/text.ts";

type Props = {
  /** What the table holds, for who does not see it. */
  label: string;
  class: string;
  header: readonly string[];
  rows: readonly (readonly string[])[];
};

/** A table whose first column names the row; it scrolls sideways where it is too wide. */
export function NumberTable({ label, class: name, header, rows }: Props) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="scroll" tabIndex={0} aria-label={label}>
      <table class={name}>
        <thead>
          <tr>
            {header.map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([first = "", ...cells]) => (
            <tr key={[first, ...cells].join("|")}>
              <th scope="row">
                <bdi>{visible(first)}</bdi>
              </th>
              {cells.map((cell, i) => (
                <td key={header[i + 1]}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
