import * as Plot from "@observablehq/plot";
import { middleCut as short } from "../text.ts";
import { draw, emptyChart, FONT, isNarrow, TINT, textWidth } from "./draw.ts";

export type Matrix = {
  rows: readonly string[];
  columns: readonly string[];
  /** `cells[row][column]`; null where there is nothing to show. */
  cells: readonly (readonly (number | null)[])[];
  /** What stands in the cell. */
  write: (x: number) => string;
  /** The middle of the scale, where a cell has no colour, and the distance from it at which colour is full. */
  middle: number;
  reach: number;
  /** Heading over the columns and over the rows. */
  columnTitle?: string;
  rowTitle?: string;
};

/**
 * A heat map with its numbers written in: blue above the middle, vermilion below. Where columns are too narrow for
 * their names, the names stand upright.
 */
export function matrix(data: Matrix, width: number, alternative: string): string {
  const { rows, columns, write, middle, reach } = data;
  if (rows.length === 0 || columns.length === 0) return emptyChart(width, "Nothing to compare.", alternative);
  const widest = Math.max(...rows.map((row) => textWidth(short(row, 40)) + 14));
  const left = Math.min(
    isNarrow(width) ? Math.max(100, width - 46 * columns.length) : 270,
    Math.max(50, widest),
  );
  const cellWidth = Math.min(110, (width - left - 4) / columns.length);
  const upright = columns.some((column) => textWidth(short(column, 60)) > cellWidth - 2);
  const names = columns.map((column) => short(column, upright ? 16 : 60));
  const band = upright ? Math.max(...names.map(textWidth)) + 22 : 22;
  const fit = Math.floor((left - 12) / (FONT * 0.56));
  const cells = rows.flatMap((_, row) =>
    columns.flatMap((_, column) => {
      const value = data.cells[row]?.[column];
      return typeof value === "number" && Number.isFinite(value) ? [{ row, column, value }] : [];
    }),
  );
  type Cell = (typeof cells)[number];
  const strength = ({ value }: Cell) => Math.min(1, Math.abs(value - middle) / reach) * TINT;
  const top = (data.columnTitle === undefined ? 0 : 18) + band;
  const height = rows.length * 30;
  return draw(
    {
      width,
      height: height + top + 4,
      marginLeft: left,
      marginRight: width - left - cellWidth * columns.length,
      marginTop: top,
      marginBottom: 4,
      x: { type: "band", domain: columns.map((_, i) => i), axis: null, padding: 0.03 },
      y: { type: "band", domain: rows.map((_, i) => i), axis: null, padding: 0.06 },
      opacity: { type: "identity" },
      marks: [
        Plot.cell(cells, {
          x: "column",
          y: "row",
          fill: ({ value }: Cell) => (value >= middle ? "var(--a)" : "var(--b)"),
          fillOpacity: strength,
          stroke: "var(--line)",
          strokeWidth: 0.75,
        }),
        Plot.text(cells, {
          x: "column",
          y: "row",
          text: ({ value }: Cell) => write(value),
          fontSize: cellWidth < 34 ? 10 : FONT,
          fontVariant: "tabular-nums",
        }),
        Plot.text(
          names.map((text, column) => ({ column, text })),
          {
            x: "column",
            text: "text",
            frameAnchor: "top",
            dy: upright ? -8 : -14,
            rotate: upright ? -90 : 0,
            textAnchor: upright ? "start" : "middle",
          },
        ),
        Plot.text(
          rows.map((name, row) => ({ row, text: short(name, fit) })),
          { y: "row", text: "text", frameAnchor: "left", textAnchor: "end", dx: -8 },
        ),
        data.columnTitle !== undefined &&
          Plot.text([short(data.columnTitle, 60)], {
            frameAnchor: "top",
            dy: 6 - top,
            fill: "var(--soft)",
          }),
        data.rowTitle !== undefined &&
          Plot.text([short(data.rowTitle, fit)], {
            frameAnchor: "top-left",
            textAnchor: "end",
            dx: -8,
            dy: -14,
            fill: "var(--soft)",
          }),
      ].filter(Boolean) as Plot.Markish[],
      color: { type: "identity" },
    },
    alternative,
  );
}
