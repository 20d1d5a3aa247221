import { columnsOf, type Encoder, finite, refuseNewColumns, toJson } from "./row-encoder.ts";

/** RFC 4180 with "\n" between records; missing, undefined and null values are empty cells. */
export function csvEncoder(path: string, delimiter: "," | "\t"): Encoder {
  const special = new RegExp(`["\\r\\n${delimiter}]|^\\ufeff`);
  const quote = (text: string) => (special.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  let columns: string[] | undefined;
  let known = new Set<string>();
  let written = 0;

  // a lone empty cell would be a blank line, which readers skip
  const line = (cells: string[]) =>
    `${cells.length === 1 && cells[0] === "" ? '""' : cells.join(delimiter)}\n`;

  const cell = (value: unknown, field: string) => {
    const place = { file: path, line: written, field };
    if (value === undefined || value === null) return "";
    if (typeof value === "number") return String(finite(value, place));
    return quote(typeof value === "string" ? value : toJson(value, place));
  };

  return {
    batchRows: 1000,
    batchCharacters: 2 ** 20,
    encode(rows) {
      if (rows.length === 0) return new Uint8Array();
      let text = "";
      if (columns === undefined) {
        columns = columnsOf(rows);
        known = new Set(columns);
        text = line(columns.map(quote));
      }
      for (const row of rows) {
        written += 1;
        refuseNewColumns(row, known, { file: path, line: written });
        text += line(columns.map((field) => cell(row[field], field)));
      }
      return Buffer.from(text);
    },
    finish: () => new Uint8Array(),
  };
}
