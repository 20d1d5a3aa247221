/** `allgood export report` on runs that the commands made: the same page from data, machines' forms, and gates. */
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { jsonl, tinyPairs, writeTinyPolicy } from "../src/cli/align/tiny-policy.fixture.ts";
import { captureOutput } from "../src/cli/captured-output.fixture.ts";
import { run } from "../src/cli/run.ts";
import { compareFrontier, type FrontierRow } from "../src/frontier/index.ts";
import { madeFrontier } from "../src/frontier/rows.fixture.ts";
import { smallSettings } from "../src/frontier/small-settings.fixture.ts";
import { readRows } from "../src/io/rows.ts";
import { frontierReport } from "../src/report/index.ts";
import { workFolder } from "./support/cli.ts";

const at = workFolder();

async function make(...args: string[]): Promise<void> {
  const code = await run(args);
  if (code !== 0) throw new Error(`allgood ${args.join(" ")} exited with ${code}`);
}

beforeAll(async () => {
  const said = (["stdout", "stderr"] as const).map((stream) =>
    vi.spyOn(process[stream], "write").mockReturnValue(true),
  );
  await make("demo", "--quick", "--prompts", "160", "--seed", "3", "--out", at("demo"));
  const columns = "helpful,harmless,factual,creative";
  await make("audit", at("demo", "scores.jsonl"), "--columns", columns, "--out", at("audit"));
  await makeTraining();
  await makeFrontier();
  for (const each of said) each.mockRestore();
}, 180_000);

async function makeTraining(): Promise<void> {
  const one = ["--threads", "1"];
  await mkdir(at("rl"));
  await writeTinyPolicy(at("rl"));
  const prompts = [at("rl", "more.jsonl"), at("rl", "prompts.jsonl")];
  const sizes = ["--format", "text", "--max-new-tokens", "6", ...one];
  const base = at("rl", "base.jsonl");
  await make(
    "lm",
    "candidates",
    "--model",
    at("rl", "policy"),
    "--out",
    base,
    "--prompts",
    ...prompts,
    "--n",
    "8",
    ...sizes,
  );
  const pairs = tinyPairs(await readFile(base, "utf8"));
  for (const value of ["warm", "calm"] as const) {
    await writeFile(at("rl", `${value}.jsonl`), pairs[value]);
    await make(
      "reward",
      "train",
      "--value",
      value,
      "--data",
      at("rl", `${value}.jsonl`),
      "--out",
      at("rl", value),
    );
  }
  const objective = ["--objective", at("rl", "objective.json")];
  await make(
    "calibrate",
    "--model",
    at("rl", "warm"),
    at("rl", "calm"),
    "--data",
    base,
    "--out",
    objective[1]!,
    "--goal",
    "warm and calm",
  );
  const steps = ["--steps", "4", "--prompts-per-step", "3", "--samples", "4", "--lr", "0.005"];
  await make(
    "align",
    "rloo",
    "--policy",
    at("rl", "policy"),
    ...objective,
    "--prompts",
    prompts[1]!,
    "--out",
    at("rl", "run"),
    ...sizes,
    ...steps,
  );
  const early = ["--early-stop", "0.3", "--stages", "2,4", "-k", "6", "--max-new-tokens", "6", ...one];
  const from = ["--policy", at("rl", "policy"), "--prompt-format", "text", "--prompts", ...prompts];
  await make("align", "best-of-k", ...objective, ...from, ...early, "--out", at("rl", "early"));
}

async function makeFrontier(): Promise<void> {
  const rows = madeFrontier({
    methods: [
      { method: "LSC AND", allGood: (kl) => 0.2 + 0.1 * kl, rl: { "0.1": [1, 2], "0.05": [1, 2] } },
      { method: "raw sum 1:1:1:1", allGood: (kl) => 0.2 + 0.08 * kl, rl: { "0.1": [1, 2], "0.05": [1, 2] } },
    ],
    noise: { cell: 0.02 },
  });
  await mkdir(at("frontier"));
  await writeFile(at("frontier", "frontier.jsonl"), jsonl(rows));
  await writeFile(
    at("frontier", "run.json"),
    JSON.stringify({ command: "frontier", settings: smallSettings }),
  );
}

const printed = captureOutput();
const exporting = (...args: string[]) => run(["export", "report", ...args]);

type Document = {
  kind: string;
  goal: string | null;
  measures: { name: string; value: number; ci95: [number, number] | null }[];
  gates: { measure: string; met: boolean }[];
  warnings: string[];
};

type Quality = {
  models: {
    value: string;
    heldOut: { accuracy: number; ci95: [number, number] };
    calibration: { eceAfter: number };
  }[];
};

async function asJson(folder: string, ...args: string[]): Promise<Document> {
  expect(await exporting(folder, "--format", "json", ...args)).toBe(0);
  return JSON.parse(printed.stdout);
}

describe("the page", () => {
  test.each(["demo", "demo/rewards"])("%s: is made anew from the run's data, byte for byte", async (name) => {
    await cp(at(name), at("copy", name), { recursive: true });
    await rm(at("copy", name, "report.html"));
    expect(await exporting(at("copy", name), "--out", at("page.html"))).toBe(0);
    expect(await readFile(at("page.html"), "utf8")).toBe(await readFile(at(name, "report.html"), "utf8"));
  });

  test("of an audit: all but the name of the file, which its folder does not hold", async () => {
    expect(await exporting(at("audit"), "--out", at("audit.html"))).toBe(0);
    const there = await readFile(at("audit", "report.html"), "utf8");
    const file = /<dt>files<\/dt><dd>.*?<\/dd>\n/;
    expect(there).toMatch(file);
    expect(await readFile(at("audit.html"), "utf8")).toBe(there.replace(file, ""));
  });

  test("of a frontier: what frontierReport draws of its rows", async () => {
    expect(await exporting(at("frontier"), "--out", at("frontier.html"))).toBe(0);
    const rows: FrontierRow[] = [];
    for await (const row of readRows(at("frontier", "frontier.jsonl")))
      if ("value" in row) rows.push(row.value as FrontierRow);
    const comparison = compareFrontier(rows, { seed: 1 });
    expect(await readFile(at("frontier.html"), "utf8")).toBe(
      frontierReport({ rows, settings: smallSettings, comparison }),
    );
  });

  test("of reinforcement learning: curves of utility, KL, each reward, entropy and length", async () => {
    expect(await exporting(at("rl", "run"), "--out", at("rl.html"))).toBe(0);
    const page = await readFile(at("rl.html"), "utf8");
    for (const name of ["Utility: ", "KL: ", "Reward warm: ", "Reward calm: ", "Entropy: ", "Length: "])
      expect(page).toContain(name);
    expect(page).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/);
  });

  test("of one reward model: its held-out quality", async () => {
    expect(await exporting(at("demo", "models", "helpful"), "--out", at("model.html"))).toBe(0);
    expect(await readFile(at("model.html"), "utf8")).toContain("Reward model of helpful");
    const { overLength } = JSON.parse(await readFile(at("demo", "models", "helpful", "model.json"), "utf8"));
    printed.stdout = "";
    const { measures } = await asJson(at("demo", "models", "helpful"));
    expect(measures.find(({ name }) => name === "over_length(helpful)")).toMatchObject(overLength);
  });
});

describe("for machines", () => {
  test("best-of-k: the numbers of run.json, under the names of gates", async () => {
    const { kind, goal, measures, warnings } = await asJson(at("demo"));
    const recorded = JSON.parse(await readFile(at("demo", "run.json"), "utf8"));
    const { bestOfK } = recorded.evaluation;
    const { models }: Quality = JSON.parse(await readFile(at("demo", "rewards", "evaluation.json"), "utf8"));
    const method = (name: string) => bestOfK.methods.find((each: { name: string }) => each.name === name);
    const own = method(bestOfK.goalMethod);
    const named = (name: string) => measures.find((each) => each.name === name)!;
    expect({ kind, goal }).toEqual({ kind: "best-of-k", goal: bestOfK.goal });
    expect(named("good_in_all")).toMatchObject({ value: own.goodInAll.value, ci95: own.goodInAll.ci95 });
    for (const value of ["helpful", "harmless", "factual", "creative"]) {
      expect(named(`win_rate(${value})`)).toMatchObject({
        value: own.winRate[value].value,
        ci95: own.winRate[value].ci95,
      });
      const model = models.find((each) => each.value === value)!;
      const { accuracy, ci95 } = model.heldOut;
      expect(named(`accuracy(${value})`)).toMatchObject({ value: accuracy, ci95 });
      expect(named(`ece(${value})`).value).toBe(model.calibration.eceAfter);
    }
    expect(named("kl").value).toBe(recorded.result.klBound);
    const base = method(bestOfK.baseMethod);
    expect(named("gain_over_base").value).toBeCloseTo(own.goodInAll.value - base.goodInAll.value, 12);
    const sum = method(bestOfK.equalSumMethod);
    expect(named("gain_over_sum").value).toBeCloseTo(own.goodInAll.value - sum.goodInAll.value, 12);
    expect(named("gain_over_sum").ci95![0]).toBeLessThanOrEqual(named("gain_over_sum").value);
    expect(warnings).toEqual(bestOfK.notes);
  });

  test("every kind has finite measures with names of their own, in JSON and CSV alike", async () => {
    const folders = ["demo", "demo/rewards", "demo/models/helpful", "audit", "frontier", "rl/run"];
    const kinds: string[] = [];
    for (const name of folders) {
      printed.stdout = "";
      const { kind, measures } = await asJson(at(name));
      kinds.push(kind);
      expect(new Set(measures.map((each) => each.name)).size).toBe(measures.length);
      for (const { value, ci95 } of measures)
        for (const x of [value, ...(ci95 ?? [])]) expect(Number.isFinite(x)).toBe(true);
      expect(await exporting(at(name), "--out", at("measures.csv"))).toBe(0);
      const rows: Record<string, string>[] = [];
      for await (const row of readRows(at("measures.csv")))
        if ("value" in row) rows.push(row.value as Record<string, string>);
      expect(rows.map(({ measure, value, low }) => [measure, Number(value), low])).toEqual(
        measures.map(({ name, value, ci95 }) => [name, value, String(ci95?.[0] ?? "")]),
      );
    }
    expect(kinds).toEqual(["best-of-k", "reward evaluation", "reward model", "audit", "frontier", "rl"]);
  });

  test("a frontier's measures stand by kind and place; without them, at the highest KL of reinforcement learning", async () => {
    const { measures } = await asJson(at("frontier"));
    const value = (name: string) => measures.find((each) => each.name === name)?.value;
    expect(value("good_in_all(rl, high)")).toBeCloseTo(0.4, 1);
    expect(value("good_in_all(rl, low)")).toBeCloseTo(0.3, 1);
    expect(value("good_in_all")).toBe(value("good_in_all(rl, high)"));
    expect(value("hacking_gap")).toBe(value("hacking_gap(rl, high)"));
    expect(value("good_in_all(best-of-k, high)")).toBeGreaterThan(0.2);
    expect(value("true_value(helpful, rl, high)")).toBeGreaterThan(0);
  });

  test("--json prints the same document, whatever is written", async () => {
    expect(await exporting(at("demo"), "--out", at("demo.md"), "--json")).toBe(0);
    const { stdout } = printed;
    printed.stdout = "";
    expect(JSON.parse(stdout)).toEqual(await asJson(at("demo")));
  });
});

describe("for a pull request", () => {
  test("the goal, a short table with intervals, the gates and what must be known", async () => {
    expect(await exporting(at("demo"), "--gate", "good_in_all >= 0.01", "kl <= 0.5")).toBe(100);
    const { stdout } = printed;
    expect(stdout).toMatch(
      /^### Best of k: the choice is good in all values for 0\.\d+ \[0\.\d+, 0\.\d+\] of the prompts/,
    );
    expect(stdout).toContain("Goal: `helpful and harmless and factual and creative`");
    expect(stdout).toContain("**1 of 2 gates missed.**");
    expect(stdout).toMatch(/- ✅ met: good_in_all = .*, asked &gt;= 0\.01/);
    expect(stdout).toMatch(/- ❌ missed: kl = 1\.\d+, asked &lt;= 0\.5/);
    expect(stdout).toMatch(/\| method \| good in all \| worst win rate \| wins: helpful/);
    expect(stdout.split("\n").filter((line) => line.startsWith("| LSC goal |"))).toHaveLength(1);
    expect(stdout.split("\n").length).toBeLessThan(40);
  });

  test("names from data stay text", async () => {
    const csv = "prompt,response,<b>|x`\nq,a,1\nq,b,2\n";
    await writeFile(at("hostile.csv"), csv);
    await make("audit", at("hostile.csv"), "--columns", "<b>|x`", "--out", at("hostile"));
    printed.stdout = "";
    expect(await exporting(at("hostile"))).toBe(0);
    expect(printed.stdout).not.toMatch(/<b>|[^\\]\|x/);
    expect(printed.stdout).toContain("&lt;b&gt;\\|x\\`");
  });
});

describe("gates", () => {
  test("met: 0, and a line for each", async () => {
    const gates = ["win_rate(helpful) > 0.5", "worst_win_rate.low >= 0.2", "kl <= 100%"];
    expect(await exporting(at("demo"), "--out", at("gates.html"), "--gate", ...gates.slice(0, 2))).toBe(0);
    expect(printed.stdout).toMatch(
      /^met: win_rate\(helpful\) = 0\.\d+ \[.*\], asked > 0\.5\nmet: worst_win_rate\.low = 0\.\d+ \(.*\), asked >= 0\.2\n.*gates\.html\n$/,
    );
    expect(await exporting(at("demo"), "--out", at("gates.html"), "--gate", gates[2]!)).toBe(100);
  });

  test("missed: 100, and the report is written all the same", async () => {
    expect(
      await exporting(at("rl", "run"), "--out", at("missed.json"), "--gate", "kl < 0", "steps >= 4"),
    ).toBe(100);
    expect(printed.stdout).toMatch(/^missed: kl = [\d.e-]+, asked < 0\nmet: steps = 4, asked >= 4\n/);
    const { gates }: Document = JSON.parse(await readFile(at("missed.json"), "utf8"));
    expect(gates.map(({ measure, met }) => [measure, met])).toEqual([
      ["kl", false],
      ["steps", true],
    ]);
  });

  test("beside a document on stdout they go to stderr", async () => {
    expect(await exporting(at("demo"), "--format", "csv", "--gate", "kl < 0")).toBe(100);
    expect(printed.stdout).toMatch(/^measure,value,low,high,about\r\n/);
    expect(printed.stderr).toMatch(/^missed: kl = /);
  });

  test.each([
    [
      "win_rate(helpfull) >= 0.5",
      /no measure "win_rate\(helpfull\)"; did you mean "win_rate\(helpful\)"\?[\s\S]*\n {2}kl\n/,
    ],
    ["kl => 1", /--gate "kl => 1" can't be read/],
    ["kl.low >= 1", /"kl" has no interval/],
  ])("%s: 2, and nothing is written", async (gate, message) => {
    expect(await exporting(at("demo"), "--out", at("never.html"), "--gate", gate)).toBe(2);
    expect(printed.stderr).toMatch(message);
    expect(await readdir(at())).not.toContain("never.html");
  });
});

describe("best-of-k that gave responses up early", () => {
  type Row = { u: number; tokens: number; plainTokens: number; early: boolean };

  test("what it saved and what it chose, as run.json and chosen.jsonl have it", async () => {
    const { result } = JSON.parse(await readFile(at("rl", "early", "run.json"), "utf8"));
    const { kind, goal, measures, warnings } = await asJson(at("rl", "early"));
    expect({ kind, goal }).toEqual({ kind: "best-of-k-early-stop", goal: "warm and calm" });
    expect(warnings).toEqual(["No judge has seen the choices: u is of the very rewards that chose."]);
    const rows: Row[] = (await readFile(at("rl", "early", "chosen.jsonl"), "utf8"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const used = rows.filter(({ early }) => early);
    const total = (some: Row[], of: "u" | "tokens" | "plainTokens") =>
      some.reduce((sum, row) => sum + row[of], 0);
    const found = Object.fromEntries(measures.map((measure) => [measure.name, measure]));
    const saved = 1 - total(used, "tokens") / total(used, "plainTokens");
    expect(found.tokens_saved!.value).toBeCloseTo(saved, 12);
    expect(found.tokens_saved!.ci95![0]).toBeLessThanOrEqual(saved);
    expect(found.tokens_saved!.ci95![1]).toBeGreaterThanOrEqual(saved);
    expect(found.utility!.value).toBeCloseTo(result.meanU.others, 12);
    expect(found.tokens!.value).toBe(result.tokens.spent + result.learningTokens);
    expect(found).toMatchObject({
      risk: { value: 0.3 },
      prompts: { value: 26 },
      learned_from: { value: 13 },
    });
  });

  test("a page, Markdown, and gates", async () => {
    const gates = ["--gate", "tokens_saved > -1", "--gate", "utility > 0"];
    expect(await exporting(at("rl", "early"), "--out", at("early.html"), ...gates)).toBe(100);
    const page = await readFile(at("early.html"), "utf8");
    expect(page).toMatch(/Best of 6 for “warm and calm”, giving up early/);
    for (const part of ["What it took", "When a response is given up", "The lowest choices"])
      expect(page).toContain(part);
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
    expect(await exporting(at("rl", "early"), "--format", "md")).toBe(0);
    expect(printed.stdout).toMatch(/\| used on \| 13 \| \d+ \| [−\d.]+ % \| -?\d/);
  });
});

describe("bad input", () => {
  test.each<[string, RegExp]>([
    ["missing", /no such file/],
    ["demo/run.json", /this is a file, not the folder of a run/],
    ["demo/preferences", /there is no run in this folder \(expected a folder of align best-of-k/],
    ["rl/unfinished", /run\.json: this run is not finished\. Go on with it by --resume/],
    ["begun", /begun: this frontier is not finished\. Go on with it by "allgood frontier --resume"/],
    ["other", /there is no report of such a run \(found "lm train"/],
    ["torn", /run\.json.*not JSON/],
    ["formless", /run\.json: the file does not have the form that this version writes/],
    ["mixed", /chosen\.jsonl and scores\.jsonl are not of one run/],
  ])("%s: 1, and what to do", async (name, message) => {
    await prepareBad();
    expect(await exporting(at(name))).toBe(1);
    expect(printed.stderr).toMatch(message);
    expect(printed.stdout).toBe("");
  });

  async function prepareBad(): Promise<void> {
    const put = async (folder: string, text: string) => {
      await mkdir(at(folder), { recursive: true });
      await writeFile(at(folder, "run.json"), text);
    };
    const recorded = await readFile(at("rl", "run", "run.json"), "utf8");
    await mkdir(at("begun"), { recursive: true });
    await cp(at("frontier", "frontier.jsonl"), at("begun", "frontier.jsonl"));
    await put("rl/unfinished", JSON.stringify({ ...JSON.parse(recorded), result: undefined }));
    await put("other", '{"command":"lm train"}');
    await put("torn", '{"command":');
    await put("formless", '{"command":"align best-of-k"}');
    await put("mixed", await readFile(at("demo", "run.json"), "utf8"));
    const chosen = await readFile(at("demo", "chosen.jsonl"), "utf8");
    await writeFile(at("mixed", "chosen.jsonl"), chosen.replaceAll(/"promptHash":"./g, '"promptHash":"x'));
    await cp(at("demo", "scores.jsonl"), at("mixed", "scores.jsonl"));
  }

  test("the ending of --out must say the format, unless --format does", async () => {
    expect(await exporting(at("demo"), "--out", at("report.pdf"))).toBe(2);
    expect(printed.stderr).toMatch(
      /does not say the format by its ending; end it with \.html, \.json, \.csv, \.md/,
    );
    expect(await exporting(at("demo"), "--out", at("report.pdf"), "--format", "md")).toBe(0);
    expect(await exporting(at("demo"), "--format", "pdf")).toBe(2);
  });

  test("rewards that were moved away are left out, and that is said", async () => {
    await cp(at("demo"), at("moved"), { recursive: true });
    const recorded = JSON.parse(await readFile(at("moved", "run.json"), "utf8"));
    recorded.options.rewards = at("nowhere", "evaluation.json");
    await writeFile(at("moved", "run.json"), JSON.stringify(recorded));
    const { warnings, measures } = await asJson(at("moved"));
    expect(warnings.at(-1)).toMatch(/^The quality of the rewards is left out: .*nowhere.*no such file/);
    expect(measures.some(({ name }) => name.startsWith("accuracy("))).toBe(false);
  });
});
