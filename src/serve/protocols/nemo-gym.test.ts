import { describe, expect, test } from "vitest";
import { asCurl, globalUtility, testApp } from "../serving.fixture.ts";

const app = await testApp();
const verify = (body: unknown) => app.request("/verify", asCurl(body));
const said = (text: string) => ({
  type: "message",
  role: "assistant",
  content: [{ type: "output_text", text }],
});

describe("/verify", () => {
  test("the request comes back with its reward and one component a value, whose sum it is for an AND", async () => {
    const request = {
      responses_create_params: { input: [{ role: "user", content: "Hi!" }], temperature: 1 },
      response: { id: "resp_1", output: [{ type: "reasoning", summary: [] }, said("Hello.")] },
      task: 7,
    };
    const body = (await (await verify(request)).json()) as {
      reward: number;
      reward_components: Record<string, number>;
    };
    expect(body).toMatchObject(request);
    const item = { prompt: [{ role: "user" as const, content: "Hi!" }], response: "Hello." };
    expect(body.reward).toBeCloseTo(globalUtility(item), 12);
    const { helpful, safe } = body.reward_components;
    expect(helpful! + safe!).toBeCloseTo(body.reward, 12);
  });

  test("instructions are a system message, text is one user turn, earlier answers are part of the prompt", async () => {
    const response = await verify({
      responses_create_params: { input: "Hi!", instructions: "Be kind." },
      response: { output: [said("Wait."), { type: "function_call", name: "f" }, said("Hello.")] },
    });
    const item = {
      prompt: [
        { role: "system" as const, content: "Be kind." },
        { role: "user" as const, content: "Hi!" },
        { role: "assistant" as const, content: "Wait." },
      ],
      response: "Hello.",
    };
    expect(((await response.json()) as { reward: number }).reward).toBeCloseTo(globalUtility(item), 12);
  });

  test.each([
    ["no answer", { responses_create_params: { input: "a" }, response: { output: [] } }, "response.output"],
    [
      "a tool's message",
      {
        responses_create_params: { input: [{ role: "tool", content: "a" }] },
        response: { output: [said("b")] },
      },
      "input.0",
    ],
    ["no response", { responses_create_params: { input: "a" } }, "response"],
  ])("%s: 400", async (_, body, message) => {
    const response = await verify(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { message: expect.stringContaining(message) } });
  });

  test("a session needs no preparation", async () => {
    expect(await (await app.request("/seed_session", asCurl({}))).json()).toEqual({});
  });
});
