/**
 * A picture with its finding as title, how to read it, a text alternative, and the numbers behind it.
 * @module
 */
import { type Html, html, trusted } from "./html.ts";
import { type Table, table } from "./table.ts";

/** Widths in CSS pixels that a chart is drawn at: for a page or paper, and for a phone of 360 px. */
export const WIDTHS = { wide: 720, narrow: 336 } as const;

export type Figure = {
  /** The finding, in words. */
  title: string;
  /** How to read the picture. */
  caption: string | Html;
  /** What a person who does not see the picture needs: what it shows and its main numbers. */
  alternative: string;
  /** Draws an SVG at the given width; see `charts/`. */
  draw: (width: number, alternative: string) => string;
  key?: readonly KeyEntry[];
  numbers: Table;
};

export type KeyEntry = {
  label: string;
  mark: "dot" | "ring" | "diamond" | "bar" | "line" | "dashes";
  colour: Colour;
};

/** A series colour of the stylesheet. */
export type Colour = "a" | "b" | "c" | "d" | "e" | "f" | "soft";

export function figure({ title, caption, alternative, draw, key = [], numbers }: Figure): Html {
  return html`<figure>
<h3>${title}</h3>
${key.length > 0 && html`<ul class="key">${key.map((entry) => html`<li>${swatch(entry)}<bdi>${entry.label}</bdi></li>`)}</ul>`}
<div class="chart wide">${trusted(draw(WIDTHS.wide, alternative))}</div>
<div class="chart narrow">${trusted(draw(WIDTHS.narrow, alternative))}</div>
<figcaption>${caption}</figcaption>
<details><summary>The numbers</summary>${table(numbers)}</details>
</figure>
`;
}

const SHAPES: Record<KeyEntry["mark"], string> = {
  dot: '<circle cx="9" cy="7" r="4.5"/>',
  ring: '<circle cx="9" cy="7" r="4" fill="none" stroke-width="2"/>',
  diamond: '<path d="M9 1l6 6-6 6-6-6z"/>',
  bar: '<rect x="2" y="2" width="14" height="10"/>',
  line: '<path d="M0 7h18" stroke-width="2.5"/>',
  dashes: '<path d="M0 7h18" stroke-width="2" stroke-dasharray="4 3"/>',
};

function swatch({ mark, colour }: KeyEntry): Html {
  const paint = `var(--${colour})`;
  return trusted(
    `<svg viewBox="0 0 18 14" aria-hidden="true" fill="${paint}" stroke="${paint}" stroke-width="0">${SHAPES[mark]}</svg>`,
  );
}
