/**
 * A policy behind an OpenAI-compatible server: vLLM, SGLang, llama.cpp, Ollama, OpenAI, `allgood serve --policy`.
 * @module
 */
import { setMaxListeners } from "node:events";
import { type BulkheadPolicy, bulkhead } from "cockatiel";
import { InputError } from "../io/errors.ts";
import { randomStreams } from "../models/index.ts";
import type { Message } from "../preferences/types.ts";
import { samplesOf } from "./openai-answer.ts";
import { type ClientOptions, type OpenAiClient, openAiClient } from "./openai-client.ts";
import { OpenAiRequestError } from "./openai-refusal.ts";
import type { Policy, PolicySample, SampleRequest } from "./policy.ts";

export type OpenAiPolicyOptions = ClientOptions & {
  /** The model's name on the server. */
  model: string;
  /** Requests under way at a time. Default 8. */
  concurrency?: number;
};

/**
 * Samples of a model that runs elsewhere. Each prompt is one request for all its samples; one for each sample where the server
 * refuses or ignores `n`. The seed is passed on, another one for each request; whether the same seed gives the same samples is up
 * to the server.
 */
export class OpenAiPolicy implements Policy {
  readonly name: string;
  readonly #model: string;
  readonly #client: OpenAiClient;
  readonly #slots: BulkheadPolicy;
  /** Learned from what the server refuses. */
  #oneByOne = false;
  #limit: "max_tokens" | "max_completion_tokens" = "max_tokens";

  /** @throws InputError for an address that is none */
  constructor({ model, concurrency = 8, ...client }: OpenAiPolicyOptions) {
    this.name = model;
    this.#model = model;
    this.#client = openAiClient(client);
    this.#slots = bulkhead(concurrency, Number.POSITIVE_INFINITY);
  }

  /**
   * @throws InputError where the server fails or goes on being busy, or an answer is not n texts; never fewer samples
   */
  async sample(prompts: readonly (readonly Message[])[], request: SampleRequest): Promise<PolicySample[][]> {
    const failed = new AbortController();
    const signal = request.signal ? AbortSignal.any([request.signal, failed.signal]) : failed.signal;
    // each request that waits listens to it
    setMaxListeners(0, signal);
    const seeds = randomStreams(request.seed);
    let tokens = 0;
    try {
      return await Promise.all(
        prompts.map(async (prompt, p) => {
          const ask: Ask = { prompt, request, signal, seed: (i) => seeds(p, i).below(2 ** 31) };
          const samples = await this.#samples(ask);
          tokens += samples.reduce((sum, sample) => sum + (sample.tokens ?? 0), 0);
          request.onProgress?.(tokens);
          return samples;
        }),
      );
    } finally {
      // where one has failed, nothing waits for the others
      failed.abort();
    }
  }

  async dispose(): Promise<void> {}

  /** The n samples of one prompt. */
  async #samples(ask: Ask): Promise<PolicySample[]> {
    const { n } = ask.request;
    if (n > 1 && !this.#oneByOne) {
      const together = await this.#together(ask);
      if (together !== undefined) return together;
    }
    const singles = Array.from({ length: n }, (_, i) => this.#ask(ask, 1, i));
    return (await Promise.all(singles)).map((samples) => one(samples, this.#client.url));
  }

  /** @returns undefined where the server gives one sample a request alone */
  async #together(ask: Ask): Promise<PolicySample[] | undefined> {
    const { n } = ask.request;
    try {
      const samples = await this.#ask(ask, n, 0);
      if (samples.length === n) return samples;
      // Ollama and older llama.cpp read past n
      if (samples.length > 1) throw wrongCount(samples.length, n, this.#client.url);
    } catch (error) {
      const refused = error instanceof OpenAiRequestError && [400, 422, 501].includes(error.status ?? 0);
      if (!refused) throw error;
      // whether it was n: a request for one says so
      await this.#ask(ask, 1, 0);
    }
    this.#oneByOne = true;
    return undefined;
  }

  async #ask({ prompt, request, signal, seed }: Ask, n: number, i: number): Promise<PolicySample[]> {
    const body = {
      model: this.#model,
      messages: prompt.map(({ role, content }) => ({ role, content })),
      temperature: request.temperature ?? 1,
      seed: seed(i),
      ...(n > 1 && { n }),
    };
    const post = async (limit = this.#limit): Promise<unknown> => {
      try {
        return await this.#client.post({ ...body, [limit]: request.maxNewTokens }, signal);
      } catch (error) {
        if (limit !== "max_tokens" || !asksForOtherLimit(error)) throw error;
        this.#limit = "max_completion_tokens";
        return post(this.#limit);
      }
    };
    return samplesOf(await this.#slots.execute(() => post(), signal), this.#client.url);
  }
}

/** OpenAI's newer models know the other name alone; where a server says that the number is too large, it would be under both. */
const asksForOtherLimit = (error: unknown): boolean =>
  error instanceof OpenAiRequestError &&
  error.param === "max_tokens" &&
  (error.code === "unsupported_parameter" || error.message.includes("max_completion_tokens"));

type Ask = {
  prompt: readonly Message[];
  request: SampleRequest;
  signal: AbortSignal;
  seed: (sample: number) => number;
};

function one(samples: readonly PolicySample[], url: string): PolicySample {
  if (samples.length !== 1) throw wrongCount(samples.length, 1, url);
  return samples[0]!;
}

function wrongCount(found: number, expected: number, url: string): InputError {
  return new InputError({
    problem: "the server answered another number of responses than it was asked for",
    file: url,
    found: String(found),
    expected: String(expected),
  });
}
