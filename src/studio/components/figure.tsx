import type { ComponentChildren } from "preact";

type Props = {
  title: string;
  /** How to read it. */
  note?: string;
  children: ComponentChildren;
  /** The numbers, for whoever can't or won't read the picture. */
  numbers?: { header: readonly string[]; rows: readonly (readonly string[])[] };
};

/** A picture with its title, how to read it, and the numbers behind it. */
export function Figure({ title, note, children, numbers }: Props) {
  return (
    <figure class="figure">
      <h3>{title}</h3>
      {children}
      {note !== undefined && <figcaption class="note">{note}</figcaption>}
      {numbers !== undefined && (
        <details>
          <summary>The numbers</summary>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
          <section class="scroll" tabIndex={0} aria-label={`Numbers of: ${title}`}>
            <table class="plain-table">
              <thead>
                <tr>
                  {numbers.header.map((name) => (
                    <th key={name} scope="col">
                      {name}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {numbers.rows.map((row) => (
                  <tr key={row.join("|")}>
                    {row.map((cell, i) => (i === 0 ? <th scope="row">{cell}</th> : <td>{cell}</td>))}
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        </details>
      )}
    </figure>
  );
}

export type KeyEntry = { name: string; colour: string; shape?: "line" | "fill" | "dashed" | "dot" | "ring" };

/** What the colours stand for; each has a shape too, so that nobody depends on colour alone. */
export function Key({ entries }: { entries: readonly KeyEntry[] }) {
  return (
    <ul class="key">
      {entries.map(({ name, colour, shape = "line" }) => (
        <li key={name}>
          <svg width="18" height="14" aria-hidden="true">
            {shape === "fill" && <rect width="18" height="14" fill={colour} fill-opacity="0.55" />}
            {(shape === "line" || shape === "dashed") && (
              <line
                x1="0"
                x2="18"
                y1="7"
                y2="7"
                stroke={colour}
                stroke-width="3"
                stroke-dasharray={shape === "dashed" ? "4 3" : undefined}
              />
            )}
            {(shape === "dot" || shape === "ring") && (
              <circle
                cx="9"
                cy="7"
                r="4.5"
                stroke={colour}
                stroke-width="2"
                fill={shape === "dot" ? colour : "none"}
              />
            )}
          </svg>
          {name}
        </li>
      ))}
    </ul>
  );
}
