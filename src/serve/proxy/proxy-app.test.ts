import type OpenAI from "openai";
import { describe, expect, test } from "vitest";
import { scoreCandidates } from "../../align/index.ts";
import { promptHash } from "../../preferences/index.ts";
import {
  before,
  clientOf,
  listener,
  PROMPTS,
  proxyBefore,
  proxyWorld,
  reportOf,
} from "./proxy-world.fixture.ts";

const world = proxyWorld();
const listen = listener();

const request = (prompt: string, more: object = {}) => ({
  model: "tiny",
  messages: [{ role: "user" as const, content: prompt }],
  max_tokens: 8,
  seed: 3,
  ...more,
});

/** u of each text, by the code of `align best-of-k`. */
async function utilities(prompt: string, texts: (string | null)[]): Promise<number[]> {
  const messages = [{ role: "user" as const, content: prompt }];
  const candidates = texts.map((text, i) => ({ id: String(i), response: text ?? "" }));
  const set = { promptHash: promptHash(messages), prompt: messages, candidates, source: "test" };
  const [scored] = await scoreCandidates([set], world.objective, world.models);
  return [...scored!.u];
}

async function start(changes: Partial<Parameters<typeof proxyBefore>[1]> = {}) {
  const behind = before(world.app, (body) => body);
  const upstream = await listen(behind);
  const proxy = await listen(proxyBefore(upstream, { scorer: world.scorer, ...changes }));
  return { upstream: clientOf(upstream), proxy: clientOf(proxy), bodies: behind.bodies, url: proxy };
}

describe("the choice", () => {
  test.each(PROMPTS)("%s: the upstream's sample of highest u, by the code of best-of-k", async (prompt) => {
    const { upstream, proxy } = await start();
    const all = await upstream.chat.completions.create(request(prompt, { n: 8 }));
    const u = await utilities(
      prompt,
      all.choices.map(({ message }) => message.content),
    );
    const { data: answer, response } = await proxy.chat.completions.create(request(prompt)).withResponse();
    const best = u.indexOf(Math.max(...u));
    expect(answer.choices).toHaveLength(1);
    expect(answer.choices[0]!.message).toEqual(all.choices[best]!.message);
    expect(answer.choices[0]!.finish_reason).toBe(all.choices[best]!.finish_reason);
    const report = reportOf(answer);
    expect(report).toMatchObject({ objective: world.objective.file.hash, k: 8, asked: 8, chosen: [best] });
    report.candidates.forEach((candidate, i) => {
      expect(candidate.u).toBeCloseTo(u[i]!, 12);
    });
    expect(report.references).toEqual({ warm: "prompt", calm: "prompt" });
    expect(Number(response.headers.get("x-allgood-u"))).toBeCloseTo(u[best]!, 12);
    expect(Number(response.headers.get("x-allgood-p"))).toBeCloseTo(Math.exp(u[best]!), 12);
    expect(response.headers.get("x-allgood-k")).toBe("8");
    expect(answer.usage).toEqual(all.usage);
  });

  test("with one candidate it is the upstream's answer", async () => {
    const { upstream, proxy } = await start({ settings: { k: 1 } });
    const theirs = await upstream.chat.completions.create(request("the cat"));
    const ours = await proxy.chat.completions.create(request("the cat"));
    expect(ours.choices).toEqual(theirs.choices);
    expect(ours.usage).toEqual(theirs.usage);
    expect(reportOf(ours).k).toBe(1);
  });

  test("n answers are the n best, best first", async () => {
    const { proxy } = await start();
    const answer = await proxy.chat.completions.create(
      request("a dog", { n: 3, allgood: { return_candidates: true } }),
    );
    const report = reportOf(answer);
    const order = [...report.candidates.keys()].sort(
      (a, b) => report.candidates[b]!.u! - report.candidates[a]!.u! || a - b,
    );
    expect(report.chosen).toEqual(order.slice(0, 3));
    expect(answer.choices.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(answer.choices.map(({ message }) => message)).toEqual(
      report.chosen.map((i) => report.candidates[i]!.message),
    );
  });

  test("a request may ask for its own k, in its body or a header; the body counts more", async () => {
    const { proxy, bodies } = await start();
    const create = (body: object, headers = {}) =>
      proxy.chat.completions.create(request("a dog", body), { headers });
    expect(reportOf(await create({ allgood: { k: 3 } })).k).toBe(3);
    expect(reportOf(await create({}, { "x-allgood-k": "2" })).k).toBe(2);
    expect(reportOf(await create({ allgood: { k: 4 } }, { "x-allgood-k": "2" })).k).toBe(4);
    expect(bodies.map(({ n }) => n)).toEqual([3, 2, 4]);
    expect(bodies.some((body) => "allgood" in body)).toBe(false);
  });

  test("soft: the same seed gives the same choice; over seeds not always the best", async () => {
    const { proxy } = await start({ settings: { k: 4, gamma: 50 } });
    const choices: boolean[] = [];
    for (let seed = 0; seed < 12; seed++) {
      const [a, b] = [0, 1].map(() => proxy.chat.completions.create(request("the mat", { seed })));
      const report = reportOf(await a!);
      expect(reportOf(await b!).chosen).toEqual(report.chosen);
      const u = report.candidates.map((candidate) => candidate.u!);
      choices.push(u[report.chosen[0]!] === Math.max(...u));
    }
    expect(new Set(choices).size).toBe(2);
    const hard = await proxy.chat.completions.create(request("the mat", { allgood: { gamma: 0 } }));
    const { candidates, chosen } = reportOf(hard);
    expect(candidates[chosen[0]!]!.u).toBe(Math.max(...candidates.map(({ u }) => u!)));
  });

  test("temperature 0: one candidate, and a note", async () => {
    const { proxy, bodies } = await start();
    const answer = await proxy.chat.completions.create(request("the house", { temperature: 0 }));
    expect(reportOf(answer)).toMatchObject({ k: 1, notes: [expect.stringMatching(/temperature 0/)] });
    expect(bodies).toHaveLength(1);
    expect(bodies[0]).not.toHaveProperty("n");
  });

  test("more answers than k raise k; more than the most are refused", async () => {
    const { proxy } = await start({ settings: { k: 2, maxK: 4 } });
    const create = (body: object) => proxy.chat.completions.create(request("the door", body));
    const answer = await create({ n: 3 });
    expect(answer.choices).toHaveLength(3);
    expect(reportOf(answer)).toMatchObject({ k: 3, notes: [expect.stringMatching(/raised from 2/)] });
    for (const [body, param] of [
      [{ n: 5 }, "n"],
      [{ allgood: { k: 5 } }, "allgood.k"],
      [{ n: 3, allgood: { k: 2 } }, "allgood.k"],
      [{ allgood: { k: 0 } }, "allgood.k"],
      [{ allgood: { gamma: -1 } }, "allgood.gamma"],
      [{ allgood: { best: 3 } }, "allgood"],
      [{ messages: [] }, "messages"],
    ] as const)
      await expect(create(body)).rejects.toMatchObject({
        status: 400,
        param,
        type: "invalid_request_error",
      });
  });
});

describe("early stopping", () => {
  test("a round that is good enough is the last, and says what it saved", async () => {
    const { proxy, bodies } = await start({ settings: { k: 8, earlyStop: 1e-9 } });
    const answer = await proxy.chat.completions.create(request("by the sea"));
    const report = reportOf(answer);
    expect(report).toMatchObject({ k: 2, asked: 8, early_stop: { p: 1e-9, stopped: true } });
    expect(report.early_stop!.tokens_saved).toBe(3 * answer.usage!.completion_tokens);
    expect(bodies.map(({ n }) => n)).toEqual([2]);
  });

  test("where none is, all k are sampled, in rounds with seeds of their own, and the best is the same", async () => {
    const { proxy, bodies, upstream } = await start({ settings: { k: 8, earlyStop: 1 } });
    const answer = await proxy.chat.completions.create(request("by the sea"));
    expect(bodies.map(({ n, seed }) => [n, seed])).toEqual([
      [2, 3],
      [2, 5],
      [2, 7],
      [2, 9],
    ]);
    expect(reportOf(answer)).toMatchObject({ k: 8, early_stop: { stopped: false, tokens_saved: 0 } });
    const texts: (string | null)[] = [];
    for (const seed of [3, 5, 7, 9]) {
      const round = await upstream.chat.completions.create(request("by the sea", { n: 2, seed }));
      texts.push(...round.choices.map(({ message }) => message.content));
    }
    const u = await utilities("by the sea", texts);
    expect(answer.choices[0]!.message.content).toBe(texts[u.indexOf(Math.max(...u))]);
  });
});

describe("streams", () => {
  /** What a stream says, put together. */
  async function read(stream: AsyncIterable<OpenAI.ChatCompletionChunk>) {
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    return chunks;
  }

  test("the text of the answer that does not stream, with the same seed; usage in the last chunk", async () => {
    const { proxy } = await start();
    for (const prompt of PROMPTS) {
      const whole = await proxy.chat.completions.create(request(prompt, { n: 2 }));
      const options = { stream: true as const, stream_options: { include_usage: true } };
      const chunks = await read(
        await proxy.chat.completions.create({ ...request(prompt, { n: 2 }), ...options }),
      );
      for (const { index, message, finish_reason } of whole.choices) {
        const own = chunks.flatMap(({ choices }) => choices).filter((choice) => choice.index === index);
        expect(own[0]!.delta.role).toBe("assistant");
        expect(own.map(({ delta }) => delta.content ?? "").join("")).toBe(message.content);
        expect(own.at(-1)!.finish_reason).toBe(finish_reason);
        expect(own.slice(0, -1).every((choice) => choice.finish_reason === null)).toBe(true);
      }
      expect(chunks.at(-1)).toMatchObject({ choices: [], usage: whole.usage });
      expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
      expect(reportOf(chunks.at(-2)!)).toEqual(reportOf(whole));
    }
  });

  test("the client's own helper reads it", async () => {
    const { proxy } = await start();
    const final = await proxy.chat.completions.stream({ ...request("a dog") }).finalChatCompletion();
    const whole = await proxy.chat.completions.create(request("a dog"));
    expect(final.choices[0]!.message.content).toBe(whole.choices[0]!.message.content);
  });

  test("comments while it samples, and [DONE] at the end", async () => {
    const slow = before(world.app, async (body) => {
      await new Promise((done) => setTimeout(done, 60));
      return body;
    });
    const proxy = await listen(
      proxyBefore(await listen(slow), { scorer: world.scorer, settings: { keepAliveMs: 10 } }),
    );
    const response = await fetch(`${proxy}/v1/chat/completions`, {
      method: "POST",
      body: JSON.stringify(request("a dog", { stream: true })),
    });
    expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
    const text = await response.text();
    expect(text).toMatch(/^: sampling and scoring\n\n/);
    expect(text).toMatch(/\n\ndata: \[DONE\]\n\n$/);
  });

  test("an answer that is there before the first comment has its scores in headers", async () => {
    const { url } = await start();
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      body: JSON.stringify(request("a dog", { stream: true })),
    });
    expect(Number(response.headers.get("x-allgood-p"))).toBeGreaterThan(0);
    expect(await response.text()).not.toMatch(/^:/);
  });
});

test("models are the upstream's; other paths are refused in OpenAI's form", async () => {
  const { upstream, proxy } = await start();
  expect((await proxy.models.list()).data).toEqual((await upstream.models.list()).data);
  expect(await proxy.models.retrieve("tiny")).toEqual(await upstream.models.retrieve("tiny"));
  await expect(proxy.models.retrieve("other")).rejects.toMatchObject({
    status: 404,
    code: "model_not_found",
  });
  await expect(proxy.embeddings.create({ model: "tiny", input: "a" })).rejects.toMatchObject({ status: 404 });
});

test("log-probabilities, stop and unknown fields pass through", async () => {
  const { upstream, proxy, bodies } = await start({ settings: { k: 1 } });
  const body = request("the cat", {
    logprobs: true,
    top_logprobs: 2,
    stop: ["zz"],
    top_k: 50,
    metadata: { a: "b" },
  });
  const theirs = await upstream.chat.completions.create(body);
  const ours = await proxy.chat.completions.create(body);
  expect(ours.choices[0]!.logprobs!.content).toEqual(theirs.choices[0]!.logprobs!.content);
  expect(bodies[1]).toEqual(bodies[0]);
  const stream = await proxy.chat.completions.create({ ...body, stream: true });
  const tokens = [];
  for await (const { choices } of stream) tokens.push(...(choices[0]?.logprobs?.content ?? []));
  expect(tokens).toEqual(theirs.choices[0]!.logprobs!.content);
});
