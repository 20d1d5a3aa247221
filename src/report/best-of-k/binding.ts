import type { BindingReport } from "../../evaluate/types.ts";
import { stackedBars } from "../charts/stacked-bars.ts";
import { figure } from "../figure.ts";
import { decimal, percent, whole, withInterval } from "../format.ts";
import { type Html, html } from "../html.ts";
import { table } from "../table.ts";
import { label, plural } from "../text.ts";

/** Which value holds the goal's choices back, and where no choice could have helped. */
export function binding(report: BindingReport): Html | null {
  const { values, prompts } = report;
  if (values.length === 0 || prompts === 0) return null;
  const most = values.reduce((top, each) => (each.share.value > top.share.value ? each : top));
  const hopeless = values.reduce((sum, each) => sum + each.noCandidateGood, 0);
  return html`${figure({
    title: `${label(most.value, 24)} holds back the most prompts: ${withInterval(most.share)} of them`,
    caption: html`For each prompt, the value whose reward would raise the goal’s utility fastest (steepest ∂u/∂z at the chosen
response) is the one that holds it back. ${
      hopeless === 0
        ? "Each of these prompts has a response on the good side of the reference in that value."
        : `In ${percent(hopeless / prompts, 1)} of all prompts (vermilion) no given response is on the good side of the reference in that value, so that choosing cannot help: more or better responses are needed there.`
    }${report.none > 0 && ` In ${plural(report.none, "prompt")} every slope is 0.`}`,
    alternative: `Share of prompts that each value holds back. ${values
      .map(
        (each) =>
          `${label(each.value)}: ${withInterval(each.share)}, ${whole(each.noCandidateGood)} without any good response`,
      )
      .join("; ")}.`,
    draw: (width, alternative) =>
      stackedBars(
        {
          rows: values.map((each) => ({
            label: each.value,
            shares: [(each.prompts - each.noCandidateGood) / prompts, each.noCandidateGood / prompts],
          })),
          series: [
            { label: "some response is good in it", colour: "a" },
            { label: "no response is good in it", colour: "b" },
          ],
          measure: "share of prompts held back by the value",
        },
        width,
        alternative,
      ),
    key: [
      { label: "some given response is good in it", mark: "bar", colour: "a" },
      { label: "no given response is good in it", mark: "bar", colour: "b" },
    ],
    numbers: {
      columns: [
        { title: "Value" },
        { title: "Holds back (share)", numeric: true },
        { title: "Prompts", numeric: true },
        { title: "No response good in it", numeric: true },
        { title: "Mean |∂u/∂z|", numeric: true },
      ],
      rows: values.map((each) => [
        each.value,
        withInterval(each.share),
        whole(each.prompts),
        whole(each.noCandidateGood),
        decimal(each.meanSlope),
      ]),
    },
  })}
${report.mostHeldBack.length > 0 && heldBack(report)}`;
}

function heldBack({ mostHeldBack, values }: BindingReport): Html {
  const names = values.map(({ value }) => value);
  return html`<details><summary>The ${mostHeldBack.length} prompts with the lowest utility</summary>
<p class="note">For each value: z of the chosen response, and in brackets the best z that any response to the prompt has.</p>
${table({
  columns: [
    { title: "Prompt" },
    { title: "u", numeric: true },
    { title: "Held back by" },
    ...names.map((name) => ({ title: label(name, 24), numeric: true })),
  ],
  rows: mostHeldBack.map((row) => [
    row.prompt,
    decimal(row.u),
    row.binding ?? "nothing",
    ...names.map((name) => {
      const at = row.values[name];
      return at === undefined ? "" : `${decimal(at.z)} (${decimal(at.best)})`;
    }),
  ]),
})}</details>`;
}
