/** Remote rewards against a real SGLang, and our own dialect beside it. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serveApp, trainedModel } from "../../src/serve/protocols/dialect-server.fixture.ts";
import { sglangRoutes } from "../../src/serve/protocols/sglang.ts";
import { foundServers } from "./found.ts";
import { type RealServer, startSglangReward } from "./real-server.ts";
import { answerOf, expectClose, scoring } from "./scoring.ts";

const { servers } = foundServers();
const { score, truth, template } = await scoring();

describe.skipIf(servers.sglang === undefined)("SGLang with a reward model", () => {
  let sglang: RealServer;
  beforeAll(async () => {
    sglang = await startSglangReward();
  });
  afterAll(() => sglang?.stop());

  test.each([
    ["a chat template", { text: { chatTemplate: template } }, "chat"],
    ["a chat template, one a request", { text: { chatTemplate: template }, batch: 1 }, "chat"],
    ["transcripts", { text: "transcript" }, "transcript"],
  ] as const)("/classify, %s: the rewards that transformers gives", async (_, fields, kind) => {
    const { rewards, stderr } = await score(sglang.url, { protocol: "sglang", ...fields });
    expect(stderr).toBe("");
    expectClose(rewards, truth[kind]);
  });

  test("/v1/classify gives 1 to everything, and is refused", async () => {
    const input = "<|im_start|>user\nHi<|im_end|>\n";
    const response = await fetch(`${sglang.url}/v1/classify`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "reward", input }),
    });
    expect(await response.json()).toMatchObject({ data: [{ probs: [1] }] });
    const fields = { protocol: "vllm-classify", url: `${sglang.url}/v1/classify`, text: "transcript" };
    const { code, stderr } = await score(sglang.url, fields);
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringMatching(/probabilities/) });
  });

  test("our own server as SGLang: the same status, and no field that SGLang does not have", async () => {
    const ours = await serveApp(sglangRoutes(await trainedModel(), { name: "reward" }));
    try {
      const text = "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello<|im_end|>\n";
      for (const body of [{ text }, { text: [text, text] }, { model: "another", text }, { text: [] }, {}]) {
        const [real, own] = await Promise.all(
          [sglang, ours].map(({ url }) => answerOf(`${url}/classify`, body)),
        );
        expect(own!.status).toBe(real!.status);
        expect(real!.shape).toMatchObject(Object(own!.shape));
      }
    } finally {
      await ours.close();
    }
  });
});
