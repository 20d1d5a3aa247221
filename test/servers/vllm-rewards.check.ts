/** Remote rewards against a real vLLM, and our own vLLM dialect beside it. */
import { readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { serveApp, type TestServer, trainedModel } from "../../src/serve/protocols/dialect-server.fixture.ts";
import { vllmRoutes } from "../../src/serve/protocols/vllm.ts";
import { allgood } from "./command-line.ts";
import { foundServers } from "./found.ts";
import { type RealServer, startVllmReward } from "./real-server.ts";
import { answerOf, expectClose, responses, scoring } from "./scoring.ts";

const { servers } = foundServers();
const { folder, score, truth, template } = await scoring();

describe.skipIf(servers.vllm === undefined)("vLLM with a reward model", () => {
  let vllm: RealServer;
  beforeAll(async () => {
    vllm = await startVllmReward();
  });
  afterAll(() => vllm?.stop());

  test.each([
    ["/classify, messages", { protocol: "vllm-classify" }, "chat"],
    ["/classify, a chat template of ours", { protocol: "vllm-classify", text: "template" }, "chat"],
    ["/classify, transcripts", { protocol: "vllm-classify", text: "transcript", batch: 7 }, "transcript"],
    ["/pooling, messages", { protocol: "vllm-pooling" }, "chat"],
    ["/pooling, transcripts", { protocol: "vllm-pooling", text: "transcript" }, "transcript"],
    ["/score", { protocol: "vllm-score" }, "pair"],
  ] as const)("%s: the rewards that transformers gives", async (_, fields, kind) => {
    const text = "text" in fields && fields.text === "template" && { text: { chatTemplate: template } };
    const { rewards, stderr } = await score(vllm.url, { ...fields, ...text });
    expect(stderr).toBe("");
    expectClose(rewards, truth[kind]);
  });

  test("calibrate: an objective from its rewards", async () => {
    const description = {
      format: "allgood-remote/1",
      value: "helpful",
      protocol: "vllm-classify",
      url: vllm.url,
    };
    await writeFile(folder("helpful.json"), JSON.stringify(description));
    const out = folder("objective.json");
    const done = await allgood(
      ...["calibrate", "--model", folder("helpful.json"), "--data", responses],
      ...["--goal", "helpful", "--reference", "helpful=mean", "--out", out],
    );
    expect(done).toMatchObject({ code: 0 });
    const objective = z.object({ values: z.unknown() }).parse(JSON.parse(await readFile(out, "utf8")));
    const house = truth.chat.slice(0, 18).reduce((sum, each) => sum + each / 18, 0);
    expect(numbersIn(objective.values).some((each) => Math.abs(each - house) < 1e-3)).toBe(true);
  });

  test("a switch of another version is read past, and rewards that are squashed for it are noticed", async () => {
    const description = {
      ...{ format: "allgood-remote/1", value: "helpful", protocol: "vllm-classify", url: vllm.url },
      activationField: "softmax",
    };
    await writeFile(folder("old.json"), JSON.stringify(description));
    const done = await allgood(
      ...["calibrate", "--model", folder("old.json"), "--data", responses],
      ...["--goal", "helpful", "--out", folder("old-objective.json")],
    );
    expect(done.stdout).toMatch(/within 0 and 1|between 0 and 1/);
  });

  test("what it refuses is said in its own words", async () => {
    const unknown = await score(vllm.url, { protocol: "vllm-classify", model: "nope" });
    expect(unknown).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("The model `nope` does not exist"),
    });
    const several = await score(vllm.url, { protocol: "vllm-classify", output: 3 });
    expect(several).toMatchObject({ code: 1, stderr: expect.stringContaining("has no output 3") });
  });

  describe("our own server as vLLM", () => {
    let ours: TestServer;
    beforeAll(async () => {
      ours = await serveApp(vllmRoutes(await trainedModel(), { name: "reward" }));
    });
    afterAll(() => ours.close());

    const messages = [
      { role: "user", content: "Hi" },
      { role: "assistant", content: "Hello" },
    ];
    const input = "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello<|im_end|>\n";
    test.each<[string, unknown]>([
      ["/classify", { model: "reward", messages }],
      ["/classify", { messages, use_activation: false }],
      ["/classify", { input: [input, input], use_activation: false }],
      ["/classify", { input }],
      ["/classify", { input: [] }],
      ["/classify", { messages: [] }],
      ["/classify", {}],
      ["/classify", { model: "nope", input }],
      ["/pooling", { messages, use_activation: false }],
      ["/pooling", { input: [input, input], encoding_format: "float" }],
      ["/pooling", { input, encoding_format: "other" }],
      ["/score", { text_1: "Hi", text_2: ["Hello", "Go"] }],
      ["/v1/score", { queries: ["Hi", "Ho"], documents: ["Hello", "Go"], use_activation: false }],
      ["/score", { text_1: ["a", "b"], text_2: ["c", "d", "e"] }],
      ["/score", { queries: [], documents: [] }],
    ])("%s %j: the same status and fields", async (path, body) => {
      const [real, own] = await Promise.all([vllm, ours].map(({ url }) => answerOf(`${url}${path}`, body)));
      expect(own).toEqual(real);
    });
  });
});

describe.skipIf(servers.vllm === undefined)("vLLM with a number for each token", () => {
  let vllm: RealServer;
  beforeAll(async () => {
    vllm = await startVllmReward("--pooler-config", '{"task": "token_classify"}');
  });
  afterAll(() => vllm?.stop());

  test("the last one is the reward, where the description says so", async () => {
    const { rewards } = await score(vllm.url, { protocol: "vllm-pooling", tokens: "last" });
    expectClose(rewards, truth.chat);
    const unsaid = await score(vllm.url, { protocol: "vllm-pooling" });
    expect(unsaid).toMatchObject({ code: 1, stderr: expect.stringContaining('"tokens": "last"') });
  });

  test("it can't classify, and is not asked again", async () => {
    const { code, stderr } = await score(vllm.url, { protocol: "vllm-classify" });
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringMatching(/501.*"protocol"/) });
  });
});

function numbersIn(json: unknown): number[] {
  if (typeof json === "number") return [json];
  return typeof json === "object" && json !== null ? Object.values(json).flatMap(numbersIn) : [];
}
