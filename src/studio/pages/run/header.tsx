import { visible } from "../../../report/text.ts";
import type { RunSummary } from "../../../serve/studio/types.ts";
import { listAddress } from "../../router.ts";

/** The way back, the run's name, and what made it. */
export function RunHeader({ run: { name, made, date } }: { run: RunSummary }) {
  return (
    <header class="run-header">
      <a href={listAddress()}>← All runs</a>
      <h1>{name === "." ? "This folder" : visible(name)}</h1>
      <p class="sub">
        {visible(made)}, <time dateTime={date}>{new Date(date).toLocaleString()}</time>
      </p>
    </header>
  );
}
