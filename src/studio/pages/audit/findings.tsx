import { useEffect, useMemo, useRef } from "preact/hooks";
import { auditFindings, auditReport } from "../../../report/audit-report.ts";
import { html } from "../../../report/html.ts";
import { STYLESHEET } from "../../../report/style.ts";
import { label } from "../../../report/text.ts";
import { download } from "./download.ts";
import type { Audited } from "./messages.ts";

/** What was found, in the report's own words and pictures, and the files that the command writes. */
export function Findings({ audit, objective, file }: Audited & { file: string }) {
  const found = useMemo(() => auditFindings({ audit, files: [file] }), [audit, file]);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [audit]);
  const report = () => auditReport({ audit, files: [file], made: `allgood studio, seed ${audit.seed}` });
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  return (
    <section class="section" aria-labelledby="found">
      <h2 id="found" ref={heading} tabIndex={-1}>
        <bdi>{label(found.title, 120)}</bdi>
      </h2>
      <p class="sub">{found.subtitle}</p>
      <div class="row">
        <button type="button" onClick={() => download("report.html", "text/html", report())}>
          Download report.html
        </button>
        <button type="button" onClick={() => download("objective.json", "application/json", json(objective))}>
          Download objective.json
        </button>
        <button type="button" onClick={() => download("audit.json", "application/json", json(audit))}>
          Download audit.json
        </button>
      </div>
      <ReportBody {...found} />
    </section>
  );
}

/**
 * Pieces of a report under the report's own stylesheet, which the shadow root keeps from the rest of the page. Their text
 * is escaped where they are made (`html.ts`); colours are the page's.
 */
function ReportBody({ lead, sections }: Pick<ReturnType<typeof auditFindings>, "lead" | "sections">) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (host.current === null) return;
    const root = host.current.shadowRoot ?? host.current.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [reportSheet()];
    root.innerHTML = html`<div class="lead">${lead.map((sentence) => html`<p>${sentence}</p>`)}</div>
${sections.map(({ title, body }) => html`<section><h3 class="part">${title}</h3>\n${body}</section>\n`)}`.source;
  }, [lead, sections]);
  return <div class="report" ref={host} />;
}

let sheet: CSSStyleSheet | undefined;

function reportSheet(): CSSStyleSheet {
  if (sheet === undefined) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(
      `${STYLESHEET}\n.part{font-size:1.2rem;margin:2.5rem 0 .75rem}\n.lead{margin-top:1rem}`,
    );
  }
  return sheet;
}
