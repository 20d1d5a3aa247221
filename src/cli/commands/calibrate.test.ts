import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createObjective, quantile } from "../../objective/index.ts";
import { promptHash } from "../../preferences/index.ts";
import { loadRewardModel } from "../../rewards/index.ts";
import { loadModelsOf, loadObjective } from "../../rewards/open-objective.ts";
import { makePairs } from "../../rewards/pairs.fixture.ts";
import type { CalibrateResult } from "../calibrate/run.ts";
import { captureOutput } from "../captured-output.fixture.ts";
import { run } from "../run.ts";

const jsonl = (rows: unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);
const question = (i: number) => [{ role: "user" as const, content: `what about thing ${i}` }];
const responses = (i: number) => ["kindly river", "grumpy stone", `paper ${i}`, "kindly garden, kindly"];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allgood-calibrate-"));
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  for (const value of ["helpful", "harmless"]) {
    const pairs = makePairs(80, { lengthBias: 0.4, value, seed: value.length });
    await writeFile(
      at(`${value}.jsonl`),
      jsonl(pairs.map(({ prompt, chosen, rejected }) => ({ prompt, chosen, rejected }))),
    );
    await run([
      "reward",
      "train",
      "--value",
      value,
      "--data",
      at(`${value}.jsonl`),
      "--out",
      at("models", value),
    ]);
  }
  vi.restoreAllMocks();
  const sets = Array.from({ length: 30 }, (_, i) => ({ prompt: question(i), responses: responses(i) }));
  await writeFile(at("base.jsonl"), jsonl(sets));
  const scores = Array.from({ length: 90 }, (_, i) => `p${i % 30},response ${i},${i % 7},${(i * 3) % 11}`);
  await writeFile(at("scores.csv"), `prompt,response,a,b\n${scores.join("\n")}\n`);
});
afterAll(() => rm(folder, { recursive: true }));
const printed = captureOutput();

const both = () => ["--model", at("models", "helpful"), at("models", "harmless"), "--data", at("base.jsonl")];
const calibrate = (out: string, ...args: string[]) => run(["calibrate", "--out", at(out), "--json", ...args]);

describe("references from labels", () => {
  /** Every third response is labelled; good where its reward in column a is at least 3. */
  const rows = (good: (i: number) => number) =>
    Array.from({ length: 90 }, (_, i) => ({
      prompt: `p${i % 30}`,
      response: `response ${i}`,
      a: i % 7,
      ...(i % 3 === 0 && { "truth.a": good(i) }),
    }));

  test("say where good begins and how surely, at every prompt", async () => {
    await writeFile(at("labelled.jsonl"), jsonl(rows((i) => (i % 7 >= 3 ? 1 : 0))));
    const data = ["--columns", "a", "--data", at("labelled.jsonl"), "--goal", "a"];
    expect(await calibrate("labelled.json", ...data, "--reference", "labelled")).toBe(0);
    const { a } = (await loadObjective(at("labelled.json"))).values;
    expect(a!.reference).toMatchObject({ kind: "labelled", otherwise: "global" });
    // rewards part the labels between 2 and 3
    expect(a!.reference.global).toBeGreaterThan(2);
    expect(a!.reference.global).toBeLessThan(3);
    expect(a!.temperature).toBeLessThan(1);
    expect(a!.provenance!.temperature).toEqual({ labels: { good: 17, notGood: 13 } });
  });

  test("are refused where there is no label, or rewards do not rise with them", async () => {
    const data = (file: string) => ["--columns", "a", "--data", at(file), "--goal", "a"];
    await writeFile(at("unlabelled.jsonl"), jsonl(rows(() => 1).map(({ "truth.a": _, ...row }) => row)));
    expect(await calibrate("none.json", ...data("unlabelled.jsonl"), "--reference", "labelled")).toBe(1);
    expect(printed.stderr).toMatch(/no base sample is labelled good or not in "a".*truth\.a/);
    printed.stderr = "";
    await writeFile(at("upside-down.jsonl"), jsonl(rows((i) => (i % 7 >= 3 ? 0 : 1))));
    expect(await calibrate("none.json", ...data("upside-down.jsonl"), "--reference", "labelled")).toBe(1);
    expect(printed.stderr).toMatch(/reward of "a" does not rise with the labels.*13 labelled good, 17 not/);
  });
});

describe("allgood calibrate", () => {
  test("writes a sealed objective with the quantile of each prompt's own samples", async () => {
    expect(await calibrate("runs/one/objective.json", ...both(), "--goal", "helpful and harmless")).toBe(0);
    const file = await loadObjective(at("runs/one/objective.json"));
    const model = await loadRewardModel(at("models", "helpful"));
    const { helpful } = file.values;
    expect(helpful!.temperature).toBe(model.info.calibration.temperature);
    expect(helpful!.model).toEqual({ kind: "directory", path: "../../models/helpful", sha256: model.sha256 });
    const rewards = await model.score(responses(3).map((response) => ({ prompt: question(3), response })));
    expect(helpful!.reference.prompts![promptHash(question(3))]).toBeCloseTo(quantile(rewards, 0.85), 12);
    expect(helpful!.reference).toMatchObject({ kind: "quantile", q: 0.85, otherwise: "error" });
    expect(helpful!.reference.estimator!.coverage.prompts).toBe(30);
    expect(helpful!.provenance).toMatchObject({
      model: { heldOut: model.info.heldOut },
      reference: { prompts: 30, seen: 0 },
    });
    expect((await loadModelsOf(createObjective(file), at("runs/one"))).models.size).toBe(2);
    expect(JSON.parse(printed.stdout)).toMatchObject({
      hash: file.hash,
      prompts: 30,
      samples: 120,
      notes: [],
    });
  });

  test("is the same file for the same seed", async () => {
    for (const out of ["same1.json", "same2.json"])
      await calibrate(out, ...both(), "--goal", "helpful or harmless");
    expect(await readFile(at("same1.json"))).toEqual(await readFile(at("same2.json")));
  });

  test("takes a kind of reference for each value", async () => {
    const kinds = [
      "--reference",
      "quantile,harmless=canned-max",
      "--canned",
      "I can't help with that.",
      "No.",
    ];
    expect(
      await calibrate("kinds.json", ...both(), "--goal", "helpful and harmless", ...kinds, "--q", "0.5"),
    ).toBe(0);
    const { helpful, harmless } = (await loadObjective(at("kinds.json"))).values;
    expect(helpful!.reference).toMatchObject({ kind: "quantile", q: 0.5 });
    const model = await loadRewardModel(at("models", "harmless"));
    const canned = await model.score(
      ["I can't help with that.", "No."].map((response) => ({ prompt: question(0), response })),
    );
    expect(harmless!.reference.prompts![promptHash(question(0))]).toBeCloseTo(Math.max(...canned), 12);
  });

  test("takes rewards from columns, with temperatures given or 1", async () => {
    const args = [
      "--columns",
      "a,b",
      "--data",
      at("scores.csv"),
      "--goal",
      "a and b",
      "--temperature",
      "a=2",
    ];
    expect(await calibrate("columns.json", ...args, "--reference", "mean", "--otherwise", "global")).toBe(0);
    const { a, b } = (await loadObjective(at("columns.json"))).values;
    expect(a).toMatchObject({
      model: { kind: "column", name: "a" },
      temperature: 2,
      provenance: { temperature: "given" },
    });
    expect(b).toMatchObject({
      temperature: 1,
      reference: { kind: "mean", otherwise: "global", global: expect.any(Number) },
    });
    // rows 0, 30 and 60 are of prompt p0: a = 0, 2, 4
    expect(a!.reference.prompts![promptHash([{ role: "user", content: "p0" }])]).toBe(2);
  });

  test("a fixed reference needs no samples of its own", async () => {
    const args = [
      ...both(),
      "--goal",
      "helpful and harmless",
      "--reference",
      "fixed",
      "--fixed",
      "0.5,harmless=-1",
    ];
    expect(await calibrate("fixed.json", ...args)).toBe(0);
    const { helpful, harmless } = (await loadObjective(at("fixed.json"))).values;
    expect(helpful!.reference).toEqual({ kind: "fixed", global: 0.5, otherwise: "global" });
    expect(harmless!.reference.global).toBe(-1);
  });

  test("counts prompts with one candidate, or with all equal", async () => {
    const sets = [
      { prompt: question(1), responses: ["only one"] },
      { prompt: question(2), responses: ["same", "same"] },
      { prompt: question(3), responses: ["kindly", "grumpy"] },
    ];
    await writeFile(at("odd.jsonl"), jsonl(sets));
    const args = ["--model", at("models", "helpful"), "--data", at("odd.jsonl"), "--goal", "helpful"];
    expect(await calibrate("odd.json", ...args)).toBe(0);
    const { values, notes } = JSON.parse(printed.stdout) as CalibrateResult;
    expect(values.helpful).toMatchObject({
      prompts: 3,
      oneSample: 1,
      allEqual: 1,
      withoutSamples: 0,
      coverage: null,
    });
    expect(notes).toHaveLength(2);
    expect(await calibrate("odd2.json", ...args, "--otherwise", "estimator")).toBe(1);
    expect(printed.stderr).toMatch(/at 20 prompts or more/);
  });

  test.each<[string, string[], number, RegExp]>([
    [
      "a value that was never trained",
      ["--goal", "helpful and factual"],
      1,
      /"factual", and no --model.*helpful, harmless.*reward train --value factual/,
    ],
    ["a value that is nearly there", ["--goal", "helpful and harmles"], 1, /Did you mean "harmless"/],
    ["a goal that does not parse", ["--goal", "helpful and and"], 1, /\^/],
    [
      "a kind that does not exist",
      ["--goal", "helpful", "--reference", "quantil"],
      2,
      /did you mean "quantile"/,
    ],
    [
      "a kind for a value not in the goal",
      ["--goal", "helpful", "--reference", "helpfull=mean"],
      2,
      /did you mean "helpful"/,
    ],
    ["canned without a text", ["--goal", "helpful", "--reference", "canned-max"], 2, /give --canned/],
    [
      "fixed without a number",
      ["--goal", "helpful", "--reference", "fixed"],
      2,
      /give --fixed helpful=NUMBER/,
    ],
    ["a temperature of 0", ["--goal", "helpful", "--temperature", "0"], 2, /above 0/],
    ["a level of 1", ["--goal", "helpful", "--q", "1"], 2, /between 0 and 1/],
    ["a number for no reference", ["--goal", "helpful", "--fixed", "1"], 2, /--fixed is the number of/],
    ["canned responses for no reference", ["--goal", "helpful", "--canned", "no"], 2, /--canned is for/],
    [
      "one value twice",
      ["--goal", "helpful", "--columns", "helpful"],
      2,
      /two sources give the value "helpful"/,
    ],
  ])("refuses %s", async (_, args, code, message) => {
    expect(await calibrate("never.json", ...both(), ...args)).toBe(code);
    expect(printed.stderr).toMatch(message);
    await expect(readFile(at("never.json"))).rejects.toThrow("ENOENT");
  });

  test("names the row whose column is missing", async () => {
    const hole = [{ response: "x", rewards: { a: 1 } }, { response: "y" }];
    await writeFile(at("hole.jsonl"), jsonl([{ prompt: "p", candidates: hole }]));
    expect(await calibrate("never.json", "--columns", "a", "--data", at("hole.jsonl"), "--goal", "a")).toBe(
      1,
    );
    expect(printed.stderr).toMatch(/hole\.jsonl:1 has no usable reward/);
  });

  test.each([
    [
      "text",
      "n/a",
      /cells\.csv:3: a cell of a reward column is no number \(field "a", found "n\/a", expected a finite/,
    ],
    ["hexadecimal digits", "0x10", /cells\.csv:3: .*found "0x10"/],
    ["nothing", " ", /cells\.csv:3: a cell of a reward column is empty \(field "a", found " "/],
  ])("quotes a cell that holds %s", async (_, cell, message) => {
    await writeFile(at("cells.csv"), `prompt,response,a,b\np,x,1,1\np,y,${cell},2\nq,z,3,3\n`);
    const data = ["--data", at("cells.csv"), "--goal", "a"];
    expect(await calibrate("never.json", "--columns", "a", ...data)).toBe(1);
    expect(printed.stderr).toMatch(message);
  });

  test("a column of nothing but text is quoted too", async () => {
    await writeFile(at("words.csv"), "prompt,response,a\np,x,high\np,y,low\n");
    const data = ["--data", at("words.csv"), "--goal", "a"];
    expect(await calibrate("never.json", "--columns", "a", ...data)).toBe(1);
    expect(printed.stderr).toMatch(/words\.csv:2: .*found "high"/);
  });

  test("a column that no row has is a wrong name on the command line", async () => {
    const data = ["--data", at("scores.csv"), "--goal", "bb"];
    expect(await calibrate("never.json", "--columns", "bb", ...data)).toBe(2);
    expect(printed.stderr).toMatch(/"bb"; did you mean "b"\? \(columns with numbers: a, b\)/);
  });

  test.each(["mean", "normal-quantile", "labelled"])(
    "a reward too large for the sums of %s is refused, and no reference is infinite",
    async (kind) => {
      const rewards = [1.7e308, 1.6e308, -1.7e308, 1];
      const rows = rewards.map((a, i) => ({ prompt: "p", response: `r${i}`, a, "truth.a": a > 0 ? 1 : 0 }));
      await writeFile(at("large.jsonl"), jsonl(rows));
      const args = ["--columns", "a", "--data", at("large.jsonl"), "--goal", "a", "--reference", kind];
      expect(await calibrate("never.json", ...args)).toBe(1);
      expect(printed.stderr).toMatch(/large\.jsonl:1 can't be used \(field "a", found 1\.7e\+308.*±1e\+100/);
      await expect(readFile(at("never.json"))).rejects.toThrow("ENOENT");
    },
  );

  test("a model that is gone is refused", async () => {
    await mkdir(at("moved"), { recursive: true });
    const out = "moved/objective.json";
    await calibrate(out, "--model", at("models", "helpful"), "--data", at("base.jsonl"), "--goal", "helpful");
    const objective = createObjective(await loadObjective(at(out)));
    await rename(at("models", "helpful"), at("models", "gone"));
    await expect(loadModelsOf(objective, at("moved"))).rejects.toThrow(/no such file/);
    await rename(at("models", "gone"), at("models", "helpful"));
  });
});
