import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { loadModel, loadTokenizer } from "../../models/index.ts";
import { captureOutput } from "../captured-output.fixture.ts";
import { run } from "../run.ts";
import { CONTEXT, jsonl, QUESTIONS, tinyPairs, writeTinyPolicy } from "./tiny-policy.fixture.ts";

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);
const one = ["--threads", "1"];
const candidates = (out: string, ...args: string[]) =>
  run([
    ...["lm", "candidates", "--model", at("policy"), "--out", at(out)],
    ...(args.includes("--prompts") ? [] : ["--prompts", at("prompts.jsonl")]),
    ...["--format", "text", "--max-new-tokens", "8", ...one, ...args],
  ]);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allgood-align-"));
  for (const stream of ["stdout", "stderr"] as const)
    vi.spyOn(process[stream], "write").mockReturnValue(true);
  await writeTinyPolicy(folder);
  await candidates("base.jsonl", "--prompts", at("more.jsonl"), at("prompts.jsonl"), "--n", "8");
  const pairs = tinyPairs(await readFile(at("base.jsonl"), "utf8"));
  for (const value of ["warm", "calm"] as const) {
    await writeFile(at(`${value}.jsonl`), pairs[value]);
    await run(["reward", "train", "--value", value, "--data", at(`${value}.jsonl`), "--out", at(value)]);
  }
  const shared = ["--data", at("base.jsonl"), "--out", at("objective.json"), "--goal", "warm and calm"];
  await run(["calibrate", "--model", at("warm"), at("calm"), ...shared]);
  vi.restoreAllMocks();
});
afterAll(() => rm(folder, { recursive: true }));
const printed = captureOutput();

/** Four small steps unless told otherwise. */
const align = (algorithm: string, out: string, ...more: string[]) =>
  run([
    ...["align", algorithm, "--policy", at("policy"), "--objective", at("objective.json")],
    ...(more.includes("--prompts") ? [] : ["--prompts", at("prompts.jsonl")]),
    ...["--out", at(out), "--format", "text", "--steps", "4"],
    ...["--prompts-per-step", "3", "--samples", "4", "--max-new-tokens", "6", "--lr", "0.005"],
    ...["--checkpoint-every", "2", ...one, ...more],
  ]);

const metricsOf = async (out: string): Promise<Record<string, number>[]> =>
  (await readFile(at(out, "metrics.jsonl"), "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
const checkpoints = (out: string) => readdir(at(out, "checkpoints")).catch((): string[] => []);
const bytes = (...parts: string[]) => readFile(at(...parts));

describe("lm candidates", () => {
  test("n responses to each prompt, in the form that calibrate reads; the same for the same seed", async () => {
    expect(await candidates("a.jsonl", "--n", "3", "--seed", "5", "--json")).toBe(0);
    const result = JSON.parse(printed.stdout);
    expect(result).toMatchObject({ prompts: QUESTIONS.length, candidates: 3 * QUESTIONS.length });
    expect(result.tokens).toBeLessThanOrEqual(8 * result.candidates);
    const rows = (await readFile(at("a.jsonl"), "utf8")).trim().split("\n");
    expect(rows.map((line) => JSON.parse(line).prompt[0].content)).toEqual(QUESTIONS);
    const ids = rows.flatMap((line) => JSON.parse(line).candidates.map(({ id }: { id: string }) => id));
    expect(new Set(ids).size).toBe(result.candidates);
    await candidates("b.jsonl", "--n", "3", "--seed", "5");
    expect(await bytes("b.jsonl")).toEqual(await bytes("a.jsonl"));
    await candidates("c.jsonl", "--n", "3", "--seed", "6");
    expect(await bytes("c.jsonl")).not.toEqual(await bytes("a.jsonl"));
  });

  test("a prompt that leaves no room is refused, and nothing is left behind", async () => {
    expect(await candidates("long-candidates.jsonl", "--prompts", at("long.jsonl"))).toBe(1);
    expect(printed.stderr).toMatch(/leaves no room/);
    expect((await readdir(folder)).filter((name) => name.includes("long-candidates"))).toEqual([]);
    expect(await candidates("none.jsonl", "--n", "0")).toBe(2);
  });
});

test.each([
  ["rloo", []],
  ["ppo", ["--minibatches", "2"]],
  ["grpo", ["--kl", "k2-loss"]],
  ["dpo", ["--pairs", "best-worst"]],
  ["expert", ["--choice", "hard"]],
])("%s: the model in Hugging Face layout, a row a step, and what came of it", async (algorithm, own) => {
  expect(await align(algorithm, algorithm, ...own, "--json")).toBe(0);
  const result = JSON.parse(printed.stdout);
  expect(result).toMatchObject({ algorithm, steps: 4, prompts: QUESTIONS.length, goal: "warm and calm" });
  const rows = await metricsOf(algorithm);
  expect(rows.map(({ step }) => step)).toEqual([1, 2, 3, 4]);
  for (const row of rows) for (const number of Object.values(row)) expect(number).toBeTypeOf("number");
  // before the first update, the policy is the reference policy
  for (const name of ["kl", "kl.k1", "kl.k2", "kl.k3"]) expect(rows[0]![name]).toBeCloseTo(0, 4);
  expect(rows.slice(1).every(({ kl }) => kl! > 0)).toBe(true);
  expect(rows[0]).toMatchObject({
    "reward.warm": result.first.rewards.warm,
    "reward.calm": result.first.rewards.calm,
  });
  // measured once more after the last update, so of none of the steps
  expect(result.last.kl.exact).toBeGreaterThan(0);
  expect(rows.map(({ kl }) => kl)).not.toContain(result.last.kl.exact);
  const [base, aligned] = [await loadModel(at("policy")), await loadModel(at(algorithm))];
  expect(aligned.config).toEqual(base.config);
  const moved = [...base.weights].filter(([name, w]) =>
    aligned.weights.get(name)!.some((x, i) => x !== w[i]),
  );
  expect(moved.length).toBeGreaterThan(0);
  const text = "the cat sat";
  expect((await loadTokenizer(at(algorithm))).encode(text)).toEqual(
    (await loadTokenizer(at("policy"))).encode(text),
  );
  printed.stdout = "";
  expect(await run(["lm", "sample", "--model", at(algorithm), "--prompt", "the", ...one, "--json"])).toBe(0);
});

test("a person reads what changed, and where the model is", async () => {
  expect(await align("rloo", "read")).toBe(0);
  expect(printed.stdout).toMatch(/^rloo towards warm and calm: 4 steps on 6 prompts\n/);
  expect(printed.stdout).toMatch(/reward warm +-?\d+\.\d{3} +-?\d+\.\d{3}/);
  expect(printed.stdout).toMatch(/sampling \d+ %, scoring \d+ %, training \d+ %\n.*written: /);
});

describe("--resume", () => {
  const long = ["--steps", "14", "--checkpoint-every", "5", "--target-kl", "0.5", "--resume"];

  test.each([
    ["ppo", []],
    ["rloo", ["--lora-rank", "2"]],
  ])("%s %j: interrupted with Ctrl-C, it goes on to the same bytes", async (algorithm, own) => {
    const [whole, stopped] = [`${algorithm}-whole`, `${algorithm}-stopped`];
    expect(await align(algorithm, whole, ...long, ...own)).toBe(0);
    const running = align(algorithm, stopped, ...long, ...own);
    while (!(await checkpoints(stopped)).includes("step-00000005")) await wait(2);
    process.emit("SIGINT");
    expect(await running).toBe(130);
    expect((await metricsOf(stopped)).length).toBeLessThan(14);
    expect(await align(algorithm, stopped, ...long, ...own)).toBe(0);
    for (const name of ["model.safetensors", "metrics.jsonl"])
      expect((await bytes(stopped, name)).equals(await bytes(whole, name)), name).toBe(true);
  });

  test("other settings, another policy or other prompts are refused, and a run is not written over", async () => {
    expect(await align("rloo", "first")).toBe(0);
    expect(await align("rloo", "first")).toBe(1);
    expect(printed.stderr).toMatch(/there is a run in this folder already.*--resume/);
    await cp(at("rloo-whole"), at("other-policy"), { recursive: true });
    await writeFile(at("fewer.jsonl"), jsonl([{ prompt: "the cat" }]));
    for (const [field, ...args] of [
      ["klWeight", "--kl-weight", "0.3"],
      ["samples", "--samples", "2"],
      ["data", "--prompts", at("fewer.jsonl")],
      ["model", "--policy", at("other-policy")],
    ] as const) {
      printed.stderr = "";
      expect(await align("rloo", "first", "--resume", ...args)).toBe(1);
      expect(printed.stderr).toMatch(new RegExp(`started with something else \\(field "${field}"`));
    }
  });

  test("another algorithm is refused", async () => {
    expect(await align("rloo", "one-algorithm")).toBe(0);
    expect(await align("expert", "one-algorithm", "--resume")).toBe(1);
    expect(printed.stderr).toMatch(/started with something else/);
  });
});

test("an adapter: the merged model, and the adapter beside it", async () => {
  expect(await align("rloo", "adapted", "--lora-rank", "2", "--lora-targets", "query")).toBe(0);
  expect((await stat(at("adapted", "adapter.safetensors"))).size).toBeGreaterThan(0);
  const [base, merged] = [await loadModel(at("policy")), await loadModel(at("adapted"))];
  const moved = [...base.weights]
    .filter(([name, weight]) => merged.weights.get(name)!.some((x, i) => x !== weight[i]))
    .map(([name]) => name);
  expect(moved.length).toBeGreaterThan(0);
  expect(moved.every((name) => /quer|attn|qkv/i.test(name))).toBe(true);
});

test("a target KL moves the weight of the penalty, up where the KL is above it", async () => {
  const far = ["--lr", "0.05", "--steps", "6", "--kl-weight", "0.1"];
  expect(await align("rloo", "steered", ...far, "--target-kl", "0.01")).toBe(0);
  const rows = await metricsOf("steered");
  expect(rows.at(-1)!.kl).toBeGreaterThan(0.01);
  expect(rows.at(-1)!.klWeight).toBeGreaterThan(rows[1]!.klWeight!);
  await align("rloo", "unsteered", ...far);
  for (const { klWeight } of await metricsOf("unsteered")) expect(klWeight).toBe(0.1);
});

describe("limits", () => {
  const far = ["--lr", "0.03", "--steps", "30", "--kl-weight", "0", "--checkpoint-every", "1"];

  test("KL beyond its limit ends the run; the checkpoint before it is named, and is a model", async () => {
    expect(await align("rloo", "far", ...far, "--max-kl", "0.5", "--lr", "0.005")).toBe(1);
    const [, step] = /too far from the reference policy at step (\d+)/.exec(printed.stderr)!;
    expect(printed.stderr).toMatch(/field "KL", found \d+\.\d\d nats a response, expected at most 0\.5/);
    const [, kept] = /The last good checkpoint is (\S+step-\d+)/.exec(printed.stderr)!;
    // a step measures the policy that the step before has left: that one is too far, and the one before it was not
    expect(kept).toBe(at("far", "checkpoints", `step-${String(Number(step) - 2).padStart(8, "0")}`));
    const rows = await metricsOf("far");
    expect(rows).toHaveLength(Number(step) - 1);
    expect(rows.every(({ kl }) => kl! <= 0.5)).toBe(true);
    expect((await loadModel(kept!)).config.context).toBe(CONTEXT);
    printed.stdout = "";
    expect(await run(["lm", "sample", "--model", kept!, "--prompt", "the", ...one, "--json"])).toBe(0);
  });

  test("what the last update has done counts too", async () => {
    expect(await align("rloo", "far-at-end", "--lr", "0.03", "--steps", "1", "--max-kl", "0.001")).toBe(1);
    // the one step's rollouts are of the reference policy itself
    expect(await metricsOf("far-at-end")).toHaveLength(1);
    expect(printed.stderr).toMatch(/too far from the reference policy at the end/);
    expect(await stat(at("far-at-end", "model.safetensors")).catch(() => "absent")).toBe("absent");
  });

  test("a limit passed before the first checkpoint says that there is none", async () => {
    const rare = ["--checkpoint-every", "30", "--max-kl", "0.001"];
    expect(await align("rloo", "far-early", ...far, ...rare)).toBe(1);
    expect(printed.stderr).toMatch(/There was no good checkpoint yet/);
  });

  test("a collapse is said once, and stops the run only where it is to", async () => {
    // the entropy of 280 tokens is at most 5.63 nats: below this floor is every policy
    const floor = ["--entropy-floor", "10"];
    expect(await align("rloo", "warned", ...floor)).toBe(0);
    expect(printed.stderr.match(/warning: the policy has collapsed at step 1/g)).toHaveLength(1);
    expect(printed.stderr.match(/collapsed/g)).toHaveLength(1);
    printed.stderr = "";
    expect(await align("rloo", "collapsed", ...floor, "--on-collapse", "stop")).toBe(1);
    expect(printed.stderr).toMatch(/collapsed at step 1.*found an entropy of \d.*expected at least 10/);
    expect(await stat(at("collapsed", "model.safetensors")).catch(() => "absent")).toBe("absent");
  });
});

describe("bad input", () => {
  test("an objective over a column: training makes new responses, which have none", async () => {
    const rows = QUESTIONS.flatMap((prompt) =>
      [1, 2, 3].map((x) => ({ prompt, response: `answer ${x}`, warm: x, calm: -x })),
    );
    await writeFile(at("columns.jsonl"), jsonl(rows));
    const columns = ["--columns", "warm,calm", "--data", at("columns.jsonl"), "--goal", "warm and calm"];
    expect(await run(["calibrate", ...columns, "--out", at("columns.json")])).toBe(0);
    expect(await align("rloo", "columns", "--objective", at("columns.json"))).toBe(1);
    expect(printed.stderr).toMatch(/columns\.json: the reward of "warm" is a column.*allgood reward train/);
    expect(await readdir(at("columns")).catch(() => "absent")).toBe("absent");
  });

  test("a folder that holds a model, and no run, is left alone", async () => {
    await cp(at("policy"), at("precious"), { recursive: true });
    expect(await align("rloo", "precious")).toBe(1);
    expect(printed.stderr).toMatch(/precious: there is a model in this folder already/);
    expect(await bytes("precious", "model.safetensors")).toEqual(await bytes("policy", "model.safetensors"));
  });

  test("a prompt that leaves no room is left out and counted; if all do, that is an error", async () => {
    expect(await align("rloo", "room", "--prompts", at("long.jsonl"), at("prompts.jsonl"))).toBe(0);
    expect(printed.stderr).toMatch(/1 of 7 prompts left out: they leave no room/);
    expect(await align("rloo", "no-room", "--prompts", at("long.jsonl"))).toBe(1);
    expect(printed.stderr).toMatch(/no prompt leaves room .*from \d+ tokens on.*at most 18 of .* 24/);
  });

  test("prompts without a reference are counted before anything is trained", async () => {
    await writeFile(at("unknown.jsonl"), jsonl([{ prompt: "the sea" }]));
    expect(await align("rloo", "unknown", "--prompts", at("unknown.jsonl"))).toBe(1);
    expect(printed.stderr).toMatch(
      /objective\.json: "warm" has no reference for 1 of 1 prompts \(found "the sea"\).*--otherwise/,
    );
    expect(await readdir(at("unknown")).catch(() => "absent")).toBe("absent");
  });

  test.each([
    ["--steps", "0"],
    ["--lr", "-1"],
    ["--kl-weight", "-0.1"],
    ["--on-collapse", "shrug"],
    ["--lora-targets", "nose"],
    ["--warmup", "-1"],
    ["--samples", "1"],
    ["--target-kl", "1", "--kl-weight", "0"],
  ])("%s %s is a usage error", async (option, ...values) => {
    expect(await align("rloo", "usage", option, ...values)).toBe(2);
    expect(printed.stderr).toContain(option);
    expect(await readdir(at("usage")).catch(() => "absent")).toBe("absent");
  });

  test.each<[string, number, ...string[]]>([
    ["ppo", 0, "--samples", "1"],
    ["ppo", 2, "--lambda", "1.5"],
    ["grpo", 2, "--samples", "1"],
    ["dpo", 2, "--samples", "1"],
    ["dpo", 2, "--kl-weight", "0"],
    ["expert", 2, "--kl-weight", "0"],
    ["expert", 0, "--kl-weight", "0", "--choice", "hard"],
  ])("%s ends with %i where it can't learn from what is asked: %s %s", async (algorithm, code, ...args) => {
    const out = `${algorithm}${args.join("")}`;
    expect(await align(algorithm, out, "--steps", "1", ...args)).toBe(code);
    if (code === 0) return;
    expect(printed.stderr).toContain(args[0]);
    expect(await readdir(at(out)).catch(() => "absent")).toBe("absent");
  });
});
