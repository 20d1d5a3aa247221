/**
 * A guide as a person follows it: its files written, its commands run in order, what it shows compared with what came.
 * @module
 */

/** A step in the order of the guide. `line` is that of its fence in the Markdown, from 1. */
export type Step =
  | { kind: "file"; line: number; name: string; content: string }
  | { kind: "run"; line: number; script: string; shown: string[] };

type Fence = { line: number; info: string; body: string };

/**
 * The steps of a guide: a block ```` ```sh ```` is run, a ```` ```text ```` right after it is what it prints, and a block with a name
 * (```` ```js ask.mjs ````) is a file. `no-run` after the language, and any other language without a name, is only shown.
 * @throws Error where an output stands without a command
 */
export function parseGuide(markdown: string): Step[] {
  const steps: Step[] = [];
  let last: Fence | undefined;
  for (const fence of fencesOf(markdown)) {
    const [language = "", word] = fence.info.split(/\s+/);
    const command = steps.at(-1);
    if (language === "sh" && word === undefined) {
      steps.push({ kind: "run", line: fence.line, script: fence.body, shown: [] });
    } else if (language === "text" && word === undefined) {
      if (command?.kind !== "run" || command.line !== last?.line)
        throw new Error(`line ${fence.line}: output without a command before it`);
      command.shown = fence.body.split("\n");
    } else if (word !== undefined && word !== "no-run") {
      steps.push({ kind: "file", line: fence.line, name: word, content: fence.body });
    }
    last = fence;
  }
  return steps;
}

/** Blocks between fences, by CommonMark as far as our guides use it: no fence is indented. */
function fencesOf(markdown: string): Fence[] {
  const fences: Fence[] = [];
  let open: (Fence & { mark: string }) | undefined;
  for (const [i, text] of markdown.split("\n").entries()) {
    const [, mark = "", info = ""] = /^(`{3,}|~{3,})(.*)$/.exec(text) ?? [];
    if (open === undefined) {
      if (mark !== "") open = { line: i + 1, info: info.trim(), body: "", mark };
    } else if (mark.startsWith(open.mark) && info.trim() === "") {
      fences.push({ line: open.line, info: open.info, body: open.body.replace(/\n$/, "") });
      open = undefined;
    } else {
      open.body += `${text}\n`;
    }
  }
  if (open !== undefined) throw new Error(`line ${open.line}: this block is never closed`);
  return fences;
}

/** The ports that a guide names, each replaced by another one, so that guides can run side by side. */
export function withPorts(markdown: string, ports: ReadonlyMap<string, number>): string {
  return markdown.replace(PORT, (whole, before: string, port: string) =>
    ports.has(port) ? `${before}${ports.get(port)}` : whole,
  );
}

export const portsOf = (markdown: string): string[] => [
  ...new Set([...markdown.matchAll(PORT)].map(([, , port = ""]) => port)),
];

const PORT = /(--port |localhost:|127\.0\.0\.1:)(\d{2,5})\b/g;

/**
 * The first shown line that the output does not have where it should, or undefined. `…` in a line stands for any text; alone on a
 * line, for any lines. Spaces at the end of a line, and blank lines at both ends, do not count.
 */
export function firstDifference(shown: readonly string[], output: string): string | undefined {
  const lines = output.trim().split("\n");
  let at = 0;
  let skipping = false;
  for (const text of shown) {
    if (text.trim() === "…") {
      skipping = true;
      continue;
    }
    const matches = matcher(text);
    const found = lines.findIndex((line, i) => i >= at && matches(line));
    if (found === -1 || (found > at && !skipping)) return text;
    at = found + 1;
    skipping = false;
  }
  return at < lines.length && !skipping ? `nothing more, but there is: ${lines[at]}` : undefined;
}

function matcher(text: string): (line: string) => boolean {
  const parts = text
    .trimEnd()
    .split("…")
    .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  const pattern = new RegExp(`^${parts.join(".*")}$`);
  return (line) => pattern.test(line.trimEnd());
}
