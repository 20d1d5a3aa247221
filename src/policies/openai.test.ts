import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { serveChat, tinyPolicy } from "../serve/chat/chat-server.fixture.ts";
import type { LocalPolicy, OpenAiPolicyOptions } from "./index.ts";
import { OpenAiPolicy } from "./index.ts";

/** A way to answer in place of the policy's server; undefined: it answers itself. */
type Fault = (
  body: Record<string, unknown>,
  request: IncomingMessage,
  response: ServerResponse,
) => Promise<boolean> | boolean;

let local: LocalPolicy;
let real: Awaited<ReturnType<typeof serveChat>>;
let fault: Fault = () => false;
/** Bodies that came. */
let seen: Record<string, unknown>[] = [];

/** Stands on the wire before the policy's server. */
const front = createServer(async (request, response) => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  const body: Record<string, unknown> = JSON.parse(Buffer.concat(parts).toString());
  seen.push(body);
  if (await fault(body, request, response)) return;
  const answer = await fetch(`${real.url}/chat/completions`, { method: "POST", body: JSON.stringify(body) });
  response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
});
let url: string;

beforeAll(async () => {
  local = await tinyPolicy();
  real = await serveChat(local);
  await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
});
afterEach(() => {
  fault = () => false;
  seen = [];
});
afterAll(async () => {
  front.closeAllConnections();
  await new Promise((resolve) => front.close(resolve));
  await real.close();
  await local.dispose();
});

const open = (options: Partial<OpenAiPolicyOptions> = {}) =>
  new OpenAiPolicy({ url, model: "tiny", firstWaitMs: 1, ...options });
const prompts = ["the cat", "a dog", "by the sea"].map((content) => [{ role: "user" as const, content }]);
const request = { n: 3, maxNewTokens: 10, seed: 5 };
const json = (response: ServerResponse, status: number, body: unknown, headers = {}) => {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  return true;
};
const choice = (content: string | null, more = {}) => ({
  index: 0,
  message: { role: "assistant", content, ...more },
  finish_reason: "stop",
});

describe("samples", () => {
  test("are n of each prompt, the same for the same seed, with another seed for each request", async () => {
    const policy = open();
    const groups = await policy.sample(prompts, request);
    expect(groups.map((group) => group.length)).toEqual([3, 3, 3]);
    expect(new Set(groups.flat().map(({ text }) => text)).size).toBe(9);
    expect(await policy.sample(prompts, request)).toEqual(groups);
    expect(await policy.sample(prompts, { ...request, seed: 6 })).not.toEqual(groups);
    expect(new Set(seen.slice(0, 3).map(({ seed }) => seed)).size).toBe(3);
    expect(seen[0]).toMatchObject({ model: "tiny", n: 3, max_tokens: 10, temperature: 1 });
  });

  test("say whether they ended by themselves, and their tokens", async () => {
    const policy = open();
    let told = 0;
    const groups = await policy.sample(prompts, {
      ...request,
      onProgress: (tokens) => {
        told = tokens;
      },
    });
    const seeds = seen.map(({ messages, seed }) => ({ messages, seed: Number(seed) }));
    let sum = 0;
    for (const [p, prompt] of prompts.entries()) {
      const { seed } = seeds.find(({ messages }) => JSON.stringify(messages) === JSON.stringify(prompt))!;
      const [samples] = await local.sample([prompt], { ...request, seed });
      expect(groups[p]!.map(({ text, ended }) => ({ text, ended }))).toEqual(
        samples!.map(({ text, ended }) => ({ text, ended })),
      );
      sum += samples!.reduce((total, { tokens }) => total + tokens, 0);
    }
    expect(told).toBe(sum);
    expect(groups.flat().reduce((total, { tokens }) => total + tokens!, 0)).toBe(sum);
  });

  test("one request each where the server refuses n, which is asked once", async () => {
    fault = ({ n }, _, response) =>
      n !== undefined && json(response, 400, { error: { message: "only one completion choice is allowed" } });
    const policy = open({ concurrency: 1 });
    const groups = await policy.sample(prompts, request);
    expect(groups.map((group) => group.length)).toEqual([3, 3, 3]);
    expect(new Set(groups.flat().map(({ text }) => text)).size).toBe(9);
    seen = [];
    expect(await policy.sample(prompts, request)).toEqual(groups);
    expect(seen.map(({ n }) => n)).toEqual(Array(9).fill(undefined));
  });

  test("one request each where the server reads past n", async () => {
    fault = (body) => {
      delete body.n;
      return false;
    };
    const groups = await open().sample(prompts, request);
    expect(groups.map((group) => group.length)).toEqual([3, 3, 3]);
    expect(new Set(groups.flat().map(({ text }) => text)).size).toBe(9);
  });

  test("max_completion_tokens where max_tokens is refused", async () => {
    fault = ({ max_tokens }, _, response) =>
      max_tokens !== undefined &&
      json(response, 400, {
        error: {
          message: "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.",
          param: "max_tokens",
          code: "unsupported_parameter",
        },
      });
    const groups = await open().sample(prompts, request);
    expect(groups.flat()).toHaveLength(9);
    expect(seen.at(-1)).toMatchObject({ max_completion_tokens: 10 });
  });

  test("a max_tokens that is too large is refused, and not asked for by another name", async () => {
    // as vLLM 0.32.0 says it
    const message =
      "max_tokens=1000 cannot be greater than max_model_len=256. Please request fewer output tokens.";
    fault = (_, __, response) =>
      json(response, 400, { error: { message, type: "BadRequestError", param: "max_tokens", code: 400 } });
    await expect(open().sample([prompts[0]!], { ...request, n: 1 })).rejects.toThrow(message);
    expect(seen.every((body) => !("max_completion_tokens" in body))).toBe(true);
  });

  test("the words of a refusal are the response; no usage, no count of tokens", async () => {
    fault = (_, __, response) => json(response, 200, { choices: [choice(null, { refusal: "I can't." })] });
    const [group] = await open().sample([prompts[0]!], { ...request, n: 1 });
    expect(group).toEqual([{ text: "I can't.", tokens: undefined, ended: true }]);
  });

  test("a count of tokens that is of one sample among several is none", async () => {
    // as llama.cpp's server counts
    const usage = { prompt_tokens: 14, completion_tokens: 12, total_tokens: 26 };
    const choices = ["I think so", "Go away!", "No"].map((text, index) => ({ ...choice(text), index }));
    fault = (_, __, response) =>
      json(response, 200, { choices, usage, timings: { prompt_n: 1, predicted_n: 12 } });
    const [group] = await open().sample([prompts[0]!], request);
    expect(group!.map(({ tokens }) => tokens)).toEqual([undefined, undefined, undefined]);
  });

  test("the key is sent, at most so many requests at a time", async () => {
    let [now, most] = [0, 0];
    const keys = new Set<string | undefined>();
    fault = async (_, { headers }) => {
      keys.add(headers.authorization);
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 10));
      now -= 1;
      return false;
    };
    await open({ key: "abc", concurrency: 2 }).sample([...prompts, ...prompts], request);
    expect([...keys]).toEqual(["Bearer abc"]);
    expect(most).toBe(2);
  });
});

describe("faults that pass are tried again", () => {
  test.each<[string, Fault]>([
    ["429 with Retry-After", (_, __, response) => json(response, 429, {}, { "retry-after": "0" })],
    ["503", (_, __, response) => json(response, 503, { error: "loading" })],
    [
      "a reset",
      (_, { socket }) => {
        socket.resetAndDestroy();
        return true;
      },
    ],
    [
      "half a body",
      (_, __, response) => {
        response
          .writeHead(200, { "content-length": "1000" })
          .write('{"choices": [', () => response.destroy());
        return true;
      },
    ],
    [
      "text that is no JSON",
      (_, __, response) => {
        response.end("<html>");
        return true;
      },
    ],
  ])("%s", async (_, once) => {
    let left = 2;
    const whole = await open().sample(prompts, request);
    fault = (...parts) => left-- > 0 && once(...parts);
    expect(await open().sample(prompts, request)).toEqual(whole);
  });

  test("an answer that does not come", async () => {
    let left = 1;
    fault = () => left-- > 0;
    expect((await open({ timeoutMs: 300 }).sample(prompts, request)).flat()).toHaveLength(9);
  });

  test("Retry-After is waited for", async () => {
    const times: number[] = [];
    fault = (_, __, response) => {
      times.push(performance.now());
      return times.length === 1 && json(response, 429, {}, { "retry-after": "1" });
    };
    await open().sample([prompts[0]!], request);
    // not sooner than it said; how much later is the machine's affair
    expect(times[1]! - times[0]!).toBeGreaterThan(950);
  });
});

describe("errors", () => {
  const failure = async (answer: Fault, options: Partial<OpenAiPolicyOptions> = {}, n = 3) => {
    fault = answer;
    const error = await open(options)
      .sample(prompts, { ...request, n })
      .catch((found: unknown) => found);
    if (!(error instanceof Error)) throw new Error("no error");
    expect(error.name).toBe("InputError");
    return error.message;
  };
  const says =
    (body: unknown, status = 200): Fault =>
    (_, __, response) =>
      json(response, status, body);

  test("name the address, the status and the server's words", async () => {
    const message = await failure(says({ error: { message: "The model `x` does not exist." } }, 404));
    expect(message).toContain(`${url}/v1/chat/completions: the server answered 404`);
    expect(message).toMatch(/The model `x` does not exist\..*--policy-model/);
    expect(seen.length).toBeLessThanOrEqual(3);
  });

  test.each<[string, unknown, number, RegExp]>([
    ["a wrong key", { error: { message: "bad key" } }, 401, /401.*bad key.*--policy-key-env/],
    ["a server that goes on failing", { error: "out of memory" }, 500, /500.*out of memory/],
    ["a redirect", {}, 307, /307/],
    ["no quota", { error: { message: "quota", code: "insufficient_quota" } }, 429, /429.*quota/],
    ["no choices", { choices: [] }, 200, /not an answer of chat completions.*choices/],
    ["another shape", { text: "hello" }, 200, /not an answer of chat completions/],
    ["two for three", { choices: [choice("a"), choice("b")] }, 200, /another number.*found 2, expected 3/],
    [
      "calls of tools",
      { choices: [choice(null, { tool_calls: [{}] })] },
      200,
      /called tools in place of saying something/,
    ],
    [
      "thinking alone",
      { choices: [{ ...choice(null), finish_reason: "length" }] },
      200,
      /no text \(found finish_reason "length"\).*--max-new-tokens/,
    ],
    [
      "a response given up",
      { choices: [{ ...choice("x"), finish_reason: "abort" }] },
      200,
      /gave a response up/,
    ],
  ])("%s", async (_, body, status, message) => {
    expect(await failure(says(body, status), { attempts: 2 })).toMatch(message);
  });

  test("a prompt that is too long is the server's error, not a server without n", async () => {
    const long = [{ role: "user" as const, content: "zq".repeat(100) }];
    await expect(open().sample([long], request)).rejects.toThrow(/400.*maximum context length is 96/);
  });

  test("a wait that is too long is not waited for", async () => {
    const message = await failure((_, __, response) => json(response, 429, {}, { "retry-after": "9999" }));
    expect(message).toMatch(/429.*Come again in 9999 seconds/);
  });

  test("no server, and an address that is none", async () => {
    const policy = open({ url: "http://127.0.0.1:9", attempts: 1 });
    await expect(policy.sample(prompts, request)).rejects.toThrow(
      /http:\/\/127.0.0.1:9\/v1\/chat\/completions: the server did not answer/,
    );
    expect(() => open({ url: "ftp://x" })).toThrow(/not the address of a server/);
  });

  test("an abort ends requests and waits", async () => {
    fault = (_, __, response) => json(response, 503, {}, { "retry-after": "100" });
    const abort = new AbortController();
    const sampled = open({ attempts: 9 }).sample(prompts, { ...request, signal: abort.signal });
    setTimeout(() => abort.abort(new Error("enough")), 50);
    await expect(sampled).rejects.toThrow("enough");
  });
});
