import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Audit } from "../../evaluate/index.ts";
import { parseObjectiveFile, verifyObjective } from "../../objective/index.ts";
import { captureOutput } from "../captured-output.fixture.ts";
import { run } from "../run.ts";

let folder: string;
let scores: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allgood-audit-cli-"));
  scores = join(folder, "scores.csv");
  const rows = Array.from({ length: 40 }, (_, i) => {
    const [prompt, c] = [Math.floor(i / 4), i % 4];
    return `prompt ${prompt},${"word ".repeat(c + 1)}response,${(prompt * 7 + c * 3) % 11},${50 + ((prompt + c * 5) % 7) / 10}`;
  });
  await writeFile(scores, `prompt,response,helpful,safe\n${rows.join("\n")}\n`);
});

const printed = captureOutput();

describe("allgood audit", () => {
  test("--json prints the audit and nothing else", async () => {
    expect(await run(["audit", scores, "--columns", "helpful,safe", "--json"])).toBe(0);
    const audit = JSON.parse(printed.stdout) as Audit;
    expect(audit.rows.kept).toBe(40);
    expect(audit.prompts).toMatchObject({ total: 10, ranked: 10 });
    expect(audit.columns.map(({ name }) => name)).toEqual(["helpful", "safe"]);
    expect(audit.sum.dominant).toBe("helpful");
    expect(audit.recommendation.objective.goal).toBe("helpful and safe");
    expect(printed.stderr).toBe("");
  });

  test("--out writes the audit, a sealed objective and a report", async () => {
    const out = join(folder, "out", "deep");
    expect(await run(["audit", scores, "--columns", "helpful,safe", "--out", out])).toBe(0);
    expect((await readdir(out)).sort()).toEqual(["audit.json", "objective.json", "report.html"]);
    const objective = parseObjectiveFile(JSON.parse(await readFile(join(out, "objective.json"), "utf8")));
    await verifyObjective(objective);
    expect(await readFile(join(out, "report.html"), "utf8")).toMatch(/^<!doctype html>/i);
    const audit = JSON.parse(await readFile(join(out, "audit.json"), "utf8")) as Audit;
    const { hash, ...content } = objective;
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(audit.recommendation.objective).toEqual(content);
    expect(printed.stdout).toMatch(/recommended goal: helpful and safe/);
    expect(printed.stdout).toMatch(/not a calibration/);
  });

  test("without --columns, the numeric columns are named", async () => {
    expect(await run(["audit", scores])).toBe(2);
    expect(printed.stderr).toMatch(/--columns helpful,safe/);
  });

  test("a wrong column, an empty file and a bad row", async () => {
    expect(await run(["audit", scores, "--columns", "helpfull"])).toBe(2);
    expect(printed.stderr).toMatch(/did you mean "helpful"/);
    const empty = join(folder, "empty.csv");
    await writeFile(empty, "");
    expect(await run(["audit", empty, "--columns", "a"])).toBe(1);
    const bad = join(folder, "bad.csv");
    await writeFile(bad, "prompt,a\np,1\np,NaN\n");
    expect(await run(["audit", bad, "--columns", "a"])).toBe(1);
    expect(printed.stderr).toMatch(/bad\.csv:3/);
    expect(await run(["audit", bad, "--columns", "a", "--skip-bad"])).toBe(0);
    expect(printed.stdout).toMatch(/1 of 2 rows/);
    expect(printed.stdout).toMatch(/a: NaN/);
  });

  test("no file is written when it fails", async () => {
    const out = join(folder, "nothing");
    expect(await run(["audit", scores, "--columns", "helpful,typo", "--out", out])).toBe(2);
    await expect(readdir(out)).rejects.toThrow(/ENOENT/);
  });
});
