import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { NumberTable } from "./number-table.tsx";

type Props = {
  title: string;
  /** How to read it. */
  note?: string;
  children: ComponentChildren;
  /** The numbers, for whoever can't or won't read the picture. */
  numbers?: NumbersTable | (() => NumbersTable);
};

type NumbersTable = { header: readonly string[]; rows: readonly (readonly string[])[] };

/** A picture with its title, how to read it, and the numbers behind it. */
export function Figure({ title, note, children, numbers }: Props) {
  return (
    <figure class="figure">
      <h3>{title}</h3>
      {children}
      {note !== undefined && <figcaption class="note">{note}</figcaption>}
      {numbers !== undefined && <Numbers title={title} numbers={numbers} />}
    </figure>
  );
}

/** Made when it is opened: a page may have twenty of them, which change with every step of a run. */
function Numbers({ title, numbers }: { title: string; numbers: NonNullable<Props["numbers"]> }) {
  const [open, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>The numbers</summary>
      {open && (
        <NumberTable
          label={`Numbers of: ${title}`}
          class="plain-table"
          {...(typeof numbers === "function" ? numbers() : numbers)}
        />
      )}
    </details>
  );
}

export type KeyEntry = {
  name: string;
  colour: string;
  shape?: "line" | "fill" | "dot" | "ring";
  /** Of a line: SVG's `stroke-dasharray`; "" is solid. */
  dash?: string;
};

/** What the colours stand for; each has a shape too, so that nobody depends on colour alone. */
export function Key({ entries }: { entries: readonly KeyEntry[] }) {
  return (
    <ul class="key">
      {entries.map(({ name, colour, shape = "line", dash = "" }) => (
        <li key={name}>
          <svg width="26" height="14" aria-hidden="true">
            {shape === "fill" && <rect width="26" height="14" fill={colour} fill-opacity="0.55" />}
            {shape === "line" && (
              <line
                x1="0"
                x2="26"
                y1="7"
                y2="7"
                stroke={colour}
                stroke-width="3"
                stroke-dasharray={dash === "" ? undefined : dash}
              />
            )}
            {(shape === "dot" || shape === "ring") && (
              <circle
                cx="13"
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
