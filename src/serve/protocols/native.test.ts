import { describe, expect, test } from "vitest";
import { rewardOf } from "../echo-model.fixture.ts";
import { asCurl, globalUtility, KNOWN, REFERENCES, testApp, testObjective } from "../serving.fixture.ts";

const objective = await testObjective();
const app = await testApp({ objective, maxItems: 3 });
const score = (body: unknown) => app.request("/v1/score", asCurl(body));

describe("/v1/score", () => {
  test("one item a response, with all that is known of it; text and messages are one prompt", async () => {
    const response = await score({
      items: [
        { prompt: KNOWN, response: "Paris." },
        { prompt: "Hi!", response: "Hello." },
        { prompt: [{ role: "user", content: "Hi!" }], response: "Hello." },
      ],
    });
    expect(response.status).toBe(200);
    const body = (await response.json()) as { objective: string; items: Record<string, unknown>[] };
    expect(body.objective).toBe(objective.file.hash);
    const r = rewardOf({ prompt: KNOWN, response: "Paris." });
    expect(body.items[0]).toMatchObject({
      values: {
        helpful: { r, reference: REFERENCES.helpful.own, referenceFrom: "prompt" },
        safe: { r, reference: REFERENCES.safe.own, referenceFrom: "prompt" },
      },
    });
    expect(body.items[1]).toEqual(body.items[2]);
    const { u, p, values } = body.items[1] as { u: number; p: number; values: Record<string, { u: number }> };
    expect(u).toBeCloseTo(
      globalUtility({ prompt: [{ role: "user", content: "Hi!" }], response: "Hello." }),
      12,
    );
    expect(p).toBeCloseTo(Math.exp(u), 12);
    expect(values.helpful!.u + values.safe!.u).toBeCloseTo(u, 12);
    expect(values.safe).toMatchObject({ referenceFrom: "global" });
  });

  test("no items: none back", async () => {
    expect(await (await score({ items: [] })).json()).toEqual({ objective: objective.file.hash, items: [] });
  });

  test.each([
    ["no response", { items: [{ prompt: "a" }] }, 400, "items.0.response"],
    [
      "a role that is none",
      { items: [{ prompt: [{ role: "x", content: "a" }], response: "b" }] },
      400,
      "items.0.prompt",
    ],
    ["no message", { items: [{ prompt: [], response: "b" }] }, 400, "items.0.prompt"],
    ["too many", { items: Array(4).fill({ prompt: "a", response: "b" }) }, 413, "takes 3"],
  ])("%s: refused", async (_, body, status, message) => {
    const response = await score(body);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { message: expect.stringContaining(message) } });
  });
});

test("/v1/objective: goal, values, hash", async () => {
  expect(await (await app.request("/v1/objective")).json()).toEqual({
    hash: objective.file.hash,
    goal: "helpful and safe",
    values: {
      helpful: { model: "column", temperature: 2, reference: "responses", prompts: 1, otherwise: "global" },
      safe: { model: "column", temperature: 0.5, reference: "responses", prompts: 1, otherwise: "global" },
    },
  });
});

test("/openapi.json describes every path that scores", async () => {
  const document = (await (await app.request("/openapi.json")).json()) as { openapi: string; paths: object };
  expect(document.openapi).toBe("3.1.0");
  expect(Object.keys(document.paths)).toEqual(["/v1/score", "/v1/objective", "/get_reward", "/verify"]);
  expect(JSON.stringify(document)).toContain("no_reference");
});
