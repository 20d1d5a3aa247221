/** The whole loop at the command line: learn, transform, combine, choose, prove; on the demo world, where truth is known. */
import { readFile, writeFile } from "node:fs/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { allgood, json, workFolder } from "./support/cli.ts";

const at = workFolder();
type Interval = [number, number];
type Method = { name: string; kl: number; allGood: number; ci95: Interval };
type Demo = {
  report: string;
  methods: Method[];
  rewards: { value: string; accuracy: number }[];
  seconds: number;
};
let demo: Demo;

beforeAll(async () => {
  demo = await json<Demo>("demo", "--quick", "--prompts", "240", "--seed", "3", "--out", at("demo"));
}, 180_000);

const method = (name: string) => demo.methods.find((each) => each.name === name)!;

describe("allgood demo", () => {
  test("reports every method with its share truly good in all values and an interval", () => {
    expect(demo.report).toBe(at("demo", "report.html"));
    expect(demo.methods.length).toBeGreaterThan(20);
    for (const { allGood, ci95, kl } of demo.methods) {
      expect(ci95[0]).toBeLessThanOrEqual(allGood);
      expect(ci95[1]).toBeGreaterThanOrEqual(allGood);
      expect(kl).toBeGreaterThanOrEqual(0);
    }
  });

  test("best of 8 under the goal is truly better than the base, and no better than an oracle", () => {
    expect(method("LSC goal").ci95[0]).toBeGreaterThan(method("base").ci95[1]);
    expect(method("LSC goal").allGood).toBeLessThan(method("oracle").allGood);
    expect(method("LSC goal").kl).toBeCloseTo(Math.log(8) - 7 / 8, 9);
  });

  test("the same seed gives the same bytes", async () => {
    await json("demo", "--quick", "--prompts", "160", "--seed", "5", "--out", at("one"));
    await json("demo", "--quick", "--prompts", "160", "--seed", "5", "--out", at("two"));
    for (const name of [
      "candidates.jsonl",
      "models/helpful/model.json",
      "models/helpful/weights.safetensors",
      "chosen.jsonl",
    ]) {
      expect((await readFile(at("one", name))).equals(await readFile(at("two", name))), name).toBe(true);
    }
  }, 180_000);

  test("for people, the report's path is the last line", async () => {
    const { stdout } = await allgood("demo", "--quick", "--prompts", "160", "--out", at("people"));
    expect(stdout.trimEnd().split("\n").at(-1)).toBe(at("people", "report.html"));
  });
});

describe("the same steps one by one", () => {
  const model = (value: string) => at("demo", "models", value);
  const candidates = () => at("demo", "candidates.jsonl");

  test("reward train and reward eval agree on the held-out pairs", async () => {
    const data = at("demo", "preferences", "harmless.jsonl");
    const trained = await json(
      "reward",
      "train",
      "--value",
      "harmless",
      "--data",
      data,
      "--out",
      at("harmless"),
      "--seed",
      "1",
    );
    expect(trained).toMatchObject({
      heldOut: {
        pairs: expect.any(Number),
        accuracy: expect.any(Number),
        ci95: [expect.any(Number), expect.any(Number)],
      },
      lengthBaseline: { accuracy: expect.any(Number) },
      calibration: {
        temperature: expect.any(Number),
        eceBefore: expect.any(Number),
        eceAfter: expect.any(Number),
      },
    });
    const evaluated = await json("reward", "eval", "--model", at("harmless"), "--data", data);
    expect(evaluated.heldOut).toEqual(trained.heldOut);
  });

  test("score adds a column a model, and audit reads what align wrote", async () => {
    const out = at("scores.csv");
    await json(
      "score",
      "--model",
      model("helpful"),
      "--model",
      model("harmless"),
      "--data",
      candidates(),
      "--out",
      out,
    );
    const audit = await json<{ columns: { name: string }[] }>("audit", out, "--columns", "helpful,harmless");
    expect(audit.columns.map(({ name }) => name)).toEqual(["helpful", "harmless"]);
    const ours = at("demo", "scores.jsonl");
    const other = await json<{ sum: { prompts: number } }>(
      "audit",
      ours,
      "--columns",
      "helpful,harmless,factual,creative",
      "--out",
      at("audit"),
    );
    expect(other.sum.prompts).toBeGreaterThan(0);
    expect(await readFile(at("audit", "report.html"), "utf8")).toContain("<svg");
  });

  test("audit's recommended objective is one that align takes", async () => {
    const csv = at("hand.csv");
    await writeFile(
      csv,
      "prompt,response,kind,safe\nq1,a,1,5\nq1,b,2,1\nq1,c,0,4\nq2,a,3,0\nq2,b,1,2\nq2,c,2,1.5\n",
    );
    await json("audit", csv, "--columns", "kind,safe", "--out", at("hand"));
    const chosen = await json<{ prompts: number }>(
      "align",
      "best-of-k",
      "--objective",
      at("hand", "objective.json"),
      "--candidates",
      csv,
      "--out",
      at("hand-run"),
    );
    expect(chosen.prompts).toBe(2);
  });

  test("one value with a fixed reference: LSC picks what the raw reward picks, at every prompt", async () => {
    const objective = at("one-value.json");
    await json(
      "calibrate",
      "--model",
      model("helpful"),
      "--data",
      candidates(),
      "--goal",
      "helpful",
      "--out",
      objective,
    );
    const { evaluation } = await json<{
      evaluation: { methods: { name: string; differsFromGoal: { value: number } }[] };
    }>(
      "align",
      "best-of-k",
      "--objective",
      objective,
      "--candidates",
      candidates(),
      "--out",
      at("one-value"),
    );
    const raw = evaluation.methods.find(({ name }) => name === "only helpful" || name.startsWith("raw sum"))!;
    expect(raw.differsFromGoal.value).toBe(0);
    expect(await readFile(at("one-value", "report.html"), "utf8")).toContain("Where LSC does not help");
  });

  test("soft best-of-k is seeded, and its KL bound lies below the hard one's", async () => {
    const run = (out: string, seed: string) =>
      json<{ klBound: number; chosen: string }>(
        "align",
        "best-of-k",
        "--objective",
        at("demo", "objective.json"),
        "--candidates",
        candidates(),
        "--gamma",
        "1",
        "--seed",
        seed,
        "--out",
        at(out),
      );
    const [one, same, other] = [await run("soft1", "1"), await run("soft2", "1"), await run("soft3", "2")];
    expect(one.klBound).toBeLessThan(Math.log(8));
    expect(await readFile(one.chosen, "utf8")).toBe(await readFile(same.chosen, "utf8"));
    expect(await readFile(one.chosen, "utf8")).not.toBe(await readFile(other.chosen, "utf8"));
  });
});
