import { existsSync } from "node:fs";
import OpenAI, { APIUserAbortError, BadRequestError, NotFoundError, RateLimitError } from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadModel, loadTokenizer } from "../../models/index.ts";
import { LocalPolicy } from "../../policies/index.ts";
import { serveChat, tinyPolicy } from "./chat-server.fixture.ts";
import { chatChunkSchema, chatResponseSchema } from "./schema.ts";

let policy: LocalPolicy;
let server: Awaited<ReturnType<typeof serveChat>>;
let client: OpenAI;
const messages = [{ role: "user" as const, content: "the cat" }];
const ask = { model: "tiny", messages, max_completion_tokens: 12, seed: 7 };

beforeAll(async () => {
  policy = await tinyPolicy();
  server = await serveChat(policy);
  client = new OpenAI({ baseURL: server.url, apiKey: "none", maxRetries: 0 });
});
afterAll(async () => {
  await server.close();
  await policy.dispose();
});

const create = (more: object = {}) => client.chat.completions.create({ ...ask, ...more, stream: false });

/** The text of a stream by choice, and how each ended. */
async function streamed(more: object = {}) {
  const stream = await client.chat.completions.create({ ...ask, ...more, stream: true });
  const chunks = [];
  for await (const chunk of stream) chunks.push(chatChunkSchema.parse(chunk));
  const text: string[] = [];
  const finish: (string | null | undefined)[] = [];
  for (const { index, delta, finish_reason } of chunks.flatMap(({ choices }) => choices)) {
    text[index] = (text[index] ?? "") + (delta.content ?? "");
    if (finish_reason) finish[index] = finish_reason;
  }
  return { chunks, text, finish };
}

describe("an answer", () => {
  test("is what the policy samples with that seed", async () => {
    const answer = chatResponseSchema.parse(await create({ n: 3 }));
    const [samples] = await policy.sample([messages], { n: 3, maxNewTokens: 12, seed: 7 });
    expect(answer.choices.map(({ message }) => message.content)).toEqual(samples!.map(({ text }) => text));
    expect(answer.choices.map(({ finish_reason }) => finish_reason)).toEqual(
      samples!.map(({ ended }) => (ended ? "stop" : "length")),
    );
    const tokens = samples!.reduce((sum, { tokens }) => sum + tokens, 0);
    const prompt = policy.encode(messages).length;
    expect(answer.usage).toEqual({
      prompt_tokens: prompt,
      completion_tokens: tokens,
      total_tokens: prompt + tokens,
    });
    expect(new Set(answer.choices.map(({ message }) => message.content)).size).toBe(3);
  });

  test("does not depend on the requests beside it where it has a seed", async () => {
    const alone = await create({ logprobs: true });
    const crowd = await Promise.all([
      create({ seed: undefined }),
      create({ logprobs: true }),
      create({ seed: undefined }),
      create({ seed: 8 }),
    ]);
    expect(crowd[1]!.choices).toEqual(alone.choices);
    expect(crowd[3]!.choices[0]!.message.content).not.toBe(alone.choices[0]!.message.content);
  });

  test("without a seed differs from request to request", async () => {
    const texts = await Promise.all(
      [1, 2, 3].map(async () => (await create({ seed: undefined })).choices[0]!.message.content),
    );
    expect(new Set(texts).size).toBe(3);
  });

  test("has parts of text joined, and a developer's turn read as a system's", async () => {
    const parts = await create({
      messages: [
        { role: "developer", content: "be brief" },
        {
          role: "user",
          content: [
            { type: "text", text: "the" },
            { type: "text", text: "cat" },
          ],
        },
      ],
    });
    const plain = await create({
      messages: [
        { role: "system", content: "be brief" },
        { role: "user", content: "the\ncat" },
      ],
    });
    expect(parts.choices).toEqual(plain.choices);
  });

  test("temperature 0, top_k 1 and top_p 0 take the likeliest token", async () => {
    const greedy = await create({ temperature: 0, seed: undefined });
    for (const same of [{ top_k: 1 }, { top_p: 0 }, { min_p: 1 }]) {
      expect((await create(same)).choices[0]!.message.content).toBe(greedy.choices[0]!.message.content);
    }
  });

  test("log-probs: of each token, under the model, beside the likeliest", async () => {
    const answer = await create({ logprobs: true, top_logprobs: 3 });
    const content = answer.choices[0]!.logprobs!.content!;
    const ids = policy.encode(messages);
    const groups = await policy.sampleTokens([ids], { n: 1, maxNewTokens: 12, seed: 7 });
    const { tokens, logProbs } = groups[0]![0]!;
    expect(policy.endTokens).not.toContain(tokens.at(-1));
    expect(content.map(({ logprob }) => logprob)).toEqual(logProbs);
    expect(content.map(({ token }) => token)).toEqual(tokens.map((id) => policy.tokenizer.decode([id])));
    for (const { logprob, top_logprobs } of content) {
      const top = top_logprobs.map((other) => other.logprob);
      expect(top).toHaveLength(3);
      expect(top).toEqual([...top].sort((a, b) => b - a));
      expect(logprob).toBeLessThanOrEqual(top[0]!);
    }
    const greedy = await create({ logprobs: true, top_logprobs: 1, temperature: 0 });
    for (const { token, top_logprobs } of greedy.choices[0]!.logprobs!.content!)
      expect(top_logprobs[0]!.token).toBe(token);
  });
});

describe("stop texts", () => {
  test("cut the text where the first begins, streamed or not", async () => {
    const whole = (await create()).choices[0]!.message.content!;
    // across a border of tokens, as the text lies
    const stop = whole.slice(5, 8);
    const cut = whole.slice(0, whole.indexOf(stop));
    const answer = await create({ stop: ["never in it", stop] });
    expect(answer.choices[0]!.message.content).toBe(cut);
    expect(answer.choices[0]!.finish_reason).toBe("stop");
    expect(answer.usage!.completion_tokens).toBeLessThan(12);
    const stream = await streamed({ stop });
    expect(stream.text).toEqual([cut]);
    expect(stream.finish).toEqual(["stop"]);
  });
});

describe("a stream", () => {
  test("is the answer, piece by piece", async () => {
    const answer = await create({ n: 2, logprobs: true });
    const { chunks, text, finish } = await streamed({ n: 2, logprobs: true });
    expect(text).toEqual(answer.choices.map(({ message }) => message.content));
    expect(finish).toEqual(answer.choices.map(({ finish_reason }) => finish_reason));
    expect(chunks[0]!.choices[0]!.delta).toEqual({ role: "assistant", content: "" });
    const logprobs = [0, 1].map((index) =>
      chunks.flatMap(({ choices }) =>
        choices.filter((choice) => choice.index === index).flatMap(({ logprobs }) => logprobs?.content ?? []),
      ),
    );
    expect(logprobs).toEqual(answer.choices.map((choice) => choice.logprobs!.content));
    // a piece for nearly each token: nothing waits for the end
    expect(chunks.length).toBeGreaterThan(12);
    expect(chunks.some((chunk) => "usage" in chunk)).toBe(false);
  });

  test("ends with the usage where asked", async () => {
    const { chunks } = await streamed({ stream_options: { include_usage: true } });
    const last = chunks.at(-1)!;
    expect(last.choices).toEqual([]);
    expect(last.usage).toEqual((await create()).usage);
    expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
  });

  test("ends with [DONE]", async () => {
    const response = await fetch(`${server.url}/chat/completions`, {
      method: "POST",
      body: JSON.stringify({ ...ask, stream: true }),
    });
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    expect(await response.text()).toMatch(/\n\ndata: \[DONE\]\n\n$/);
  });

  test("comes while the model still samples", async () => {
    const original = policy.sampleTokens.bind(policy);
    let underWay = false;
    policy.sampleTokens = async (...request) => {
      underWay = true;
      return original(...request).finally(() => {
        underWay = false;
      });
    };
    try {
      const stream = await client.chat.completions.create({
        ...ask,
        max_completion_tokens: 60,
        stream: true,
      });
      let early = 0;
      for await (const { choices } of stream) if (choices[0]?.delta.content && underWay) early += 1;
      expect(early).toBeGreaterThan(10);
    } finally {
      policy.sampleTokens = original;
    }
  });
});

describe("models", () => {
  test("are listed, and found by name", async () => {
    const models = [];
    for await (const model of client.models.list()) models.push(model);
    expect(models).toEqual([await client.models.retrieve("tiny")]);
    expect(models[0]).toMatchObject({ id: "tiny", object: "model", max_model_len: 96 });
    await expect(client.models.retrieve("other/one")).rejects.toThrow(NotFoundError);
  });
});

describe("errors", () => {
  const refused = async (more: object) => {
    const error = await create(more).catch((found: unknown) => found);
    if (!(error instanceof BadRequestError)) throw new Error(`no BadRequestError: ${error}`);
    expect(error.type).toBe("invalid_request_error");
    return error;
  };

  test("a prompt longer than the context", async () => {
    const error = await refused({ messages: [{ role: "user", content: "zq".repeat(100) }] });
    expect(error.code).toBe("context_length_exceeded");
    expect(error.message).toMatch(/96 tokens.*have 2\d\d tokens/);
  });

  test.each([
    [
      "tools",
      { tools: [{ type: "function", function: { name: "f" } }] },
      /tools is not supported by this model/,
    ],
    ["response_format", { response_format: { type: "json_object" } }, /not supported/],
    ["logit_bias", { logit_bias: { 5: 1 } }, /not supported/],
    ["frequency_penalty", { frequency_penalty: 1 }, /not supported/],
    ["top_logprobs", { top_logprobs: 2 }, /needs logprobs/],
    ["temperature", { temperature: -1 }, /temperature: /],
    ["n", { n: 0 }, /n: /],
    ["max_completion_tokens", { max_completion_tokens: 0 }, /max_completion_tokens: /],
    ["messages", { messages: [] }, /messages: /],
    [
      "messages.0.content.0",
      { messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "data:," } }] }] },
      /type "image_url" is not supported/,
    ],
    ["messages.0.role", { messages: [{ role: "tool", content: "5", tool_call_id: "x" }] }, /role "tool"/],
    ["messages.0.content", { messages: [{ role: "user" }] }, /is missing/],
  ])("%s that can't be used", async (param, more, message) => {
    const error = await refused(more);
    expect(error.param).toBe(param);
    expect(error.message).toMatch(message);
  });

  test("a model that is not served", async () => {
    const error = await create({ model: "gpt-4o" }).catch((found: unknown) => found);
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({ code: "model_not_found", param: "model" });
  });

  test("a body that is not JSON, and a path that is not there", async () => {
    const post = (path: string, body: string) => fetch(`${server.url}${path}`, { method: "POST", body });
    const broken = await post("/chat/completions", "{");
    expect(broken.status).toBe(400);
    expect(await broken.json()).toMatchObject({ error: { message: "the body is not JSON" } });
    expect((await post("/embeddings", "{}")).status).toBe(404);
  });

  test("a failure of the model: 500 without its details, and in a stream an error and no [DONE]", async () => {
    const seen: unknown[] = [];
    const failing = await tinyPolicy();
    failing.sampleTokens = () => Promise.reject(new Error("weights at /secret/path"));
    const own = await serveChat(failing, { onError: (error) => seen.push(error) });
    try {
      const other = new OpenAI({ baseURL: own.url, apiKey: "none", maxRetries: 0 });
      const error = await other.chat.completions.create(ask).catch((found: unknown) => found);
      expect(error).toMatchObject({ status: 500, type: "server_error" });
      expect(String(error)).not.toContain("secret");
      const response = await fetch(`${own.url}/chat/completions`, {
        method: "POST",
        body: JSON.stringify({ ...ask, stream: true }),
      });
      const text = await response.text();
      expect(text).toContain('{"error":{"message":"the server failed"');
      expect(text).not.toMatch(/secret|DONE/);
      expect(seen.map(String)).toEqual(Array(2).fill("Error: weights at /secret/path"));
    } finally {
      await own.close();
      await failing.dispose();
    }
  });
});

const stories = new URL("../../../../shared/data/models/stories260K/", import.meta.url).pathname;
const absent = !existsSync(stories);
if (absent) console.warn(`skipped: ${stories} is not there`);

test.skipIf(absent)("a model of llama2.c, as text to go on with, tells a story", async () => {
  const model = await loadModel(`${stories}stories260K.bin`);
  const tokenizer = await loadTokenizer(`${stories}tok512.bin`);
  const teller = new LocalPolicy(model, tokenizer, { name: "stories", format: "text", threads: 1 });
  const own = await serveChat(teller);
  try {
    const other = new OpenAI({ baseURL: own.url, apiKey: "none", maxRetries: 0 });
    const stream = await other.chat.completions.create({
      model: "stories",
      messages: [{ role: "user", content: "Once upon a time" }],
      temperature: 0,
      max_tokens: 60,
      stop: ".",
      stream: true,
    });
    let text = "";
    for await (const { choices } of stream) text += choices[0]?.delta.content ?? "";
    // as it is known to go on, up to the first full stop, with every space
    expect(text).toMatch(/^,? there was a [a-zA-Z ,]+$/);
  } finally {
    await own.close();
    await teller.dispose();
  }
});

describe("many clients", () => {
  test("a full queue: 429 with Retry-After; those in it are answered", async () => {
    const own = await serveChat(policy, { maxQueue: 1 });
    try {
      const other = new OpenAI({ baseURL: own.url, apiKey: "none", maxRetries: 0 });
      const results = await Promise.allSettled(
        [1, 2, 3, 4, 5, 6].map((seed) =>
          other.chat.completions.create({ ...ask, max_completion_tokens: 60, seed }),
        ),
      );
      const failed = results.filter((result) => result.status === "rejected");
      expect(failed.length).toBeGreaterThan(0);
      expect(failed.length).toBeLessThan(6);
      for (const { reason } of failed) {
        expect(reason).toBeInstanceOf(RateLimitError);
        expect(Number(reason.headers.get("retry-after"))).toBeGreaterThan(0);
      }
      // the client comes again by itself
      const patient = new OpenAI({ baseURL: own.url, apiKey: "none", maxRetries: 5 });
      const answers = await Promise.all(
        [1, 2, 3].map((seed) => patient.chat.completions.create({ ...ask, seed })),
      );
      expect(answers).toHaveLength(3);
    } finally {
      await own.close();
    }
  });

  test("no room to wait: one is served at a time, and a stream is refused by its status", async () => {
    const own = await serveChat(policy, { maxQueue: 0 });
    const post = (body: object) =>
      fetch(`${own.url}/chat/completions`, { method: "POST", body: JSON.stringify({ ...ask, ...body }) });
    try {
      const first = await post({ stream: true, max_completion_tokens: 80 });
      const second = await post({ stream: true });
      expect([first.status, second.status]).toEqual([200, 429]);
      expect(await second.json()).toMatchObject({ error: { type: "rate_limit_error" } });
      expect(await first.text()).toMatch(/\[DONE\]\n\n$/);
      expect((await post({})).status).toBe(200);
    } finally {
      await own.close();
    }
  });

  test("those that wait together are sampled in one batch", async () => {
    const original = policy.sampleTokens.bind(policy);
    const sizes: number[] = [];
    policy.sampleTokens = (prompts, request) => {
      sizes.push(prompts.length);
      return original(prompts, request);
    };
    try {
      await Promise.all(
        Array.from({ length: 9 }, () => create({ seed: undefined, max_completion_tokens: 30 })),
      );
      expect(sizes.reduce((a, b) => a + b)).toBe(9);
      expect(Math.max(...sizes)).toBeGreaterThan(1);
    } finally {
      policy.sampleTokens = original;
    }
  });

  test("a client that leaves ends its sampling, and no other's", async () => {
    const original = policy.sampleTokens.bind(policy);
    const lengths: number[] = [];
    policy.sampleTokens = async (prompts, request) => {
      const samples = await original(prompts, request);
      lengths.push(samples[0]![0]!.tokens.length);
      return samples;
    };
    const long = { ...ask, max_completion_tokens: 80, seed: 3 };
    try {
      const abort = new AbortController();
      const stream = await client.chat.completions.create(
        { ...long, stream: true },
        { signal: abort.signal },
      );
      const waiting = create();
      const next = new AbortController();
      const alsoWaiting = client.chat.completions.create(ask, { signal: next.signal });
      for await (const { choices } of stream) {
        if (!choices[0]?.delta.content) continue;
        abort.abort();
        next.abort();
        break;
      }
      await expect(alsoWaiting).rejects.toThrow(APIUserAbortError);
      expect((await waiting).choices).toHaveLength(1);
      expect(lengths[0]).toBeLessThan(60);
      expect(lengths).toHaveLength(2);
    } finally {
      policy.sampleTokens = original;
    }
  });
});
