/**
 * HTML that is safe by construction: whatever a template interpolates is escaped unless it is HTML already.
 * @module
 */
import { visible } from "./text.ts";

/** A piece of HTML made by {@link html} or {@link trusted}. */
export class Html {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

/** What a template takes: text is escaped, numbers are written as they are, `null`, `undefined` and `false` vanish. */
export type Piece = Html | string | number | null | undefined | false | readonly Piece[];

/**
 * Builds HTML. Attribute values must stand in double quotes in the template.
 * @example html`<p title="${title}">${text}</p>`
 */
export function html(template: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  let source = template[0]!;
  pieces.forEach((piece, i) => {
    source += render(piece) + template[i + 1]!;
  });
  return new Html(source);
}

/** Markup that this program wrote itself (an SVG). Never give it text from data. */
export function trusted(source: string): Html {
  return new Html(source);
}

/** Text made safe for element content and for quoted attributes, with invisible characters shown. */
function escapeText(text: string): string {
  return visible(text).replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function render(piece: Piece): string {
  if (piece === null || piece === undefined || piece === false) return "";
  if (piece instanceof Html) return piece.source;
  if (typeof piece === "string") return escapeText(piece);
  if (typeof piece === "number") return String(piece);
  return piece.map(render).join("");
}
