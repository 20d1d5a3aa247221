import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { cutPrompt } from "../dialogue.ts";
import { rewardOf } from "../echo-model.fixture.ts";
import {
  asCurl,
  globalUtility,
  KNOWN,
  REFERENCES,
  TEMPERATURES,
  testApp,
  testObjective,
} from "../serving.fixture.ts";

const app = await testApp();

async function ask(body: unknown, of = app) {
  const response = await of.request("/get_reward", asCurl(body));
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const chatml = (question: string) => `<|im_start|>user\n${question}<|im_end|>\n<|im_start|>assistant\n`;
const user = (content: string) => [{ role: "user" as const, content }];

describe("/get_reward, current form", () => {
  test("utilities, probabilities and the parts of each value, by hand", async () => {
    const known = { prompt: KNOWN, response: "Paris." };
    const other = { prompt: user("Hi!"), response: "Hello." };
    const { status, body } = await ask({
      query: [`${chatml(KNOWN[0]!.content)}Paris.<|im_end|>\n`, `${chatml("Hi!")}Hello.<|im_end|>`],
      prompts: [chatml(KNOWN[0]!.content), chatml("Hi!")],
      labels: [null, "x"],
    });
    expect(status).toBe(200);
    const logs = body.extra_logs as Record<string, number[]>;
    const rewards = [rewardOf(known), rewardOf(other)];
    expect(logs["helpful/r"]).toEqual(rewards);
    expect(logs["helpful/r_ref"]).toEqual([REFERENCES.helpful.own, REFERENCES.helpful.global]);
    expect(logs["safe/r_ref"]).toEqual([1 / 3, REFERENCES.safe.global]);
    expect(logs["safe/own_reference"]).toEqual([1, 0]);
    expect(logs["helpful/z"]![0]).toBeCloseTo(
      (rewards[0]! - REFERENCES.helpful.own) / TEMPERATURES.helpful,
      12,
    );
    const u = body.rewards as number[];
    expect(u[1]).toBeCloseTo(globalUtility(other), 12);
    (body.scores as number[]).forEach((p, i) => {
      expect(p).toBeCloseTo(logs["helpful/p"]![i]! * logs["safe/p"]![i]!, 12);
      expect(u[i]).toBeCloseTo(Math.log(p), 12);
    });
    for (const list of Object.values(logs)) expect(list).toHaveLength(2);
  });

  test.each([
    [
      "Llama 3",
      "<|begin_of_text|>",
      "<|start_header_id|>user<|end_header_id|>\n\nHi!<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
      "<|eot_id|>",
    ],
    ["Mistral", "<s>", "[INST] Hi! [/INST]", " </s>"],
    [
      "Gemma",
      "<bos>",
      "<start_of_turn>user\nHi!<end_of_turn>\n<start_of_turn>model\n",
      "<end_of_turn>\n<eos><pad><pad>",
    ],
    ["HH", "", "\n\nHuman: Hi!\n\nAssistant:", "<|endoftext|>"],
    ["plain text", "", "Hi!", ""],
  ])("%s: the prompt is cut off, the tokens that end a turn are too", async (_, begin, prompt, end) => {
    const { body } = await ask({
      query: [`${begin}${prompt} Hello.${end}`],
      prompts: [prompt],
      labels: [null],
    });
    expect((body.rewards as number[])[0]).toBeCloseTo(
      globalUtility({ prompt: user("Hi!"), response: "Hello." }),
      12,
    );
  });

  test("a million blanks hold nobody up; tokens within a response stay", async () => {
    const response = `a${" ".repeat(1_000_000)}</s>b`;
    const { body } = await ask(
      { query: [`Hi! ${response}`], prompts: ["Hi!"], labels: [null] },
      await testApp({ maxBodyBytes: 2 ** 22 }),
    );
    const u = globalUtility({ prompt: user("Hi!"), response });
    expect((body.rewards as number[])[0]).toBeCloseTo(u, 12);
  });

  test("empty lists answer empty lists, for every name", async () => {
    const { status, body } = await ask({ query: [], prompts: [], labels: [] });
    expect(status).toBe(200);
    expect(body).toMatchObject({ rewards: [], scores: [] });
    expect(Object.values(body.extra_logs as object)).toEqual(Array(10).fill([]));
  });

  test.each([
    ["lists of other lengths", { query: ["ab"], prompts: ["a", "b"], labels: [null] }, "prompts: found 2"],
    ["labels of another length", { query: ["ab"], prompts: ["a"], labels: [] }, "labels: found 0"],
    [
      "a query without its prompt",
      { query: ["b"], prompts: ["a"], labels: [null] },
      "does not begin with prompts.0",
    ],
    ["no query", { prompts: ["a"] }, "query: "],
    ["a number", { query: [1] }, "query.0: "],
    ["a list", [], "the body: "],
    ["no JSON", "query=a", "not JSON"],
    ["nothing", "", "it is empty"],
  ])("%s: 400 that says so", async (_, body, message) => {
    const answer = await ask(body);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      error: { code: "bad_request", message: expect.stringContaining(message) },
    });
  });

  test("no reference: 422, where the objective says that this is an error", async () => {
    const strict = await testApp({ objective: await testObjective("helpful and safe", "error") });
    const answer = await ask({ query: ["ab"], prompts: ["a"], labels: [null] }, strict);
    expect(answer).toMatchObject({ status: 422, body: { error: { code: "no_reference" } } });
  });
});

describe("/get_reward, old form", () => {
  test("cut at the last assistant turn; rewards alone", async () => {
    const { body } = await ask({
      query: [`${chatml("Hi!")}Hello.<|im_end|>\n`, "\n\nHuman: Hi!\n\nAssistant: Hello."],
    });
    const u = globalUtility({ prompt: user("Hi!"), response: "Hello." });
    expect(body).toEqual({ rewards: [u, u] });
  });

  test("text without an assistant's turn: 400", async () => {
    expect(await ask({ query: ["Hello."] })).toMatchObject({ status: 400 });
  });

  test("an empty list", async () => {
    expect(await ask({ query: [] })).toEqual({ status: 200, body: { rewards: [] } });
  });
});

test("what ends a turn for the Python client ends it here", async () => {
  const client = await readFile("integrations/python/allgood_rewards/openrlhf.py", "utf8");
  const listed = /END_TOKENS = \(([\s\S]+?)\n\)/.exec(client)![1]!;
  const tokens = [...listed.matchAll(/"([^"]+)"/g)].map(([, token]) => token!);
  expect(tokens.length).toBeGreaterThan(10);
  expect(tokens.filter((token) => cutPrompt(`Hi! a${token}`, "Hi!") !== "a")).toEqual([]);
});
