import { visible } from "../../../report/text.ts";

type Props = { caption: string; header: readonly string[]; rows: readonly (readonly string[])[] };

/** A table whose first column names the row; it scrolls sideways where it is too wide. */
export function Numbers({ caption, header, rows }: Props) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="scroll" tabIndex={0} aria-label={caption}>
      <table class="label-table number">
        <thead>
          <tr>
            {header.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, ...cells]) => (
            <tr key={name}>
              <th scope="row">
                <bdi>{visible(name ?? "")}</bdi>
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
