/** The command line on rewards that are not folders: a served model and a function, beside the model itself. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createObjective } from "../../objective/index.ts";
import { loadRewardModel } from "../../rewards/index.ts";
import { loadModelsOf, loadObjective } from "../../rewards/open-objective.ts";
import { makePairs } from "../../rewards/pairs.fixture.ts";
import { serveApp, type TestServer } from "../../serve/protocols/dialect-server.fixture.ts";
import { teiRoutes } from "../../serve/protocols/tei.ts";
import { vllmRoutes } from "../../serve/protocols/vllm.ts";
import { QUESTIONS, writeTinyPolicy } from "../align/tiny-policy.fixture.ts";
import type { CalibrateResult } from "../calibrate/run.ts";
import { captureOutput } from "../captured-output.fixture.ts";
import { run } from "../run.ts";

const jsonl = (rows: unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");
const rowsOf = async (file: string) =>
  (await readFile(file, "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

let folder: string;
let server: TestServer;
let squashing: TestServer;
const at = (...parts: string[]) => join(folder, ...parts);

const concise = `export const value = "concise";
export const score = (items) => items.map(({ response }) => -response.length / 10);
`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allgood-remote-"));
  const pairs = makePairs(80, { lengthBias: 0.3 });
  const rows = pairs.map(({ prompt, chosen, rejected }) => ({ prompt, chosen, rejected }));
  await writeFile(at("pairs.jsonl"), jsonl(rows));
  await writeFile(
    at("base.jsonl"),
    jsonl(
      Array.from({ length: 12 }, (_, i) => ({
        prompt: `what about thing ${i}`,
        responses: ["kindly river", "grumpy stone, with many words", `paper ${i}`, "kindly garden, kindly"],
      })),
    ),
  );
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  await run(["reward", "train", "--value", "helpful", "--data", at("pairs.jsonl"), "--out", at("helpful")]);
  vi.restoreAllMocks();
  const model = await loadRewardModel(at("helpful"));
  server = await serveApp(vllmRoutes(model));
  squashing = await serveApp(teiRoutes(model));
  const remote = { format: "allgood-remote/1", value: "helpful" };
  await writeFile(
    at("helpful.json"),
    JSON.stringify({ ...remote, protocol: "vllm-classify", url: server.url }),
  );
  // asks TEI for probabilities, as one who does not know of raw_scores would
  const body = { inputs: "{text}", raw_scores: false };
  const template = { protocol: "url", url: `${squashing.url}/predict`, body, answer: "/0/score" };
  await writeFile(at("squashed.json"), JSON.stringify({ ...remote, ...template }));
  await writeFile(at("concise.mjs"), concise);
});
afterAll(async () => {
  await Promise.all([server.close(), squashing.close()]);
  await rm(folder, { recursive: true });
});
const printed = captureOutput();

const calibrate = (out: string, ...args: string[]) =>
  run(["calibrate", "--data", at("base.jsonl"), "--out", at(out), "--json", ...args]);
const remoteAndFunction = () => [
  "--model",
  at("helpful.json"),
  at("concise.mjs"),
  "--goal",
  "helpful and concise",
];

describe("remote rewards and functions at the command line", () => {
  test("calibrate gives the references of the model that is served, T = 1, and says what is missing", async () => {
    expect(await calibrate("objective.json", ...remoteAndFunction())).toBe(0);
    const { notes } = JSON.parse(printed.stdout) as CalibrateResult;
    expect(notes).toEqual([
      expect.stringMatching(/helpful: T is 1.*--pairs helpful=FILE/),
      expect.stringMatching(/concise: T is 1/),
    ]);
    await calibrate("direct.json", "--model", at("helpful"), "--goal", "helpful");
    const [remote, direct] = [
      await loadObjective(at("objective.json")),
      await loadObjective(at("direct.json")),
    ];
    expect(remote.values.helpful!.reference).toEqual(direct.values.helpful!.reference);
    expect(remote.values).toMatchObject({
      helpful: {
        model: { kind: "remote", description: { protocol: "vllm-classify", url: server.url } },
        temperature: 1,
        provenance: { temperature: "1, not fitted" },
      },
      concise: { model: { kind: "function", path: "concise.mjs" }, temperature: 1 },
    });
    const { models, seen } = await loadModelsOf(createObjective(remote), folder);
    expect([...models.keys()]).toEqual(["helpful", "concise"]);
    expect(seen).toBeUndefined();
  });

  test("calibrate --pairs fits T on preference pairs", async () => {
    const pairs = ["--pairs", `helpful=${at("pairs.jsonl")}`];
    expect(await calibrate("fitted.json", ...remoteAndFunction(), ...pairs)).toBe(0);
    const { helpful, concise } = (await loadObjective(at("fitted.json"))).values;
    expect(helpful!.temperature).not.toBe(1);
    expect(helpful!.provenance).toMatchObject({
      temperature: {
        pairs: 80,
        files: [{ file: "pairs.jsonl", sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }],
      },
    });
    expect(concise!.temperature).toBe(1);
    const one = ["--model", at("helpful.json"), "--goal", "helpful"];
    expect(await calibrate("one.json", ...one, "--pairs", at("pairs.jsonl"))).toBe(0);
    expect((await loadObjective(at("one.json"))).values.helpful!.temperature).toBe(helpful!.temperature);
  });

  test.each<[string, () => string[], RegExp]>([
    [
      "pairs that could be of two values",
      () => [...remoteAndFunction(), "--pairs", at("pairs.jsonl")],
      /VALUE=FILE/,
    ],
    [
      "pairs of a value that the goal lacks",
      () => [...remoteAndFunction(), "--pairs", `helpfull=${at("pairs.jsonl")}`],
      /did you mean "helpful"/,
    ],
    [
      "pairs of a trained model",
      () => ["--model", at("helpful"), "--goal", "helpful", "--pairs", `helpful=${at("pairs.jsonl")}`],
      /only remote rewards and functions are fitted/,
    ],
  ])("calibrate refuses %s", async (_, args, message) => {
    expect(await calibrate("never.json", ...args())).toBe(2);
    expect(printed.stderr).toMatch(message);
  });

  test("calibrate says that rewards went through a sigmoid", async () => {
    expect(
      await calibrate("squashed-objective.json", "--model", at("squashed.json"), "--goal", "helpful"),
    ).toBe(0);
    const { notes } = JSON.parse(printed.stdout) as CalibrateResult;
    expect(notes).toContainEqual(
      expect.stringMatching(/helpful: all rewards lie within 0 and 1.*raw_scores true/),
    );
  });

  test("score writes what the served model itself would", async () => {
    const score = (out: string, ...models: string[]) =>
      run(["score", "--model", ...models, "--data", at("base.jsonl"), "--out", at(out)]);
    expect(await score("remote.jsonl", at("helpful.json"), at("concise.mjs"))).toBe(0);
    expect(await score("direct.jsonl", at("helpful"))).toBe(0);
    const [remote, direct] = [await rowsOf(at("remote.jsonl")), await rowsOf(at("direct.jsonl"))];
    expect(remote).toHaveLength(48);
    expect(remote.map(({ helpful }) => helpful)).toEqual(direct.map(({ helpful }) => helpful));
    expect(remote[0]).toMatchObject({ response: "kindly river", concise: -1.2 });
  });

  test("best-of-k chooses by them, judged by the model itself", async () => {
    await calibrate("for-best.json", ...remoteAndFunction());
    const bestOfK = (objective: string, out: string, ...judge: string[]) =>
      run([
        "align",
        "best-of-k",
        ...["--objective", at(objective), "--candidates", at("base.jsonl"), "--out", at(out)],
        ...["--judge", ...judge],
      ]);
    expect(await bestOfK("for-best.json", "best", at("helpful"), at("concise.mjs"))).toBe(0);
    const chosen = await rowsOf(at("best", "chosen.jsonl"));
    expect(chosen.map(({ response }) => response)).toEqual(Array(12).fill("kindly river"));
    const { result } = JSON.parse(await readFile(at("best", "run.json"), "utf8"));
    // the served model is another source than its folder, as far as anyone can know; the function is itself
    expect(result.evaluation.notes).toContainEqual(
      expect.stringMatching(/^concise: the judge is the very reward that chose/),
    );
    expect(result.evaluation.notes.filter((note: string) => note.includes("the judge"))).toHaveLength(1);
  });

  test("reward eval gives the accuracy of the served model", async () => {
    const evaluate = async (model: string) => {
      const args = ["--model", at(model), "--data", at("pairs.jsonl"), "--part", "all", "--json"];
      expect(await run(["reward", "eval", ...args])).toBe(0);
      const result = JSON.parse(printed.stdout.trimEnd().split("\n").at(-1)!) as { heldOut: unknown };
      return result.heldOut;
    };
    expect(await evaluate("helpful.json")).toEqual(await evaluate("helpful"));
  });

  test("align learns by them as by the model itself: the same bytes", async () => {
    await writeTinyPolicy(folder);
    const prompts = QUESTIONS.map((prompt) => ({ prompt, responses: ["kindly", "grumpy"] }));
    await writeFile(at("questions.jsonl"), jsonl(prompts));
    const aligned: Buffer[] = [];
    for (const [name, model] of [
      ["by-remote", "helpful.json"],
      ["by-model", "helpful"],
    ] as const) {
      const objective = at(`${name}.json`);
      const goal = ["--goal", "helpful", "--temperature", "1", "--out", objective];
      expect(await run(["calibrate", "--model", at(model), "--data", at("questions.jsonl"), ...goal])).toBe(
        0,
      );
      const files = ["--objective", objective, "--policy", at("policy"), "--prompts", at("prompts.jsonl")];
      const small = ["--steps", "2", "--prompts-per-step", "2", "--samples", "2", "--max-new-tokens", "4"];
      const settings = [...small, "--format", "text", "--threads", "1", "--out", at(name)];
      expect(await run(["align", "rloo", ...files, ...settings])).toBe(0);
      aligned.push(await readFile(at(name, "model.safetensors")));
    }
    expect(aligned[0]).toEqual(aligned[1]);
    expect(aligned[0]).not.toEqual(await readFile(at("policy", "model.safetensors")));
  });

  test("a server that is not there: its value and address, exit 1, no file", async () => {
    const gone = await serveApp(vllmRoutes(await loadRewardModel(at("helpful"))));
    await gone.close();
    const description = { format: "allgood-remote/1", value: "helpful", protocol: "vllm-score", retries: 1 };
    await writeFile(at("gone.json"), JSON.stringify({ ...description, url: gone.url }));
    expect(await calibrate("never.json", "--model", at("gone.json"), "--goal", "helpful")).toBe(1);
    expect(printed.stderr).toMatch(
      /^error: the reward of "helpful" at http:\/\/127\.0\.0\.1:\d+\/score: the connection failed \(found .*ECONNREFUSED/,
    );
    expect(printed.stderr).not.toContain("    at ");
    await expect(readFile(at("never.json"))).rejects.toThrow("ENOENT");
  });
});
