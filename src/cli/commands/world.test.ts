import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { trainBasePolicy } from "../../frontier/index.ts";
import { allGood, INTENTS, trueValues, VALUES } from "../../world/index.ts";
import { captureOutput } from "../captured-output.fixture.ts";
import { run } from "../run.ts";

const printed = captureOutput();
const sample = (...args: string[]) => run(["world", "sample", ...args]);

type Sample = {
  seed: number;
  policy: string;
  rows: {
    prompt: string;
    intent: string;
    responses: { id: string; response: string; truth: Record<string, number>; allGood: boolean }[];
    choices: { value: string; chosen: string; rejected: string }[];
  }[];
};
const parsed = async (...args: string[]): Promise<Sample> => {
  printed.stdout = "";
  expect(await sample(...args, "--json")).toBe(0);
  return JSON.parse(printed.stdout) as Sample;
};

test("--n 20 --seed 7: prompts with responses, the truth about each, and what raters chose", async () => {
  const { seed, policy, rows } = await parsed("--n", "20", "--seed", "7");
  expect({ seed, policy }).toEqual({ seed: 7, policy: "composer" });
  expect(rows).toHaveLength(20);
  expect(new Set(rows.map(({ intent }) => intent))).toEqual(new Set(INTENTS.map(({ name }) => name)));
  for (const { prompt, responses, choices } of rows) {
    expect(responses).toHaveLength(2);
    for (const each of responses) {
      expect(each.truth).toEqual(trueValues([{ role: "user", content: prompt }], each.response));
      expect(each.allGood).toBe(allGood(each.truth));
    }
    // raters are asked about the values in which the responses differ
    const inPlay = VALUES.filter((value) => responses[0]!.truth[value] !== responses[1]!.truth[value]);
    expect(choices.map(({ value }) => value)).toEqual(inPlay);
    const ids = responses.map(({ id }) => id).sort();
    for (const { chosen, rejected } of choices) expect([chosen, rejected].sort()).toEqual(ids);
  }
  expect(await parsed("--n", "20", "--seed", "7")).toEqual({ seed, policy, rows });
  expect(await parsed("--n", "20", "--seed", "8")).not.toMatchObject({ rows });
});

test("for people: a table a prompt, with a row a response and a row a pair", async () => {
  expect(await sample("--n", "3", "--k", "3", "--seed", "7")).toBe(0);
  const blocks = printed.stdout.trimEnd().split("\n\n");
  expect(blocks).toHaveLength(3);
  for (const block of blocks) {
    const lines = block.split("\n");
    expect(lines[1]).toMatch(/^ +helpful +harmless +factual +creative +all good +response$/);
    expect(lines.slice(2, 5).map((line) => line.slice(0, 2))).toEqual(["a ", "b ", "c "]);
    expect(lines[2]).toMatch(/^a +[01]\.\d\d +[01]\.\d\d +[01]\.\d\d +[01]\.\d\d +(yes|no) +\S/);
    expect(lines.slice(5).map((line) => line.slice(0, 6))).toEqual(["a or b", "a or c", "b or c"]);
    for (const line of lines.slice(5)) expect(line.slice(6).trim()).toMatch(/^([abc–] +){3}[abc–]$/);
  }
});

test("--policy: a language model answers in place of the composer", async () => {
  const folder = await mkdtemp(join(tmpdir(), "allgood-world-"));
  const policy = join(folder, "policy");
  await trainBasePolicy({
    folder: policy,
    seed: 1,
    session: { threads: 1 },
    settings: {
      ...{ prompts: 16, responses: 1, heldOut: 8, tokenizerTexts: 16, vocabSize: 320, dim: 8, layers: 1 },
      ...{ hidden: 8, context: 160, rows: 2, length: 96, steps: 2, warmup: 1 },
    },
  });
  const args = ["--policy", policy, "--n", "2", "--max-new-tokens", "6", "--threads", "1"];
  const { rows } = await parsed(...args);
  const composed = (await parsed("--n", "2")).rows;
  expect(rows.map(({ prompt }) => prompt)).toEqual(composed.map(({ prompt }) => prompt));
  expect(rows[0]!.responses).not.toEqual(composed[0]!.responses);
  expect((await parsed(...args)).rows).toEqual(rows);
  await rm(folder, { recursive: true });
});

test.each([
  ["--n", "0"],
  ["--n", "2.5"],
  ["--n", "many"],
  ["--n", "10001"],
  ["--k", "1"],
  ["--k", "65"],
  ["--seed", "1.5"],
])("%s %s is a usage error", async (option, value) => {
  expect(await sample(option, value)).toBe(2);
  expect(printed.stderr).toContain(option);
  expect(printed.stdout).toBe("");
});

test("a policy that is not there", async () => {
  expect(await sample("--policy", "/nowhere/at/all")).toBe(1);
  expect(printed.stderr).toMatch(/\/nowhere\/at\/all: can't read it: no such file/);
});
