/** `--policy DIR_OR_URL` in place of files of candidates: `calibrate`, `align best-of-k`, `lm candidates`. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { loadModel, loadTokenizer } from "../models/index.ts";
import { LocalPolicy } from "../policies/index.ts";
import { serveChat } from "../serve/chat/chat-server.fixture.ts";
import { tinyPairs, writeTinyPolicy } from "./align/tiny-policy.fixture.ts";
import { captureOutput } from "./captured-output.fixture.ts";
import { run } from "./run.ts";

let folder: string;
let policy: LocalPolicy;
let server: Awaited<ReturnType<typeof serveChat>>;
const at = (...parts: string[]) => join(folder, ...parts);
const one = ["--threads", "1"];
const short = ["--max-new-tokens", "8"];
const local = () => ["--policy", at("policy"), "--prompt-format", "text", ...one, ...short];
const remote = () => ["--policy", server.url, "--policy-model", "tiny", ...short];
const rows = async (...parts: string[]) =>
  (await readFile(at(...parts), "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allgood-policy-"));
  for (const stream of ["stdout", "stderr"] as const)
    vi.spyOn(process[stream], "write").mockReturnValue(true);
  await writeTinyPolicy(folder);
  policy = new LocalPolicy(await loadModel(at("policy")), await loadTokenizer(at("policy")), {
    name: "tiny",
    format: "text",
    threads: 1,
  });
  server = await serveChat(policy);
  const all = ["--prompts", at("more.jsonl"), at("prompts.jsonl")];
  const base = ["--format", "text", "--n", "8", "--out", at("base.jsonl"), ...short, ...one];
  await run(["lm", "candidates", "--policy", at("policy"), ...all, ...base]);
  const pairs = tinyPairs(await readFile(at("base.jsonl"), "utf8"));
  for (const value of ["warm", "calm"] as const) {
    await writeFile(at(`${value}.jsonl`), pairs[value]);
    await run(["reward", "train", "--value", value, "--data", at(`${value}.jsonl`), "--out", at(value)]);
  }
  await calibrate("objective.json", "--data", at("base.jsonl"));
  vi.restoreAllMocks();
});
afterAll(async () => {
  await server.close();
  await policy.dispose();
  await rm(folder, { recursive: true });
});
const printed = captureOutput();

/** The server, which refuses once it has answered `left` times. */
async function startFront() {
  const front = { policy: [""], left: Number.POSITIVE_INFINITY, seen: 0 };
  const listening = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    front.seen += 1;
    if (front.left-- <= 0) return void response.writeHead(401).end('{"error": {"message": "no more"}}');
    const body = Buffer.concat(parts);
    const answer = await fetch(`${server.url}/chat/completions`, { method: "POST", body });
    response.writeHead(answer.status).end(await answer.text());
  });
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
  front.policy = ["--policy", url, "--policy-model", "tiny", ...short];
  const close = () => new Promise<void>((resolve) => listening.close(() => resolve()));
  return Object.assign(front, { [Symbol.asyncDispose]: close });
}

const calibrate = (out: string, ...args: string[]) =>
  run([
    ...["calibrate", "--model", at("warm"), at("calm"), "--goal", "warm and calm", "--out", at(out)],
    ...args,
  ]);
const bestOfK = (out: string, ...args: string[]) =>
  run(["align", "best-of-k", "--objective", at("objective.json"), "--out", at(out), ...args]);
const prompts = () => ["--prompts", at("prompts.jsonl")];

describe("calibrate", () => {
  test("samples the base policy, and gives the references of its samples", async () => {
    expect(await calibrate("c/objective.json", ...local(), ...prompts(), "-n", "6", "--json")).toBe(0);
    const result = JSON.parse(printed.stdout);
    expect(result).toMatchObject({ prompts: 6, samples: 36 });
    const candidates = await rows("c", "candidates.jsonl");
    expect(candidates.map((row) => row.candidates.length)).toEqual(Array(6).fill(6));
    await calibrate("c/again.json", "--data", at("c", "candidates.jsonl"));
    const values = async (file: string) => JSON.parse(await readFile(at(file), "utf8")).values;
    expect(await values("c/again.json")).toEqual(await values("c/objective.json"));
  });

  test("samples a served policy", async () => {
    expect(await calibrate("r/objective.json", ...remote(), ...prompts(), "-n", "4", "--json")).toBe(0);
    expect(JSON.parse(printed.stdout)).toMatchObject({ prompts: 6, samples: 24 });
    const record = JSON.parse(await readFile(at("r", "candidates.json"), "utf8"));
    expect(record.made.policy).toEqual({ url: server.url, model: "tiny" });
    expect(record.result).toMatchObject({ candidates: 24 });
    expect(record.result.tokens).toBeGreaterThan(24);
  });
});

describe("align best-of-k", () => {
  test.each([
    ["a folder", local],
    ["a server", remote],
  ])("chooses among samples of %s", async (what, from) => {
    const out = what.replace(" ", "-");
    expect(await bestOfK(out, ...from(), ...prompts(), "-k", "5", "--json")).toBe(0);
    expect(JSON.parse(printed.stdout)).toMatchObject({ prompts: 6, candidates: 30 });
    const chosen = await rows(out, "chosen.jsonl");
    const candidates = await rows(out, "candidates.jsonl");
    for (const [i, { response, chosen: index }] of chosen.entries())
      expect(candidates[i].candidates[index].response).toBe(response);
    expect((await readdir(at(out))).sort()).toEqual(
      [
        "candidates.json",
        "candidates.jsonl",
        "chosen.jsonl",
        "report.html",
        "run.json",
        "scores.jsonl",
      ].sort(),
    );
  });

  test("samples once, and does not take other candidates for its own", async () => {
    const args = [...local(), ...prompts(), "-k", "3"];
    expect(await bestOfK("once", ...args)).toBe(0);
    const before = await readFile(at("once", "candidates.jsonl"));
    expect(await bestOfK("once", ...args)).toBe(0);
    expect(printed.stderr).toMatch(/has these samples already/);
    expect(await readFile(at("once", "candidates.jsonl"))).toEqual(before);
    expect(await bestOfK("once", ...args, "--seed", "2")).toBe(1);
    expect(printed.stderr).toMatch(/other candidates here already/);
    await writeFile(at("once", "candidates.jsonl"), "{}\n");
    expect(await bestOfK("once", ...args)).toBe(1);
    expect(await readFile(at("once", "candidates.jsonl"), "utf8")).toBe("{}\n");
  });

  test("stopped half-way and run again: the same bytes, and what was there is not sampled again", async () => {
    await using front = await startFront();
    const args = [...front.policy, "--prompts", at("more.jsonl"), at("prompts.jsonl"), "-k", "3"];
    expect(await bestOfK("whole", ...args)).toBe(0);
    expect(front.seen).toBe(26);
    front.left = 20;
    expect(await bestOfK("half", ...args)).toBe(1);
    expect(printed.stderr).toMatch(/the server answered 401 \(found "?no more/);
    expect((await readdir(at("half"))).sort()).toEqual([
      "candidates.jsonl.partial",
      "candidates.jsonl.partial.state",
    ]);
    front.left = Number.POSITIVE_INFINITY;
    front.seen = 0;
    expect(await bestOfK("half", ...args)).toBe(0);
    // one chunk of sixteen prompts was there
    expect(front.seen).toBe(10);
    for (const name of ["candidates.jsonl", "chosen.jsonl"])
      expect(await readFile(at("half", name))).toEqual(await readFile(at("whole", name)));
    expect(await readdir(at("half"))).not.toContain("candidates.jsonl.partial");
  });

  test("prompts without a reference are found before anything is sampled", async () => {
    await writeFile(at("other.jsonl"), '{"prompt": "never seen"}\n');
    expect(await bestOfK("unseen", ...local(), "--prompts", at("other.jsonl"))).toBe(1);
    expect(printed.stderr).toMatch(/no reference for 1 of 1 prompts.*never seen/s);
    expect(await readdir(folder)).not.toContain("unseen");
  });
});

describe("lm candidates", () => {
  test("of a served policy: as many as asked for, the same for the same seed", async () => {
    const sample = (out: string) =>
      run([
        ...["lm", "candidates", ...remote(), ...prompts(), "--n", "3", "--seed", "4"],
        ...["--out", at(out), "--json"],
      ]);
    expect(await sample("one.jsonl")).toBe(0);
    expect(JSON.parse(printed.stdout)).toMatchObject({ prompts: 6, candidates: 18 });
    expect(await sample("two.jsonl")).toBe(0);
    expect(await readFile(at("one.jsonl"))).toEqual(await readFile(at("two.jsonl")));
    const responses = (await rows("one.jsonl")).flatMap((row) =>
      row.candidates.map(({ response }: { response: string }) => response),
    );
    expect(new Set(responses).size).toBeGreaterThan(12);
  });

  test.each(["jsonl", "csv"])(
    "stopped half-way and run again: the same %s, and no prompt is sampled twice",
    async (ending) => {
      await using front = await startFront();
      const all = ["--prompts", at("more.jsonl"), at("prompts.jsonl"), "--n", "3"];
      const sample = (name: string, ...args: string[]) =>
        run(["lm", "candidates", ...front.policy, ...all, "--out", at(`${name}.${ending}`), ...args]);
      expect(await sample("never-stopped", "--json")).toBe(0);
      const whole = JSON.parse(printed.stdout);
      front.left = 20;
      expect(await sample("stopped")).toBe(1);
      const named = async () =>
        (await readdir(folder)).filter((name) => name.startsWith(`stopped.${ending}`));
      expect((await named()).sort()).toEqual(
        [".partial.jsonl", ".partial.jsonl.state"].map((end) => `stopped.${ending}${end}`),
      );
      // other samples are not mixed with these
      expect(await sample("stopped", "--seed", "9")).toBe(1);
      expect(printed.stderr).toMatch(/an unfinished run with other input or options left this behind/);
      front.left = Number.POSITIVE_INFINITY;
      front.seen = 0;
      printed.stdout = "";
      expect(await sample("stopped", "--json")).toBe(0);
      // one chunk of sixteen prompts was there
      expect(front.seen).toBe(10);
      expect(JSON.parse(printed.stdout)).toEqual({ ...whole, out: at(`stopped.${ending}`) });
      expect(await readFile(at(`stopped.${ending}`))).toEqual(await readFile(at(`never-stopped.${ending}`)));
      expect(await named()).toEqual([`stopped.${ending}`]);
    },
  );

  test("where nothing was sampled, nothing is left; a folder for a file is refused first", async () => {
    await using front = await startFront();
    front.left = 0;
    const before = await readdir(folder);
    const sample = (out: string) =>
      run(["lm", "candidates", ...front.policy, ...prompts(), "--n", "3", "--out", at(out)]);
    expect(await sample("nothing.jsonl")).toBe(1);
    expect(await readdir(folder)).toEqual(before);
    front.seen = 0;
    await mkdir(at("folder.jsonl"));
    expect(await sample("folder.jsonl")).toBe(1);
    expect(printed.stderr).toMatch(/folder\.jsonl: can't write here: this is not a regular file/);
    expect(front.seen).toBe(0);
  });
});

describe("early stopping", () => {
  const all = () => ["--prompts", at("more.jsonl"), at("prompts.jsonl")];
  const early = (out: string, ...args: string[]) =>
    bestOfK(out, ...local(), ...all(), "-k", "6", "--stages", "2,4", ...args);

  test("chooses at every prompt, and says what tokens it spent and saved", async () => {
    expect(await early("early", "--early-stop", "0.3", "--json")).toBe(0);
    const result = JSON.parse(printed.stdout);
    expect(result).toMatchObject({ prompts: 26, learnedFrom: 13, k: 6, stages: [2, 4, 8], risk: 0.3 });
    const chosen = await rows("early", "chosen.jsonl");
    expect(chosen.map((row) => row.early)).toEqual([...Array(13).fill(false), ...Array(13).fill(true)]);
    const sum = (name: string, some: Record<string, number>[]) =>
      some.reduce((total, row) => total + row[name]!, 0);
    const { spent, plain, saved } = result.tokens;
    expect(sum("tokens", chosen.slice(13))).toBe(spent);
    expect(sum("tokens", chosen.slice(0, 13))).toBe(result.learningTokens);
    expect(spent).toBeLessThan(plain);
    expect(saved).toBeCloseTo(1 - spent / plain, 2);
    // the u that is told is that of the response
    const { prompt, response, u } = chosen.at(-1);
    await writeFile(at("again.jsonl"), `${JSON.stringify({ prompt, candidates: [response, response] })}\n`);
    expect(await bestOfK("again", "--candidates", at("again.jsonl"))).toBe(0);
    expect((await rows("again", "scores.jsonl"))[0].u).toBeCloseTo(u, 5);
    await early("early-too", "--early-stop", "0.3");
    expect(await rows("early-too", "chosen.jsonl")).toEqual(chosen);
  });

  test("chooses as plain best-of-k does, but where the winner was given up", async () => {
    const args = [...local(), ...all(), "-k", "6"];
    expect(await bestOfK("plain", ...args)).toBe(0);
    const stop = ["--early-stop", "0.3", "--stages", "2,4", "--calibration-prompts", "16"];
    expect(await bestOfK("as-plain", ...args, ...stop)).toBe(0);
    const [plain, some] = [await rows("plain", "chosen.jsonl"), await rows("as-plain", "chosen.jsonl")];
    const responses = (chosen: { response: string }[]) => chosen.map(({ response }) => response);
    expect(responses(some.slice(0, 16))).toEqual(responses(plain.slice(0, 16)));
    for (const [i, { u, response, tokens, plainTokens }] of some.entries()) {
      expect(u).toBeLessThanOrEqual(plain[i].u + 1e-5);
      if (tokens === plainTokens) expect(response).toBe(plain[i].response);
    }
    expect(some.some(({ tokens, plainTokens }) => tokens < plainTokens)).toBe(true);
  });

  test("too few prompts for the risk: how many it takes", async () => {
    expect(await early("few", "--early-stop", "0.05")).toBe(1);
    expect(printed.stderr).toMatch(/at least 38 prompts.*13 to learn from, of 26/s);
  });

  test.each<[string, () => string[], RegExp]>([
    ["a server", () => ["--early-stop", ...remote(), ...all()], /model in this process.*is a server/],
    ["files", () => ["--early-stop", "--candidates", "x.jsonl"], /--policy DIR and --prompts/],
    [
      "a soft choice",
      () => ["--early-stop", "--gamma", "1", ...local(), ...all()],
      /--gamma needs all candidates/,
    ],
    [
      "stages beyond the end",
      () => ["--early-stop", "--stages", "4,9", ...local(), ...all()],
      /below --max-new-tokens \(8\)/,
    ],
    ["stages without it", () => ["--stages", "4", ...local(), ...all()], /--stages is for --early-stop/],
    ["one sample", () => ["-k", "1", ...local(), ...all()], /-k is at least 2/],
    ["one sample", () => ["-k", "1", "--early-stop", ...local(), ...all()], /-k is at least 2/],
    ["a risk of one", () => ["--early-stop", "1", ...local(), ...all()], /between 0 and 1/],
  ])("with %s is a usage error", async (_, args, message) => {
    expect(await bestOfK("never", ...args())).toBe(2);
    expect(printed.stderr).toMatch(message);
    expect(await readdir(folder)).not.toContain("never");
  });
});

describe("options that don't go together", () => {
  test.each<[string, () => string[], RegExp]>([
    [
      "neither files nor a policy",
      () => [],
      /give --candidates FILE…, or --policy DIR_OR_URL with --prompts/,
    ],
    ["a policy without prompts", () => local(), /with --prompts/],
    ["both", () => ["--candidates", "x.jsonl", ...local()], /has the candidates already/],
    ["a server without a model", () => ["--policy", server.url, ...prompts()], /--policy-model/],
    [
      "a folder with a model's name",
      () => [...local(), ...prompts(), "--policy-model", "x"],
      /--policy-model is for servers/,
    ],
    [
      "threads of a server",
      () => [...remote(), ...prompts(), ...one],
      /--threads is for models in this process/,
    ],
    ["text for a server", () => [...remote(), ...prompts(), "--prompt-format", "text"], /takes dialogues/],
    [
      "a key that is not there",
      () => [...remote(), ...prompts(), "--policy-key-env", "ALLGOOD_NO_SUCH_KEY"],
      /ALLGOOD_NO_SUCH_KEY: there is no such environment variable/,
    ],
  ])("%s", async (_, args, message) => {
    expect(await bestOfK("never", ...args())).toBe(2);
    expect(printed.stderr).toMatch(message);
  });

  test("calibrate: columns of samples; lm candidates: no policy, or two", async () => {
    expect(
      await run([
        "calibrate",
        "--columns",
        "a",
        "--goal",
        "a",
        "--out",
        at("x.json"),
        ...local(),
        ...prompts(),
      ]),
    ).toBe(2);
    expect(printed.stderr).toMatch(/columns of --data/);
    const candidates = ["lm", "candidates", ...prompts(), "--out", at("x.jsonl")];
    expect(await run(candidates)).toBe(2);
    expect(await run([...candidates, "--policy", at("policy"), "--model", at("policy")])).toBe(2);
  });

  test("an address that is none, and one with a password in it", async () => {
    const from = (url: string) => ["--policy", url, "--policy-model", "x", ...prompts()];
    expect(await bestOfK("never", ...from("ftp://host"))).toBe(1);
    expect(printed.stderr).toMatch(/not the address of a server/);
    expect(await bestOfK("never", ...from("http://me:secret@127.0.0.1:9"))).toBe(1);
    expect(printed.stderr).toMatch(/password/);
    expect(printed.stderr).not.toContain("secret");
  });
});
