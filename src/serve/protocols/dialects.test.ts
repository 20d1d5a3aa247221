/** Remote rewards against servers that speak the dialects of vLLM, SGLang and TEI, over sockets, with a trained model. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHAT_TEMPLATES } from "../../preferences/chat-templates.fixture.ts";
import { type RewardItem, type RewardModel, remoteReward } from "../../rewards/index.ts";
import { describeRemote } from "../../rewards/remote/describe.fixture.ts";
import { createRandom } from "../../stats/random.ts";
import { dialogues, serveApp, type TestServer, trainedModel } from "./dialect-server.fixture.ts";
import { sglangRoutes } from "./sglang.ts";
import { teiRoutes } from "./tei.ts";
import { vllmRoutes } from "./vllm.ts";

let model: RewardModel;
let servers: Record<"vllm" | "sglang" | "tei", TestServer>;
const items = dialogues(40);
let own: Float64Array;

beforeAll(async () => {
  model = await trainedModel();
  own = await model.score(items);
  const [vllm, sglang, tei] = await Promise.all([
    serveApp(vllmRoutes(model)),
    serveApp(sglangRoutes(model)),
    serveApp(teiRoutes(model)),
  ]);
  servers = { vllm, sglang, tei };
});
afterAll(() => Promise.all(Object.values(servers).map((server) => server.close())));

const chatml = { chatTemplate: CHAT_TEMPLATES.chatml };
const llama3 = { chatTemplate: CHAT_TEMPLATES.llama3, bosToken: "<|begin_of_text|>", eosToken: "<|eot_id|>" };

const adapters: [string, keyof typeof servers, Record<string, unknown>][] = [
  ["vLLM /classify, messages", "vllm", { protocol: "vllm-classify" }],
  ["vLLM /classify, transcript", "vllm", { protocol: "vllm-classify", text: "transcript", batch: 7 }],
  [
    "vLLM /classify, ChatML",
    "vllm",
    { protocol: "vllm-classify", text: chatml, batch: 16, model: "helpful" },
  ],
  ["vLLM /pooling, messages", "vllm", { protocol: "vllm-pooling" }],
  ["vLLM /pooling, Llama 3", "vllm", { protocol: "vllm-pooling", text: llama3, batch: 11 }],
  ["vLLM /score", "vllm", { protocol: "vllm-score", batch: 9 }],
  ["SGLang, Llama 3", "sglang", { protocol: "sglang", text: llama3, batch: 5 }],
  ["SGLang, one a request", "sglang", { protocol: "sglang", text: "transcript", batch: 1 }],
  ["TEI, pairs", "tei", { protocol: "tei", text: "pair" }],
  ["TEI, ChatML", "tei", { protocol: "tei", text: chatml, batch: 3 }],
  [
    "a URL template, one a request",
    "sglang",
    { protocol: "url", path: "/classify", body: { text: "{text}" }, answer: "/embedding/0", concurrency: 2 },
  ],
  [
    "a URL template, a vLLM request by hand",
    "vllm",
    {
      protocol: "url",
      path: "/classify",
      body: { model: "helpful", messages: "{messages}", use_activation: false },
      answer: "/data/0/probs/0",
    },
  ],
];

const adapter = (server: keyof typeof servers, { path = "", ...fields }: Record<string, unknown>) =>
  remoteReward(describeRemote({ url: `${servers[server].url}${path}`, ...fields }));

/** The largest difference; NaN where the lengths differ. */
const difference = (a: Float64Array, b: Float64Array) =>
  a.length === b.length ? Math.max(0, ...a.map((each, i) => Math.abs(each - b[i]!))) : Number.NaN;

describe.each(adapters)("%s", (_, server, fields) => {
  test("gives the model's own rewards, in order", async () => {
    expect(new Set(own).size).toBe(items.length);
    expect(difference(await adapter(server, fields).score(items), own)).toBeLessThan(1e-9);
  });

  test("does so whatever the batch and the order of the items", async () => {
    const random = createRandom(3);
    for (let round = 0; round < 4; round++) {
      const order = [...items.keys()].sort(() => random.uniform() - 0.5).slice(0, 1 + random.below(39));
      const shuffled = order.map((i): RewardItem => items[i]!);
      const remote = adapter(server, {
        ...fields,
        batch: 1 + random.below(12),
        concurrency: 1 + random.below(5),
      });
      const expected = Float64Array.from(order, (i) => own[i]!);
      expect(difference(await remote.score(shuffled), expected)).toBeLessThan(1e-9);
    }
  });

  test("no items need no request", async () => {
    expect(await adapter(server, fields).score([])).toEqual(new Float64Array());
  });
});

const post = async (server: keyof typeof servers, path: string, body: unknown) => {
  const response = await fetch(`${servers[server].url}${path}`, {
    method: "POST",
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, never> };
};
const text = (item: RewardItem) =>
  [...item.prompt, { role: "assistant", content: item.response }]
    .map(({ role, content }) => `<|im_start|>${role}\n${content}<|im_end|>\n`)
    .join("");
/** Names and types, without the values. */
const shapeOf = (json: unknown): unknown => {
  if (Array.isArray(json)) return json.map(shapeOf);
  if (typeof json !== "object" || json === null) return json === null ? null : typeof json;
  return Object.fromEntries(Object.entries(json).map(([key, each]) => [key, shapeOf(each)]));
};
const sigmoid = (reward: number) => 1 / (1 + Math.exp(-reward));

describe("the dialects themselves", () => {
  test("vLLM applies a sigmoid unless told not to", async () => {
    const { body } = await post("vllm", "/classify", { model: "helpful", input: text(items[0]!) });
    expect(body).toMatchObject({
      object: "list",
      model: "helpful",
      data: [{ index: 0, label: "LABEL_0", num_classes: 1, probs: [expect.closeTo(sigmoid(own[0]!), 12)] }],
    });
    const pooled = await post("vllm", "/pooling", { input: [text(items[0]!)], use_activation: null });
    expect(pooled.body).toMatchObject({ data: [{ object: "pooling", data: [sigmoid(own[0]!)] }] });
    const scored = await post("vllm", "/v1/score", { text_1: "Hi", text_2: ["kindly", "grumpy"] });
    expect(scored.body).toMatchObject({ data: [{ index: 0, object: "score" }, { index: 1 }] });
  });

  test("vLLM's answers have the fields of vLLM 0.32.0", async () => {
    const usage = {
      prompt_tokens: 21,
      total_tokens: 21,
      completion_tokens: 0,
      prompt_tokens_details: null,
      completion_tokens_details: null,
    };
    const shared = { object: "list", created: 1795822587, model: "reward", usage };
    const rows = {
      "/classify": { index: 0, label: "LABEL_0", probs: [1.184623122215271], num_classes: 1 },
      "/pooling": { index: 0, object: "pooling", data: [1.184623122215271] },
      "/score": { index: 0, object: "score", score: -0.5652323365211487 },
    };
    for (const [path, row] of Object.entries(rows)) {
      const name = path.slice(1);
      const recorded = { id: `${name}-acc3cf21ce6b1256`, ...shared, data: [row] };
      const asked = path === "/score" ? { text_1: "Hi", text_2: "kindly" } : { input: text(items[0]!) };
      const { body } = await post("vllm", path, asked);
      expect(shapeOf(body)).toEqual(shapeOf(recorded));
      expect(body.id).toMatch(new RegExp(`^${name}-[0-9a-f]{16}$`));
    }
    expect(await post("vllm", "/classify", { input: [] })).toMatchObject({ status: 400 });
  });

  test("SGLang's answer is as that of SGLang 0.5.23, and any name of a model does", async () => {
    const { body } = await post("sglang", "/classify", { model: "any", text: text(items[0]!) });
    const recorded = {
      embedding: [1.6738955974578857],
      meta_info: {
        id: "baf779efe7044e09b0e93796b4d14185",
        finish_reason: { type: "length", length: 0 },
        prompt_tokens: 21,
      },
    };
    expect(shapeOf(body)).toEqual(shapeOf(recorded));
    expect(body).toMatchObject({ meta_info: { finish_reason: recorded.meta_info.finish_reason } });
  });

  test("TEI does, and answers one input without a list around it", async () => {
    const one = await post("tei", "/predict", { inputs: text(items[2]!) });
    expect(one.body).toEqual([{ score: expect.closeTo(sigmoid(own[2]!), 12), label: "LABEL_0" }]);
    const raw = await post("tei", "/predict", { inputs: [[text(items[2]!)]], raw_scores: true });
    expect(raw.body).toEqual([[{ score: expect.closeTo(own[2]!, 12), label: "LABEL_0" }]]);
    const tooMany = await post("tei", "/predict", { inputs: items.map((item) => [text(item)]) });
    expect(tooMany.body).toMatchObject({ error_type: "Validation", error: /40 > maximum .* 32/ });
  });

  test("each is healthy, and refuses what it can't score in its own form", async () => {
    for (const server of Object.values(servers))
      expect((await fetch(`${server.url}/health`)).status).toBe(200);
    expect(await post("vllm", "/classify", { input: "no dialogue" })).toMatchObject({
      status: 400,
      body: { error: { type: "BadRequestError", message: /ends with the assistant's response/ } },
    });
    expect(await post("vllm", "/classify", { model: "other", input: text(items[0]!) })).toMatchObject({
      status: 404,
      body: { error: { message: /"other" does not exist; this server has "helpful"/ } },
    });
    expect(await post("vllm", "/classify", { input: [1, 2] })).toMatchObject({ status: 400 });
    expect(await post("vllm", "/classify", {})).toMatchObject({ status: 400 });
    expect(await post("sglang", "/classify", { text: ["x"] })).toMatchObject({ status: 400 });
    expect(await post("tei", "/predict", { inputs: {} })).toMatchObject({
      status: 400,
      body: { error_type: "Validation" },
    });
    const unanswered = { messages: [{ role: "user", content: "Hi" }] };
    expect(await post("vllm", "/classify", unanswered)).toMatchObject({ status: 400 });
  });
});
