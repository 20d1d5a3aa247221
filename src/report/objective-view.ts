import type { ObjectiveFile, ReferenceSpec } from "../objective/index.ts";
import { type Html, html } from "./html.ts";
import { plural } from "./text.ts";

const LONGEST = 20_000;

/** The objective as JSON for reading: long lists of numbers are counted instead of printed. */
export function objectiveView(objective: Omit<ObjectiveFile, "hash"> & { hash?: string }): Html {
  const text = JSON.stringify(objective, shorten, 2);
  const shown = text.length > LONGEST ? `${text.slice(0, LONGEST)}\n…` : text;
  return html`<details><summary>The objective file (per-prompt references and weights counted, not printed)</summary>
<pre tabindex="0"><code>${shown}</code></pre></details>`;
}

function shorten(this: unknown, key: string, value: unknown): unknown {
  if (key === "prompts" && value !== null && typeof value === "object") {
    return `(${plural(Object.keys(value).length, "prompt")})`;
  }
  if (Array.isArray(value) && value.length > 20) return `(${plural(value.length, "number")})`;
  return value;
}

/** `0.85 quantile of base samples, per prompt (812 prompts), else global` */
export function describeReference({ kind, q, prompts, otherwise }: ReferenceSpec): string {
  const how = {
    quantile: `${q ?? "?"} quantile of base samples`,
    "normal-quantile": `${q ?? "?"} quantile of a normal distribution with the samples’ mean and spread`,
    mean: "mean of base samples",
    "canned-max": "best of canned responses",
    labelled: "where people call responses good",
    "canned-mean": "mean of canned responses",
    responses: "reference responses (PAR)",
    fixed: "a fixed number",
  }[kind];
  const count = prompts === undefined ? 0 : Object.keys(prompts).length;
  const where = count === 0 ? "for all prompts" : `for each of ${plural(count, "prompt")}`;
  const other = {
    error: "",
    global: ", else one global number",
    estimator: ", else an estimate from the prompt",
  }[otherwise];
  return `${how}, ${where}${count === 0 ? "" : other}`;
}
