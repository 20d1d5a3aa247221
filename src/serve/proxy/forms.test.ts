/** What the tiny policy does not do: tools, JSON, refusals. The upstream is a server that answers as told. */
import { describe, expect, test } from "vitest";
import {
  type Body,
  clientOf,
  listener,
  PROMPTS,
  proxyBefore,
  proxyWorld,
  reportOf,
  scripted,
} from "./proxy-world.fixture.ts";

const world = proxyWorld();
const listen = listener();
const messages = [{ role: "user" as const, content: PROMPTS[0]! }];

async function proxyOf(candidates: Body[], settings = {}) {
  const upstream = scripted(({ n = 1 }) => ({
    choices: candidates.slice(0, Number(n)).map((message, index) => ({
      index,
      message: { role: "assistant", content: null, ...message },
      finish_reason: "tool_calls" in message ? "tool_calls" : "stop",
    })),
  }));
  const options = { scorer: world.scorer, settings: { k: candidates.length, ...settings } };
  return clientOf(await listen(proxyBefore(await listen(upstream), options)));
}

const call = (id: string, city: string) => ({
  id,
  type: "function",
  function: { name: "weather", arguments: `{"city": "${city}"}` },
});
const scoreOf = async (response: string) =>
  (await world.scorer.score([{ prompt: messages, response }])).u[0]!;

describe("tools", () => {
  const candidates = [
    { tool_calls: [call("a", "Rome")] },
    { content: "a b c d e f g h" },
    { content: "so:", tool_calls: [call("b", "Oslo"), call("c", "Bergen")] },
  ];

  test("a call is scored as its JSON and passes through as it came", async () => {
    const proxy = await proxyOf(candidates);
    const answer = await proxy.chat.completions.create({ model: "m", messages });
    const expected = await Promise.all(
      [
        '{"name":"weather","arguments":{"city":"Rome"}}',
        "a b c d e f g h",
        'so:\n{"name":"weather","arguments":{"city":"Oslo"}}\n{"name":"weather","arguments":{"city":"Bergen"}}',
      ].map(scoreOf),
    );
    expect(new Set(expected).size).toBe(3);
    expect(reportOf(answer).candidates.map(({ u }) => u)).toEqual(expected);
    const best = expected.indexOf(Math.max(...expected));
    expect(answer.choices[0]!.message).toEqual({ role: "assistant", content: null, ...candidates[best] });
  });

  test("in a stream as well", async () => {
    const proxy = await proxyOf([candidates[2]!]);
    const final = await proxy.chat.completions.stream({ model: "m", messages }).finalChatCompletion();
    expect(final.choices[0]).toMatchObject({ message: candidates[2], finish_reason: "tool_calls" });
  });

  test("results of tools are the user's side of the conversation", async () => {
    const proxy = await proxyOf([{ content: "sunny" }]);
    const dialogue = [
      ...messages,
      { role: "assistant" as const, tool_calls: [{ ...call("a", "Rome"), type: "function" as const }] },
      { role: "tool" as const, tool_call_id: "a", content: "25 degrees" },
    ];
    // this dialogue has no reference, and the error names the prompt as rewards would see it
    await expect(proxy.chat.completions.create({ model: "m", messages: dialogue })).rejects.toMatchObject({
      status: 422,
      code: "no_reference",
    });
  });
});

describe("JSON", () => {
  const [broken, array, object] = ['{"a": 1', "[1]", '{"a": 1}'];

  test.each([
    ["json_object", [2]],
    ["json_schema", [1, 2]],
  ] as const)("%s: what is not stands behind what is", async (type, valid) => {
    const proxy = await proxyOf([broken, array, object].map((content) => ({ content })));
    const format =
      type === "json_object"
        ? { type }
        : { type, json_schema: { name: "any", schema: { type: ["array", "object"] } } };
    const answer = await proxy.chat.completions.create({
      model: "m",
      messages,
      n: 3,
      response_format: format,
    });
    const { chosen, candidates } = reportOf(answer);
    expect(new Set(chosen.slice(0, valid.length))).toEqual(new Set(valid));
    expect(candidates.map(({ valid_json }) => valid_json)).toEqual(
      [0, 1, 2].map((i) => (valid as readonly number[]).includes(i)),
    );
  });

  test("where none is, the best is given, with a note", async () => {
    const proxy = await proxyOf([{ content: broken }, { content: "no" }]);
    const answer = await proxy.chat.completions.create({
      model: "m",
      messages,
      response_format: { type: "json_object" },
    });
    expect(reportOf(answer).notes).toEqual(["no candidate is valid JSON"]);
  });
});

test("a refusal is scored as its text", async () => {
  const proxy = await proxyOf([{ refusal: "I can't help with that" }]);
  const answer = await proxy.chat.completions.create({ model: "m", messages });
  expect(reportOf(answer).candidates[0]!.u).toBe(await scoreOf("I can't help with that"));
  expect(answer.choices[0]!.message.refusal).toBe("I can't help with that");
});

test("parts of text are the text; of other parts the client hears that rewards don't see them", async () => {
  const proxy = await proxyOf([{ content: "yes" }]);
  const parts = [{ type: "text" as const, text: PROMPTS[0]! }];
  const answer = await proxy.chat.completions.create({
    model: "m",
    messages: [{ role: "user", content: parts }],
  });
  expect(reportOf(answer).references).toEqual({ warm: "prompt", calm: "prompt" });
  const image = { type: "image_url" as const, image_url: { url: "data:image/png;base64,AAAA" } };
  const withImage = [{ role: "user" as const, content: [...parts, image] }];
  await expect(proxy.chat.completions.create({ model: "m", messages: withImage })).rejects.toMatchObject({
    code: "no_reference",
  });
});

test("usage that an upstream does not give is not made up", async () => {
  const upstream = scripted(() => ({
    usage: null,
    choices: [{ index: 0, message: { role: "assistant", content: "yes" }, finish_reason: "stop" }],
  }));
  const proxy = clientOf(
    await listen(proxyBefore(await listen(upstream), { scorer: world.scorer, settings: { k: 1 } })),
  );
  const answer = await proxy.chat.completions.create({ model: "m", messages });
  expect(answer).not.toHaveProperty("usage");
  expect(reportOf(answer).upstream).toEqual({ requests: 1, prompt_tokens: null });
});
