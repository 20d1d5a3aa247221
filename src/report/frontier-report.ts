import type { FrontierComparison, FrontierRow, FrontierSettings } from "../frontier/index.ts";
import { distributions } from "./frontier/distributions.ts";
import { hackingGap } from "./frontier/gap.ts";
import { lead, subtitle } from "./frontier/lead.ts";
import { limits } from "./frontier/limits.ts";
import { pairs } from "./frontier/pairs.ts";
import { probes } from "./frontier/probes.ts";
import { results } from "./frontier/results.ts";
import { setup } from "./frontier/setup.ts";
import { trueValues } from "./frontier/values.ts";
import type { Compared } from "./frontier/words.ts";
import { type Html, html } from "./html.ts";
import { page, type Section } from "./page.ts";
import { label } from "./text.ts";

export type FrontierReportInput = {
  rows: readonly FrontierRow[];
  settings: FrontierSettings;
  comparison: FrontierComparison;
  /** Last line: versions, command, date; nothing where absent. */
  made?: string;
};

/** A self-contained HTML page on one frontier: what was found at matched KL, whichever way it falls. */
export function frontierReport({ rows, settings, comparison, made = "" }: FrontierReportInput): string {
  const compared = comparison.kinds.map((kind): Compared => ({ comparison, kind }));
  const each = (of: (one: Compared) => Html | null): Html | null => {
    const parts = compared.map(of).filter((part) => part !== null);
    return parts.length === 0 ? null : html`${parts}`;
  };
  const sections = [
    { id: "results", title: "Good in all values, along KL", body: each(results) },
    { id: "pairs", title: "Differences at matched KL", body: pairs(compared) },
    { id: "values", title: "Each true value", body: each(trueValues) },
    { id: "gap", title: "The hacking gap", body: each(hackingGap) },
    { id: "distributions", title: "Each value before and after", body: each(distributions) },
    { id: "probes", title: "Signs of reward hacking", body: each(probes) },
    { id: "limits", title: "What this cannot tell", body: limits(comparison, rows) },
    { id: "setup", title: "What was run", body: setup(settings, rows) },
  ].filter((section): section is Section => section.body !== null);
  return page({
    title: `${label(comparison.method)} against other ways to combine rewards, at matched KL`,
    subtitle: subtitle(comparison),
    lead: lead(comparison),
    sections,
    footer: html`${made !== "" && label(made, 300)}`,
  });
}
