/** Every row of docs/errors.md, as a person would meet it at the command line. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { allgood, json, workFolder } from "./support/cli.ts";

const at = workFolder();

type Row = Record<string, unknown>;
const jsonl = (rows: Row[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

/** Twenty prompts with four responses each and two reward columns that disagree. */
const rows: Row[] = Array.from({ length: 80 }, (_, i) => ({
  prompt: `question ${i % 20}`,
  id: `r${i}`,
  response: `answer ${i}`,
  warm: Math.sin(i),
  safe: Math.cos(3 * i),
}));

/** Writes a file and gives its path. */
async function file(name: string, content: string | Uint8Array): Promise<string> {
  await writeFile(at(name), content);
  return at(name);
}

async function fails(code: number, message: RegExp, ...args: string[]): Promise<void> {
  const before = await readdir(at(""), { recursive: true });
  const result = await allgood(...args);
  expect(result.stderr).toMatch(message);
  expect({ code: result.code, stdout: result.stdout }).toEqual({ code, stdout: "" });
  // an error is for people, not a stack trace
  expect(result.stderr).not.toMatch(/\n\s+at /);
  expect(await readdir(at(""), { recursive: true })).toEqual(before);
}

const align = (objective: string, candidates: string, out: string) => [
  "align",
  "best-of-k",
  "--objective",
  objective,
  "--candidates",
  candidates,
  "--out",
  at(out),
];

let candidates: string;
let objective: string;

beforeAll(async () => {
  candidates = await file("candidates.jsonl", jsonl(rows));
  objective = at("objective.json");
  await json(
    "calibrate",
    "--columns",
    "warm,safe",
    "--data",
    candidates,
    "--goal",
    "warm and safe",
    "--out",
    objective,
  );
});

describe("files", () => {
  test("an empty file", async () => {
    const empty = await file("empty.jsonl", "");
    for (const args of [
      ["data", "inspect", empty],
      ["audit", empty, "--columns", "a,b"],
      ["reward", "train", "--value", "v", "--data", empty, "--out", at("model")],
      align(objective, empty, "run"),
    ]) {
      await fails(1, /empty\.jsonl: .*(empty|no rows)/, ...args);
    }
  });

  test("a file that is not there, and a folder in its place", async () => {
    await fails(1, /missing\.jsonl.*no such file/, "data", "inspect", at("missing.jsonl"));
    await fails(1, /this is a folder/, "data", "inspect", at(""));
  });

  test("invalid UTF-8 is named by line", async () => {
    const bad = await file(
      "latin1.jsonl",
      Buffer.concat([Buffer.from(jsonl(rows)), Buffer.from([0x22, 0xe9, 0x22, 0x0a])]),
    );
    await fails(1, /latin1\.jsonl:81: not valid UTF-8.*Convert the file/, ...align(objective, bad, "run"));
  });

  test("a gzip file that was cut off: how far it could be read", async () => {
    const long = Array.from({ length: 200 }, () => rows).flat();
    const whole = gzipSync(jsonl(long));
    const cut = await file("cut.jsonl.gz", whole.subarray(0, whole.length - 100));
    await fails(1, /cut\.jsonl\.gz.*(cut|truncated|unexpected end)/i, ...align(objective, cut, "run"));
  });

  test("a line of 100 MB is skipped without being held in memory, and counted", async () => {
    const line = Buffer.alloc(100 * 2 ** 20, "x");
    const long = await file(
      "long.jsonl",
      Buffer.concat([
        Buffer.from(jsonl(rows)),
        line,
        Buffer.from("\n"),
        Buffer.from(jsonl(rows.slice(0, 1))),
      ]),
    );
    await fails(1, /long\.jsonl:81: .*(long|limit)/, ...align(objective, long, "run"));
    const result = await json<{ bad: number; candidates: number }>(
      ...align(objective, long, "long-run"),
      "--skip-bad",
    );
    expect(result).toMatchObject({ bad: 1, candidates: 81 });
  });

  test("an unknown format lists what was found and what is known", async () => {
    const unknown = await file("unknown.jsonl", jsonl([{ text: "hello", label: 1 }]));
    await fails(
      1,
      /unknown\.jsonl: no known preference format \(found columns "text", "label"\).*nearest first/,
      "data",
      "inspect",
      unknown,
    );
  });
});

describe("numbers", () => {
  test.each([
    ["nan.csv", "NaN"],
    ["inf.csv", "Infinity"],
    ["minus.csv", "-inf"],
  ])("%s: a reward that is %s", async (name, number) => {
    const csv = `prompt,response,warm,safe\nq,a,1,2\nq,b,${number},1\n`;
    const bad = await file(name, csv);
    await fails(1, new RegExp(`${name}:3: .*not a (finite )?number.*warm`), ...align(objective, bad, "run"));
    const audit = await json<{ rows: { bad: { count: number }[] } }>(
      "audit",
      bad,
      "--columns",
      "warm,safe",
      "--skip-bad",
    ).catch(String);
    // one candidate is left, so there is nothing to rank: that is said, too
    expect(JSON.stringify(audit)).toMatch(/"count":1|one/);
  });

  test("NaN as JSON writes it", async () => {
    const bad = await file(
      "nan.jsonl",
      `${jsonl(rows.slice(0, 1))}{"prompt":"q","response":"a","warm":NaN,"safe":1}\n`,
    );
    await fails(1, /nan\.jsonl:2: .*NaN/, ...align(objective, bad, "run"));
  });

  test("a wrong column: named, with the columns that are there", async () => {
    const other = await file("other.jsonl", jsonl(rows.map(({ safe, ...row }) => ({ ...row, save: safe }))));
    await fails(1, /no usable reward.*"safe".*found columns warm, save/, ...align(objective, other, "run"));
    const text = await file(
      "text.jsonl",
      jsonl(rows.map((row, i) => (i === 2 ? { ...row, safe: "n/a" } : row))),
    );
    await fails(1, /text\.jsonl:3: .*no number.*"safe".*found "n\/a"/, ...align(objective, text, "run"));
    await fails(2, /"saef".*did you mean "safe"/i, "audit", candidates, "--columns", "warm,saef");
  });
});

describe("candidates", () => {
  test("one candidate only: left out and counted; if that is all there is, an error", async () => {
    const single = await file(
      "single.jsonl",
      jsonl([...rows, { prompt: "lonely", response: "x", warm: 1, safe: 1 }]),
    );
    const lonely = at("lonely.json");
    await json(
      "calibrate",
      "--columns",
      "warm,safe",
      "--data",
      single,
      "--goal",
      "warm and safe",
      "--out",
      lonely,
    );
    const { evaluation } = await json<{ evaluation: { prompts: Row } }>(
      ...align(lonely, single, "single-run"),
    );
    expect(evaluation.prompts).toMatchObject({ given: 21, single: 1, evaluated: 20 });
    const only = await file("only.jsonl", jsonl([{ prompt: "lonely", response: "x", warm: 1, safe: 1 }]));
    await fails(1, /no prompt has two candidates/, ...align(lonely, only, "run"));
  });

  test("all candidates equal: the first is taken, and ties are counted", async () => {
    const equal = await file("equal.jsonl", jsonl(rows.map((row) => ({ ...row, warm: 1, safe: 1 }))));
    const flat = at("flat.json");
    await json(
      "calibrate",
      "--columns",
      "warm,safe",
      "--data",
      equal,
      "--goal",
      "warm and safe",
      "--out",
      flat,
    );
    const result = await json<{ ties: number; chosen: string }>(...align(flat, equal, "equal-run"));
    expect(result.ties).toBe(20);
    const first = JSON.parse((await readFile(result.chosen, "utf8")).split("\n")[0]!);
    expect(first).toMatchObject({ chosen: 0, ties: 4 });
  });

  test("a prompt with no reference: an error that says what to do, or the global one if asked", async () => {
    const fresh = await file(
      "fresh.jsonl",
      jsonl([...rows, { prompt: "never seen", response: "x", warm: 1, safe: 1 }]),
    );
    await fails(
      1,
      /"warm" has no reference for the prompt at .*fresh\.jsonl:81.*--otherwise global/,
      ...align(objective, fresh, "run"),
    );
    const global = at("global.json");
    await json(
      "calibrate",
      "--columns",
      "warm,safe",
      "--data",
      candidates,
      "--goal",
      "warm and safe",
      "--otherwise",
      "global",
      "--out",
      global,
    );
    expect(await json(...align(global, fresh, "global-run"))).toMatchObject({ prompts: 21 });
  });

  test("duplicate ids are made unique and counted", async () => {
    const twice = await file("twice.jsonl", jsonl(rows.map((row) => ({ ...row, id: "same" }))));
    const { files } = await json<{ files: { candidates: { duplicateIds: number } }[] }>(
      "data",
      "inspect",
      twice,
    );
    expect(files[0]!.candidates.duplicateIds).toBe(60);
  });
});

describe("goals and objectives", () => {
  const calibrate = (goal: string) => [
    "calibrate",
    "--columns",
    "warm,safe",
    "--data",
    candidates,
    "--goal",
    goal,
    "--out",
    at("o.json"),
  ];

  test("a goal that does not parse has a caret under the place", async () => {
    await fails(
      1,
      /unexpected "or"; expected a value's name.*\n {2}warm and or safe\n {11}\^/,
      ...calibrate("warm and or safe"),
    );
  });

  test("a value that was never trained is named, with the nearest that was", async () => {
    await fails(1, /goal names "saffe".*Did you mean "safe"/, ...calibrate("warm and saffe"));
    await fails(
      1,
      /goal names "factual".*Train it: allgood reward train --value factual/,
      ...calibrate("warm and factual"),
    );
  });

  test("an objective file that was changed by hand, is no JSON, or misses a field", async () => {
    const sealed = JSON.parse(await readFile(objective, "utf8"));
    const edited = await file("edited.json", JSON.stringify({ ...sealed, goal: "warm" }));
    await fails(1, /changed after it was written.*allgood calibrate/, ...align(edited, candidates, "run"));
    const broken = await file("broken.json", "{");
    await fails(1, /broken\.json: this is not JSON/, ...align(broken, candidates, "run"));
    sealed.values.warm.temperature = -1;
    const negative = await file("negative.json", JSON.stringify(sealed));
    await fails(
      1,
      /values\.warm\.temperature: found -1, expected a number above 0/,
      ...align(negative, candidates, "run"),
    );
  });

  test("a model folder that is not there", async () => {
    await fails(
      1,
      /model\.json.*no such file.*reward train/,
      "score",
      "--model",
      at("nowhere"),
      "--data",
      candidates,
      "--out",
      at("s.jsonl"),
    );
  });
});

test("every row of docs/errors.md names a test that exists here or beside the code", async () => {
  const docs = await readFile(new URL("../docs/errors.md", import.meta.url), "utf8");
  const named = [
    ...docs.matchAll(/\| `((?:test|src)\/[^`]+\.test\.ts|integrations\/python\/tests\/[^`]+\.py)` \|$/gm),
  ].map(([, path]) => path!);
  const tableRows = docs.split("\n").filter((line) => /^\| (?!-|what )/.test(line));
  expect(named).toHaveLength(tableRows.length);
  for (const path of new Set(named)) {
    await expect(readFile(new URL(`../${path}`, import.meta.url), "utf8")).resolves.toMatch(
      /\btest[.(]|def test_/,
    );
  }
});
