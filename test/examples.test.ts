/** The examples, run as they stand. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { sharedData, workFolder } from "./support/cli.ts";

const run = promisify(execFile);
const at = workFolder();
const root = resolve(import.meta.dirname, "..");
const data = sharedData("hh-rlhf/helpful-base/test.jsonl.gz") && sharedData(".");

test("combine-two-rewards: the sum picks the reckless answer, LSC AND a thorough and safe one", async () => {
  const { stdout } = await run("node", ["examples/combine-two-rewards.mjs"], { cwd: root });
  const rows = [...stdout.matchAll(/^(\w+) +raw sum +([\d.]+) +u (-[\d.]+)/gm)].map(([, name, sum, u]) => ({
    name,
    sum: Number(sum),
    u: Number(u),
  }));
  const best = (by: "sum" | "u") => rows.toSorted((a, b) => b[by] - a[by])[0]!.name;
  expect(best("sum")).toBe("reckless");
  expect(best("u")).toBe("thorough");
});

type Evaluation = {
  models: { value: string; heldOut: { accuracy: number } }[];
  matrix: { model: string; pairsOf: string; accuracy: number; ci95: [number, number] }[];
};

test.skipIf(data === undefined)(
  "four-values: four models on public data, one goal, reports with every baseline side by side",
  async () => {
    const out = at("four");
    await run("bash", ["examples/four-values.sh", data!, out], { cwd: root, maxBuffer: 2 ** 24 });
    const evaluation: Evaluation = JSON.parse(
      await readFile(at("four", "rewards", "evaluation.json"), "utf8"),
    );
    expect(evaluation.models.map(({ value }) => value)).toEqual([
      "helpful",
      "harmless",
      "factual",
      "creative",
    ]);
    for (const { value, heldOut } of evaluation.models) expect(heldOut.accuracy, value).toBeGreaterThan(0.54);
    const crossed = (model: string, pairsOf: string) =>
      evaluation.matrix.find((cell) => cell.model === model && cell.pairsOf === pairsOf)!;
    expect(crossed("helpful", "harmless").ci95[1]).toBeLessThan(0.5);
    expect(crossed("harmless", "helpful").ci95[1]).toBeLessThan(0.5);
    for (const candidates of ["factual", "creative"]) {
      const run = JSON.parse(await readFile(at("four", `${candidates}-candidates`, "run.json"), "utf8"));
      const names = run.evaluation.bestOfK.methods.map(({ name }: { name: string }) => name);
      expect(names).toEqual(
        expect.arrayContaining([
          "base",
          "LSC goal",
          "raw sum, equal weights",
          "z-score sum, global",
          "min of z",
        ]),
      );
      expect(run.evaluation.bestOfK.prompts.evaluated).toBeGreaterThan(250);
      const report = await readFile(at("four", `${candidates}-candidates`, "report.html"), "utf8");
      expect(report).toContain("Where LSC does not help");
      expect(report).toContain("Values pull apart");
    }
  },
  600_000,
);

const stories = sharedData("models/stories260K/stories260K.bin") && sharedData(".");

type Stories = {
  cheerful: { before: number; after: number };
  utility: { before: number; after: number };
  kl: { exact: number; k1: number; k3: number };
  entropy: { before: number; after: number };
};

test.skipIf(stories === undefined)(
  "align-stories: a real model learns from a learned reward, the rule behind it agrees, and its folder is read back",
  async () => {
    const out = at("stories");
    await run("node", ["examples/align-stories.mjs", stories!, out], { cwd: root, maxBuffer: 2 ** 24 });
    const found: Stories = JSON.parse(await readFile(at("stories", "summary.json"), "utf8"));
    expect(found.utility.after).toBeGreaterThan(found.utility.before + 0.5);
    expect(found.cheerful.after).toBeGreaterThan(2 * found.cheerful.before);
    expect(found.kl.exact).toBeGreaterThan(1);
    expect(found.kl.exact).toBeLessThan(40);
    expect(Math.abs(found.kl.k1 / found.kl.exact - 1)).toBeLessThan(0.5);
    expect(found.entropy.after).toBeGreaterThan(0.5);
    const config = JSON.parse(await readFile(at("stories", "aligned", "config.json"), "utf8"));
    expect(config).toMatchObject({ model_type: "llama", hidden_size: 64, num_hidden_layers: 5 });
  },
  600_000,
);
