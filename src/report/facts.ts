import { type Html, html } from "./html.ts";
import { label } from "./text.ts";

/** A list of names and what they are. */
export function facts(entries: readonly (readonly [string, string | number | Html])[]): Html {
  return html`<dl class="facts">${entries.map(
    ([name, what]) =>
      html`<dt>${label(name, 60)}</dt><dd>${typeof what === "string" ? html`<bdi>${label(what, 400)}</bdi>` : what}</dd>\n`,
  )}</dl>`;
}

/** A bullet list of sentences. */
export function notes(sentences: readonly string[]): Html | null {
  return sentences.length === 0
    ? null
    : html`<ul>${sentences.map((sentence) => html`<li><bdi>${label(sentence, 600)}</bdi></li>`)}</ul>`;
}
