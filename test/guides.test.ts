/** Every guide in docs/guides/, and the page on the API, run as written: its files, its commands in order, and the output that it shows. */
import { readdirSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { workFolder } from "./support/cli.ts";
import { firstDifference, parseGuide, portsOf, withPorts } from "./support/guide.ts";
import { freePorts, readersFolder, runSteps } from "./support/guide-shell.ts";
import { python } from "./support/python.ts";

const DOCS = resolve(import.meta.dirname, "../docs");
const at = workFolder();
const guides = readdirSync(join(DOCS, "guides")).filter((name) => name.endsWith(".md"));

test.for(["api.md", ...guides.map((name) => `guides/${name}`)])(
  "docs/%s runs as written, and prints what it shows",
  { timeout: 300_000 },
  async (name, { signal, skip }) => {
    const folder = at(basename(name));
    await mkdir(folder);
    await readersFolder(folder);
    const written = readFileSync(join(DOCS, name), "utf8");
    const steps = parseGuide(withPorts(written, await freePorts(portsOf(written))));
    const asks = steps.some((step) => step.kind === "run" && step.script.includes("python3"));
    skip(asks && python === undefined, "no Python 3.9 or later; ALLGOOD_PYTHON names one");
    const { code, outputs, stderr } = await runSteps(steps, folder, signal);
    const differences = steps.flatMap((step) => {
      if (step.kind === "file" || step.shown.length === 0) return [];
      const output = outputs.get(step) ?? "";
      const missing = firstDifference(step.shown, output);
      return missing === undefined ? [] : [`line ${step.line} shows: ${missing}\nand it printed:\n${output}`];
    });
    const hints = `${stderr}\n${logsIn(folder)}`;
    expect(differences.join("\n\n"), hints).toBe("");
    expect(code, hints).toBe(0);
  },
);

/** What the guide's servers logged. */
const logsIn = (folder: string): string =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".log"))
    .map((name) => `${name}:\n${readFileSync(join(folder, name), "utf8")}`)
    .join("\n");

describe("the runner itself", () => {
  test.each([
    [["a", "b"], "a\nb\n", undefined],
    [["u = …, p = 0.…"], "u = -1.5, p = 0.22", undefined],
    [["a", "…", "d"], "a\nb\nc\nd", undefined],
    [["a", "…"], "a\nb", undefined],
    [["a", "d"], "a\nb\nd", "d"],
    [["a.c"], "abc", "a.c"],
    [["a", "…", "b"], "a\nc", "b"],
    [["a"], "a\nb", "nothing more, but there is: b"],
    [["p = 0.…"], "p = 1.5", "p = 0.…"],
  ])("%j against %j: %s", (shown, output, difference) => {
    expect(firstDifference(shown, output)).toBe(difference);
  });

  test("runs the blocks in order in one shell, stops at the first failure, and leaves no server behind", async ({
    signal,
  }) => {
    const fence = "```";
    const steps = parseGuide(
      [
        `${fence}js a.mjs\nconsole.log("of the file");\n${fence}`,
        `${fence}sh\nsleep 600 &\nNAME=kept\n${fence}`,
        `${fence}sh no-run\nexit 3\n${fence}`,
        `${fence}sh\nnode a.mjs; printf $NAME\n${fence}\n\n${fence}text\nof the file\nkept\n${fence}`,
        `${fence}sh\nfalse\n${fence}`,
        `${fence}sh\necho "never reached"\n${fence}`,
      ].join("\n\n"),
    );
    const folder = at("itself");
    // returns once nobody holds the shell's output any more: not before the sleeper is gone
    await mkdir(folder);
    const { code, outputs } = await runSteps(steps, folder, signal);
    expect(code).toBe(1);
    expect(steps.map((step) => outputs.get(step)?.trim())).toEqual(["", "", "of the file\nkept", "", ""]);
  });

  test("each port of a guide becomes another one, everywhere", () => {
    const guide = "serve --port 8080 & curl localhost:8080/x 127.0.0.1:8081 8080 tokens";
    const ports = new Map([
      ["8080", 1],
      ["8081", 2],
    ]);
    expect(portsOf(guide)).toEqual(["8080", "8081"]);
    expect(withPorts(guide, ports)).toBe("serve --port 1 & curl localhost:1/x 127.0.0.1:2 8080 tokens");
  });
});
