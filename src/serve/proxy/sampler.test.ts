import { describe, expect, test } from "vitest";
import {
  type Body,
  before,
  clientOf,
  listener,
  type ProxyChanges,
  proxyBefore,
  proxyWorld,
  reportOf,
} from "./proxy-world.fixture.ts";

const world = proxyWorld();
const listen = listener();
const request = (more: object = {}) => ({
  model: "tiny",
  messages: [{ role: "user" as const, content: "the cat" }],
  max_tokens: 8,
  seed: 3,
  allgood: { return_candidates: true },
  ...more,
});

/** A proxy before the tiny policy's server, which is asked what `change` makes of each request. */
async function start(
  change: (body: Body, request: number) => Body | Response,
  changes: Partial<ProxyChanges> = {},
) {
  let requests = 0;
  const behind = before(world.app, (body) => change(body, requests++));
  const url = await listen(proxyBefore(await listen(behind), { scorer: world.scorer, ...changes }));
  return { proxy: clientOf(url), bodies: behind.bodies, upstream: clientOf(await listen(world.app)) };
}

const withoutN = ({ n: _, ...body }: Body): Body => body;
const refusal = (status: number, message: string, more: object = {}) =>
  Response.json(
    { error: { message, type: "invalid_request_error", param: null, code: null, ...more } },
    { status },
  );

describe.each([
  ["ignores n", (body: Body) => withoutN(body)],
  ["refuses n", (body: Body) => ("n" in body ? refusal(400, "only one choice is supported") : body)],
  [
    "refuses n as llama.cpp and others do",
    (body: Body) => ("n" in body ? refusal(422, "unknown field") : body),
  ],
])("an upstream that %s", (_, change) => {
  test("is asked k times, with seeds that follow one another, and this is found out once", async () => {
    const { proxy, bodies, upstream } = await start(change, { settings: { k: 4 } });
    const first = await proxy.chat.completions.create(request());
    const seen = bodies.length;
    const second = await proxy.chat.completions.create(request());
    expect(seen).toBeLessThanOrEqual(5);
    expect(bodies.slice(0, seen).filter((body) => "n" in body)).toHaveLength(1);
    expect(bodies.slice(seen).map(({ n, seed }) => [n, seed])).toEqual(
      [3, 4, 5, 6].map((seed) => [undefined, seed]),
    );
    const texts: unknown[] = [];
    for (const seed of [3, 4, 5, 6]) {
      const { allgood: _, ...single } = request({ seed });
      texts.push((await upstream.chat.completions.create(single)).choices[0]!.message.content);
    }
    for (const answer of [first, second]) {
      const report = reportOf(answer);
      expect(report.candidates.map(({ message }) => message!.content)).toEqual(texts);
      expect(answer.choices[0]!.message).toEqual(report.candidates[report.chosen[0]!]!.message);
    }
  });
});

test("an n that is too large for the upstream alone is not asked for again", async () => {
  // as llama.cpp's server with four slots does
  const change = (body: Body) =>
    Number(body.n ?? 1) > 4
      ? refusal(400, `Field 'n': Value must be between 1 <= value <= 4, but got ${body.n}`, { code: 400 })
      : body;
  const { proxy, bodies } = await start(change, { settings: { k: 4 } });
  const asked = async (k: number) => {
    const answer = await proxy.chat.completions.create(request({ allgood: { k } }));
    expect(reportOf(answer)).toMatchObject({ k });
    return bodies.splice(0).map(({ n }) => n ?? 1);
  };
  expect(await asked(4)).toEqual([4]);
  expect(await asked(6)).toEqual([6, 1, 1, 1, 1, 1, 1]);
  expect(await asked(6)).toEqual([1, 1, 1, 1, 1, 1]);
  expect(await asked(4)).toEqual([4]);
});

test("n answers at temperature 0 are asked for one by one, and n is not thought to be unknown for that", async () => {
  // as vLLM 0.32.0 does
  const change = (body: Body) =>
    "n" in body && body.temperature === 0
      ? refusal(400, "n must be 1 when using greedy sampling, got 2.", { type: "BadRequestError", code: 400 })
      : body;
  const { proxy, bodies } = await start(change, { settings: { k: 4 } });
  const greedy = await proxy.chat.completions.create(request({ n: 2, temperature: 0 }));
  expect(greedy.choices).toHaveLength(2);
  expect(bodies.splice(0)).toHaveLength(2);
  await proxy.chat.completions.create(request());
  expect(bodies.map(({ n }) => n)).toEqual([4]);
  // nor is it refused once n is known to be heeded
  expect((await proxy.chat.completions.create(request({ n: 2, temperature: 0 }))).choices).toHaveLength(2);
});

test("usage: the prompt once, the tokens of all candidates; what a provider bills stands beside it", async () => {
  const { proxy, upstream } = await start(withoutN, { settings: { k: 3 } });
  const answer = await proxy.chat.completions.create(request());
  let tokens = 0;
  let prompt = 0;
  for (const seed of [3, 4, 5]) {
    const { allgood: _, ...single } = request({ seed });
    const { usage } = await upstream.chat.completions.create(single);
    tokens += usage!.completion_tokens;
    prompt = usage!.prompt_tokens;
  }
  expect(answer.usage).toEqual({
    prompt_tokens: prompt,
    completion_tokens: tokens,
    total_tokens: prompt + tokens,
  });
  expect(reportOf(answer).upstream).toEqual({ requests: 3, prompt_tokens: 3 * prompt });
});

test("usage that counts one choice of several is not passed on", async () => {
  const app = {
    async fetch(asked: Request) {
      const answer = await world.app.fetch(asked);
      // as llama.cpp's server counts
      const usage = { prompt_tokens: 14, completion_tokens: 3, total_tokens: 17 };
      return Response.json({
        ...Object(await answer.json()),
        usage,
        timings: { prompt_n: 1, predicted_n: 3 },
      });
    },
  };
  const url = await listen(proxyBefore(await listen(app), { scorer: world.scorer, settings: { k: 4 } }));
  const several = await clientOf(url).chat.completions.create(request());
  expect(several.usage).toBeUndefined();
  expect(reportOf(several).upstream.prompt_tokens).toBe(14);
  const one = await clientOf(url).chat.completions.create(request({ allgood: { k: 1 } }));
  expect(one.usage).toMatchObject({ completion_tokens: 3 });
});

test("fewer choices than asked for: the rest is asked for", async () => {
  const { proxy, bodies } = await start((body) => ("n" in body ? { ...body, n: 3 } : body), {
    settings: { k: 5 },
  });
  const report = reportOf(await proxy.chat.completions.create(request()));
  expect(report).toMatchObject({ k: 5, upstream: { requests: 3 } });
  expect(bodies.map(({ n, seed }) => [n, seed])).toEqual([
    [5, 3],
    [undefined, 6],
    [undefined, 7],
  ]);
});

test("candidates that are all alike: the client hears of it", async () => {
  const { proxy } = await start((body) => ({ ...withoutN(body), seed: 1 }), { settings: { k: 3 } });
  const { notes } = reportOf(await proxy.chat.completions.create(request()));
  expect(notes).toEqual([expect.stringMatching(/^all candidates are alike/)]);
});

test("a refusal that is not for n is the client's, in the upstream's words", async () => {
  const { proxy } = await start(() =>
    refusal(400, "messages are too long", { param: "messages", code: "context_length_exceeded" }),
  );
  await expect(proxy.chat.completions.create(request())).rejects.toMatchObject({
    status: 400,
    param: "messages",
    code: "context_length_exceeded",
    message: expect.stringMatching(/messages are too long/),
  });
});

describe("some of the candidates can't be had", () => {
  const broken = (body: Body) =>
    "n" in body ? withoutN(body) : body.seed === 5 ? new Response("oops", { status: 500 }) : body;

  test("an error, unless fewer will do", async () => {
    const { proxy } = await start(broken, { settings: { k: 4 } });
    await expect(proxy.chat.completions.create(request())).rejects.toMatchObject({
      status: 502,
      code: "upstream_failed",
    });
  });

  test("with --min-k the answer is chosen among those there are, and says how many", async () => {
    const { proxy } = await start(broken, { settings: { k: 4, minK: 3 } });
    const { data, response } = await proxy.chat.completions.create(request()).withResponse();
    expect(reportOf(data)).toMatchObject({ k: 3, asked: 4, notes: [expect.stringMatching(/^1 of the/)] });
    expect(reportOf(data).candidates).toHaveLength(3);
    expect(response.headers.get("x-allgood-k")).toBe("3");
  });

  test("never with fewer than that", async () => {
    const { proxy } = await start(
      (body) => (Number(body.seed) > 4 ? new Response("", { status: 500 }) : withoutN(body)),
      {
        settings: { k: 4, minK: 3 },
      },
    );
    await expect(proxy.chat.completions.create(request())).rejects.toMatchObject({ status: 502 });
  });
});
