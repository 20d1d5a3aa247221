/** `allgood proxy` before a real server of a tiny policy, asked by OpenAI's own client and by curl's form of a request. */
import type { ChildProcess } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import OpenAI from "openai";
import { afterEach, expect, test } from "vitest";
import { listener, PROMPTS, proxyWorld } from "../src/serve/proxy/proxy-world.fixture.ts";
import { type Finished, start } from "./support/cli.ts";

const world = proxyWorld();
const listen = listener();
const objective = () => join(world.folder, "objective.json");
const KEY = "a-key-of-more-than-16-characters";

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
});

/** Starts a proxy and waits for its address. */
async function proxy(...args: string[]): Promise<{ url: string; stop: () => Promise<Finished> }> {
  const upstream = await listen(world.app);
  const all = ["proxy", "--upstream", upstream, "--objective", objective(), "--port", "0", ...args];
  const { child, finished } = start(...all, "--json");
  running.push(child);
  const url = await new Promise<string>((found, failed) => {
    child.stdout?.once("data", (line) => found(JSON.parse(String(line)).url));
    finished.then(({ stderr }) => failed(new Error(stderr)));
  });
  const stop = () => {
    child.kill("SIGTERM");
    return finished;
  };
  return { url, stop };
}

const request = (more: object = {}) => ({
  model: "tiny",
  messages: [{ role: "user" as const, content: PROMPTS[0]! }],
  max_tokens: 8,
  seed: 1,
  ...more,
});
const clientOf = (url: string, apiKey = "any") => new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });

test("answers with the best of k, whole and streamed, until it is told to stop", async () => {
  const { url, stop } = await proxy("-k", "4");
  const client = clientOf(url);
  const { data, response } = await client.chat.completions.create(request()).withResponse();
  const report = Reflect.get(data, "allgood");
  const best = Math.max(...report.candidates.map(({ u }: { u: number }) => u));
  expect(report).toMatchObject({ k: 4, objective: world.objective.file.hash });
  expect(report.candidates[report.chosen[0]].u).toBe(best);
  expect(Number(response.headers.get("x-allgood-u"))).toBe(best);
  const streamed = await client.chat.completions.stream(request()).finalChatCompletion();
  expect(streamed.choices[0]!.message.content).toBe(data.choices[0]!.message.content);
  expect((await client.models.list()).data.map(({ id }) => id)).toEqual(["tiny"]);
  // as curl -d sends it
  const form = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: JSON.stringify(request()),
  });
  expect(Reflect.get(Object(await form.json()), "choices")).toEqual(data.choices);
  const { code, stderr } = await stop();
  expect(code).toBe(0);
  const lines = stderr
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines).toContainEqual(
    expect.objectContaining({ route: "/v1/chat/completions", status: 200, items: 4 }),
  );
  expect(stderr).not.toContain(PROMPTS[0]);
});

test("every error has OpenAI's form, those before the route too", async () => {
  const keys = join(world.folder, "keys");
  await writeFile(keys, `${KEY}\n`);
  const { url } = await proxy("--key-file", keys, "--max-body", "0.001");
  const unauthorized = { status: 401, type: "invalid_request_error", code: "invalid_api_key" };
  await expect(clientOf(url, "wrong").chat.completions.create(request())).rejects.toMatchObject(unauthorized);
  const client = clientOf(url, KEY);
  expect((await client.chat.completions.create(request())).choices).toHaveLength(1);
  const long = { messages: [{ role: "user" as const, content: "long ".repeat(1000) }] };
  await expect(client.chat.completions.create(request(long))).rejects.toMatchObject({
    status: 413,
    type: "invalid_request_error",
  });
  await expect(client.embeddings.create({ model: "tiny", input: "a" })).rejects.toMatchObject({
    status: 404,
    type: "invalid_request_error",
  });
  const unknown = { messages: [{ role: "user" as const, content: "never seen" }] };
  await expect(client.chat.completions.create(request(unknown))).rejects.toMatchObject({
    status: 422,
    code: "no_reference",
  });
  const metrics = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${KEY}` } });
  expect(await metrics.text()).toMatch(
    /allgood_requests_total\{route="\/v1\/chat\/completions",status="200"\} 1/,
  );
});

test("--otherwise gives prompts never sampled a reference, and the answer says which", async () => {
  const { url } = await proxy("-k", "2", "--otherwise", "estimator");
  const unknown = { messages: [{ role: "user" as const, content: "the sea" }] };
  const answer = await clientOf(url).chat.completions.create(request(unknown));
  expect(Reflect.get(answer, "allgood").references).toEqual({ warm: "estimator", calm: "estimator" });
});
