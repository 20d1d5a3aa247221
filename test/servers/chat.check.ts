/** Policies and the proxy against real servers of a tiny language model, with OpenAI's own client. */
import type { ChildProcess } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { workFolder } from "../support/cli.ts";
import { allgood, serve } from "./command-line.ts";
import { foundServers, type ServerKind } from "./found.ts";
import { type RealServer, startChat } from "./real-server.ts";

const { models, servers } = foundServers();
const folder = workFolder();
const prompts = join(models, "prompts.jsonl");

/** What servers differ in, as they were seen to. */
type Ways = {
  /** Whether one request gives n samples. */
  n: boolean;
  logprobs: boolean;
  stop: boolean;
  /** A call of a tool that is asked for by name. */
  tools: boolean;
  /** Fields of a request that let the model say one digit and nothing else; undefined: none do. */
  oneDigit?: object;
  /** Whether `usage` counts all of n answers. */
  usage: boolean;
  /** How a model that is not there is refused; undefined: any name does. */
  unknownModel?: { status: number; code: string | null; message: RegExp };
  /** How a prompt beyond the context is; undefined: it is not. */
  tooLong?: { status: number; message: RegExp };
};

const WAYS: Record<ServerKind, Ways> = {
  vllm: {
    ...{ n: true, logprobs: true, stop: true, tools: true, usage: true },
    oneDigit: { structured_outputs: { regex: "[1-9]" } },
    unknownModel: { status: 404, code: "model_not_found", message: /`nope` does not exist/ },
    tooLong: { status: 400, message: /maximum context length is 1024/ },
  },
  transformers: {
    ...{ n: false, logprobs: false, stop: true, tools: false, usage: true },
    unknownModel: { status: 400, code: null, message: /requested 'nope'/ },
  },
  sglang: {
    ...{ n: true, logprobs: true, stop: true, tools: true, usage: true },
    oneDigit: { regex: "[1-9]" },
    tooLong: { status: 400, message: /longer than the model's context length \(1024 tokens\)/ },
  },
  "llama-cpp-python": {
    ...{ n: false, logprobs: true, stop: true, tools: true, usage: true },
    oneDigit: { grammar: "root ::= [1-9]" },
    tooLong: { status: 400, message: /maximum context length is 1024/ },
  },
  "llama-server": {
    ...{ n: true, logprobs: true, stop: true, tools: false, usage: false },
    oneDigit: { grammar: "root ::= [1-9]" },
    tooLong: { status: 400, message: /context/ },
  },
};

const reportSchema = z.looseObject({
  k: z.number(),
  chosen: z.array(z.number()),
  candidates: z.array(z.looseObject({ u: z.number(), message: z.looseObject({}).optional() })),
  upstream: z.object({ requests: z.number() }),
  notes: z.array(z.string()),
});
const reportOf = (answer: object) => reportSchema.parse(Reflect.get(answer, "allgood"));
const rowSchema = z.object({ candidates: z.array(z.object({ response: z.string() })) });
const lines = async (path: string) => (await readFile(path, "utf8")).trim().split("\n");

describe.each(Object.entries(WAYS))("%s", (kind, ways) => {
  const here = servers[kind as ServerKind];
  describe.skipIf(here === undefined)(`${here?.version}`, () => {
    let upstream: RealServer;
    let proxy: { url: string; child: ChildProcess };
    let client: OpenAI;
    const objective = () => folder(kind, "objective.json");
    beforeAll(async () => {
      upstream = await startChat(kind as ServerKind);
      // long answers and their letters: no two texts of the tiny model have the same reward
      await writeFile(
        folder("rich.mjs"),
        `export const value = "rich";
         export const score = (items) => items.map(({ response }) => [...response].reduce((s, c) => s + c.charCodeAt(0), 0) / 500);`,
      );
      const done = await allgood(
        ...["calibrate", "--model", folder("rich.mjs"), "--goal", "rich", "--otherwise", "global"],
        ...["--prompts", prompts, "-n", "16", "--max-new-tokens", "24"],
        ...["--policy", upstream.url, "--policy-model", upstream.model, "--out", objective()],
      );
      expect(done).toMatchObject({ code: 0 });
      expect(done.stderr).not.toMatch(/alike/);
      proxy = await serve("proxy", "--upstream", upstream.url, "--objective", objective(), "-k", "4");
      client = new OpenAI({ baseURL: `${proxy.url}/v1`, apiKey: "any", maxRetries: 0 });
    });
    afterAll(async () => {
      proxy?.child.kill("SIGTERM");
      await upstream?.stop();
    });

    const request = (more: object = {}) => ({
      model: upstream.model,
      messages: [{ role: "user" as const, content: "What colour is the house?" }],
      max_tokens: 24,
      ...more,
    });
    /** Fields of ours beside OpenAI's. */
    const candidates = { allgood: { return_candidates: true } };

    test("calibrate sampled n of each prompt, of different texts", async () => {
      const rows = (await lines(folder(kind, "candidates.jsonl"))).map((line) =>
        rowSchema.parse(JSON.parse(line)),
      );
      expect(rows.map((row) => row.candidates.length)).toEqual(Array(6).fill(16));
      for (const row of rows)
        expect(new Set(row.candidates.map(({ response }) => response)).size).toBeGreaterThan(3);
      const texts = rows.flatMap((row) => row.candidates.map(({ response }) => response));
      expect(
        texts.filter((text) => /colour|is (red|blue|green|white|black|brown)|Go away/.test(text)).length,
      ).toBeGreaterThan(60);
      const { result } = JSON.parse(await readFile(folder(kind, "candidates.json"), "utf8"));
      expect(result.tokens).toBeGreaterThan(96);
    });

    test("align best-of-k chooses among its samples", async () => {
      const done = await allgood(
        ...[
          "align",
          "best-of-k",
          "--objective",
          objective(),
          "--prompts",
          prompts,
          "-k",
          "8",
          "--max-new-tokens",
          "24",
        ],
        ...["--policy", upstream.url, "--policy-model", upstream.model, "--out", folder(kind, "best")],
      );
      expect(done).toMatchObject({ code: 0 });
      expect(await lines(folder(kind, "best", "chosen.jsonl"))).toHaveLength(6);
    });

    test("the proxy gives the best of k, by as many requests as it takes", async () => {
      await client.chat.completions.create(request());
      const answer = await client.chat.completions.create(request(candidates));
      const report = reportOf(answer);
      const us = report.candidates.map(({ u }) => u);
      expect(us).toHaveLength(4);
      expect(us[report.chosen[0]!]).toBe(Math.max(...us));
      expect(answer.choices[0]!.message).toEqual(report.candidates[report.chosen[0]!]!.message);
      expect(report.upstream.requests).toBe(ways.n ? 1 : 4);
      if (ways.usage) expect(answer.usage!.completion_tokens).toBeGreaterThan(8);
      else expect(answer.usage).toBeUndefined();
      expect((await client.models.list()).data.map(({ id }) => id)).toContain(upstream.model);
    });

    test("n answers, best first, and streamed", async () => {
      const answer = await client.chat.completions.create(request({ n: 2 }));
      const report = reportOf(answer);
      const [first, second] = report.chosen.map((i) => report.candidates[i]!.u);
      expect(answer.choices.map(({ index }) => index)).toEqual([0, 1]);
      expect(first).toBeGreaterThanOrEqual(second!);
      const stream = client.chat.completions.stream(request({ stream_options: { include_usage: true } }));
      const whole = await stream.finalChatCompletion();
      expect(whole.choices[0]!.message.content).toMatch(/\w/);
      expect(whole.choices[0]!.finish_reason).toBe("stop");
      if (ways.usage) expect(whole.usage!.completion_tokens).toBeGreaterThan(8);
    });

    test("n at temperature 0", async () => {
      const answer = await client.chat.completions.create(request({ n: 2, temperature: 0 }));
      expect(answer.choices[0]!.message.content).toBe(answer.choices[1]!.message.content);
      // and n is still known to be heeded
      expect(reportOf(await client.chat.completions.create(request())).upstream.requests).toBe(
        ways.n ? 1 : 4,
      );
    });

    test.runIf(ways.stop)("stop ends every candidate", async () => {
      const answer = await client.chat.completions.create(
        request({ stop: ["house", "away"], ...candidates }),
      );
      for (const { message } of reportOf(answer).candidates)
        expect(String(message!.content)).not.toMatch(/house is|away!/);
    });

    test.runIf(ways.logprobs)("log-probabilities, whole and streamed", async () => {
      const asked = request({ logprobs: true, top_logprobs: 2 });
      const [{ logprobs, message }] = (await client.chat.completions.create(asked)).choices as [
        OpenAI.ChatCompletion.Choice,
      ];
      const said = logprobs!.content!.map(({ token }) => token).join("");
      expect(said.startsWith(message.content!)).toBe(true);
      expect(logprobs!.content![0]!.top_logprobs.length).toBeGreaterThanOrEqual(2);
      const streamed = await client.chat.completions.stream(asked).finalChatCompletion();
      expect(streamed.choices[0]!.logprobs!.content!.length).toBeGreaterThan(2);
    });

    test.runIf(ways.tools)("a call of a tool", async () => {
      const parameters = {
        type: "object",
        properties: { colour: { type: "string" } },
        required: ["colour"],
        additionalProperties: false,
      };
      const answer = await client.chat.completions.create(
        request({
          messages: [{ role: "user", content: "Paint the house." }],
          max_tokens: 60,
          tools: [{ type: "function", function: { name: "paint", parameters } }],
          tool_choice: { type: "function", function: { name: "paint" } },
        }),
      );
      const [call] = answer.choices[0]!.message.tool_calls!;
      expect(call).toMatchObject({ type: "function", function: { name: "paint" } });
    });

    test.runIf(ways.oneDigit)("a judge, by the log-probabilities of its digit", async () => {
      const judge = {
        ...{ format: "allgood-remote/1", value: "good", protocol: "judge", url: upstream.url },
        ...{ model: upstream.model, rubric: "A good response is short.", logProbs: "require" },
        extraBody: ways.oneDigit,
      };
      await writeFile(folder("judge.json"), JSON.stringify(judge));
      const out = folder(kind, "judged.jsonl");
      const data = ["--data", folder(kind, "candidates.jsonl"), "--out", out];
      const done = await allgood("score", "--model", folder("judge.json"), ...data);
      expect(done).toMatchObject({ code: 0, stderr: "" });
      const text = await readFile(out, "utf8");
      const scores = [...text.matchAll(/"good":([-\d.e]+)/g)].map(([, score]) => Number(score));
      expect(scores).toHaveLength(96);
      for (const score of scores) expect(score).toSatisfy((each: number) => each >= 1 && each <= 9);
    });

    test("a model that is not there", async () => {
      const asked = client.chat.completions.create(request({ model: "nope" }));
      if (ways.unknownModel === undefined) expect((await asked).choices).toHaveLength(1);
      else {
        const { message, ...rest } = ways.unknownModel;
        await expect(asked).rejects.toMatchObject({ ...rest, message: expect.stringMatching(message) });
      }
    });

    test.runIf(ways.tooLong)("a prompt beyond the context", async () => {
      const long = { messages: [{ role: "user", content: "What colour? ".repeat(600) }] };
      const { status, message } = ways.tooLong!;
      await expect(client.chat.completions.create(request(long))).rejects.toMatchObject({
        status,
        message: expect.stringMatching(message),
      });
      await writeFile(folder("long.jsonl"), JSON.stringify({ prompt: long.messages[0]!.content }));
      const done = await allgood(
        ...[
          "lm",
          "candidates",
          "--prompts",
          folder("long.jsonl"),
          "--n",
          "4",
          "--out",
          folder("long-out.jsonl"),
        ],
        ...["--policy", upstream.url, "--policy-model", upstream.model],
      );
      expect(done).toMatchObject({ code: 1, stderr: expect.stringMatching(message) });
    });
  });
});
