/** Left-aligned text columns, right-aligned numbers; no borders. Cells are already formatted. */
export function table(header: string[], rows: string[][]): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => width(row[column] ?? ""))));
  const numeric = header.map((_, column) =>
    rows.every((row) => /^[−+-]?[\d.,%]+$|^[–-]?$/.test(row[column] ?? "")),
  );
  return all
    .map((row) =>
      row
        .map((cell, column) => pad(cell, widths[column], numeric[column]))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

const width = (text: string) => [...text.replace(/\u001b\[\d+m/g, "")].length;

function pad(cell: string, size: number, right: boolean): string {
  const space = " ".repeat(Math.max(0, size - width(cell)));
  return right ? space + cell : cell + space;
}

/** Keeps text from outside on one line and free of terminal escapes, at most `max` characters. */
export function oneLine(text: string, max = 60): string {
  const safe = text
    .replace(/\s+/g, " ")
    .replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");
  return safe.length > max ? `${safe.slice(0, max - 1)}…` : safe;
}
