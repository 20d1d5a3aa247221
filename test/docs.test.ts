/** The documentation holds together: links lead somewhere, and the site builds without a warning. */
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { workFolder } from "./support/cli.ts";
import { headingIds, linksOf } from "./support/markdown.ts";

const ROOT = resolve(import.meta.dirname, "..");
const run = promisify(execFile);
const at = workFolder();

/** In this folder of the repository, and with `recursive` in those inside it. */
const pagesIn = (folder: string, recursive = false) =>
  readdirSync(join(ROOT, folder), { recursive, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(folder, name))
    .sort();
const pages = [...pagesIn("."), ...pagesIn("docs", true), ...pagesIn("integrations/python")];

describe("links", () => {
  test.each(pages)("%s: every relative link leads to a file, and to a heading in it", (page) => {
    const broken = linksOf(readFileSync(join(ROOT, page), "utf8")).filter(
      ({ target }) => !leads(page, target),
    );
    expect(broken).toEqual([]);
  });

  test("a link to nowhere is found", () => {
    const [missing, heading, good] = linksOf(
      "[a](gone.md) and [b](README.md#no-such-heading), [c](README.md#two-commands)",
    );
    expect(
      [missing, heading, good].map((link) => link !== undefined && leads("page.md", link.target)),
    ).toEqual([false, false, true]);
  });
});

function leads(page: string, target: string): boolean {
  const [path = "", heading] = target.split("#");
  const file = path === "" ? join(ROOT, page) : resolve(ROOT, dirname(page), decodeURIComponent(path));
  if (relative(ROOT, file).startsWith("..") || !existsSync(file)) return false;
  return heading === undefined || headingIds(readFileSync(file, "utf8")).has(heading);
}

test("the site builds without a warning, and its front page has guides, pages and modules", async () => {
  const out = at("site");
  const typedoc = join(ROOT, "node_modules/typedoc/bin/typedoc");
  await run(process.execPath, [typedoc, "--out", out, "--treatWarningsAsErrors"], { cwd: ROOT });
  const front = readFileSync(join(out, "index.html"), "utf8");
  for (const path of [
    "documents/guides_combine-rewards.html",
    "documents/objective.html",
    "modules/objective.html",
    "modules/serve.html",
  ])
    expect(existsSync(join(out, path)), path).toBe(true);
  // opens offline: nothing is loaded from another place
  expect(front.match(/<(?:script|link|img)[^>]+(?:src|href)="(?:https?:)?\/\//g)).toBeNull();
}, 180_000);
