/**
 * The shell of every report: one file that asks for nothing from outside, with its contents listed.
 * @module
 */
import { type Html, html, trusted } from "./html.ts";
import { STYLESHEET } from "./style.ts";

export type Section = {
  /** Anchor: lower-case letters, digits and hyphens; written by the program, never from data. */
  id: string;
  title: string;
  body: Html;
};

export type Page = {
  title: string;
  /** One line under the title: what, how many, when. */
  subtitle: string;
  /** The findings in plain language. */
  lead: readonly Html[];
  sections: readonly Section[];
  footer: Html;
};

/** The policy forbids scripts and every load from outside, whatever the data says. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** A whole HTML document. */
export function page({ title, subtitle, lead, sections, footer }: Page): string {
  const shown = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="allgood">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${trusted(STYLESHEET)}</style>
</head>
<body>
<div class="page">
<header>
<h1>${title}</h1>
<p class="sub">${subtitle}</p>
<div class="lead">${lead.map((sentence) => html`<p>${sentence}</p>`)}</div>
</header>
<nav aria-labelledby="contents"><strong id="contents">Contents</strong>
<ol>${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ol></nav>
<main>
${sections.map(({ id, title, body }) => html`<section id="${id}"><h2>${title}</h2>\n${body}</section>\n`)}
<footer>${footer}</footer>
</main>
</div>
</body>
</html>
`;
  return shown.source;
}
