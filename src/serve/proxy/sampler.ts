/**
 * Several samples of one request from an upstream: by `n` where it is heeded, else by as many requests.
 * @module
 */
import type { ChatChoice, ChatResponse } from "../chat/schema.ts";
import type { SamplingPlan } from "./sampling-plan.ts";
import type { Upstream, UpstreamCall } from "./upstream.ts";
import { UpstreamError } from "./upstream-error.ts";

type Drawn = {
  /** In the order of their seeds. */
  choices: ChatChoice[];
  /** The answers that they came in. */
  responses: ChatResponse[];
  /** What the missing ones failed with. */
  failures: unknown[];
};

type DrawRequest = {
  count: number;
  /** Samples of this request that were drawn before: their seeds are taken. */
  before: number;
  /** How many of the samples may fail. */
  spare: number;
};

export type Sampler = {
  /** @throws what the upstream failed with, once more than `spare` samples can't be had; the others are then cancelled */
  draw(
    plan: Pick<SamplingPlan, "body" | "model" | "seed">,
    request: DrawRequest,
    call: UpstreamCall,
  ): Promise<Drawn>;
};

export function createSampler(upstream: Upstream): Sampler {
  /** The largest `n` that is worth asking for, by model: one address may serve several engines. 1: none is heeded. */
  const largestN = new Map<string, number>();
  const learn = (model: string, most: number) =>
    largestN.set(model, Math.min(most, largestN.get(model) ?? Number.POSITIVE_INFINITY));

  const ask = (
    { body, seed }: Pick<SamplingPlan, "body" | "seed">,
    count: number,
    before: number,
    call: UpstreamCall,
  ) =>
    upstream.chat(
      {
        ...body,
        ...(count > 1 && { n: count }),
        ...(seed !== undefined && { seed: seedAt(seed, before) }),
      },
      call,
    );

  /** One request a sample, together. */
  const separately: Sampler["draw"] = async (plan, { count, before, spare }, call) => {
    const enough = new AbortController();
    const signal = AbortSignal.any([call.signal, enough.signal]);
    const failures: unknown[] = [];
    const answers = await Promise.all(
      Array.from({ length: count }, async (_, i) => {
        try {
          return await ask(plan, 1, before + i, { ...call, signal });
        } catch (error) {
          failures.push(error);
          if (failures.length > spare) enough.abort();
          return undefined;
        }
      }),
    );
    call.signal.throwIfAborted();
    if (failures.length > spare) throw failures[0];
    const responses = answers.filter((answer) => answer !== undefined);
    return { choices: responses.flatMap(({ choices }) => choices.slice(0, 1)), responses, failures };
  };

  /** All in one request; what is missing from its answer, separately. */
  const together: Sampler["draw"] = async (plan, { count, before, spare }, call) => {
    const first = await ask(plan, count, before, call);
    const choices = first.choices.slice(0, count);
    // a server that heeds n may still answer with fewer; one that does not answers with one
    if (choices.length === 1) learn(plan.model, 1);
    if (choices.length === count) return { choices, responses: [first], failures: [] };
    const had = choices.length;
    const rest = await separately(plan, { count: count - had, before: before + had, spare }, call);
    return {
      choices: [...choices, ...rest.choices],
      responses: [first, ...rest.responses],
      failures: rest.failures,
    };
  };

  /** Where a request with `n` is refused: if one without it is not, it was for `n`. llama.cpp's server has an n that is too large. */
  const withoutN: Sampler["draw"] = async (plan, { count, before, spare }, call) => {
    const first = await ask(plan, 1, before, call);
    learn(plan.model, count - 1);
    const rest = await separately(plan, { count: count - 1, before: before + 1, spare }, call);
    return {
      choices: [...first.choices.slice(0, 1), ...rest.choices],
      responses: [first, ...rest.responses],
      failures: rest.failures,
    };
  };

  return {
    async draw(plan, request, call) {
      // several samples at temperature 0 would be equal; vLLM refuses n there, which says nothing about other requests
      const greedy = plan.body.temperature === 0;
      const most = largestN.get(plan.model) ?? Number.POSITIVE_INFINITY;
      if (request.count === 1 || greedy || request.count > most) return separately(plan, request, call);
      try {
        return await together(plan, request, call);
      } catch (error) {
        call.signal.throwIfAborted();
        const refusal = error instanceof UpstreamError && error.code === "bad_request";
        if (refusal) return withoutN(plan, request, call);
        if (request.count > request.spare) throw error;
        return { choices: [], responses: [], failures: Array.from({ length: request.count }, () => error) };
      }
    },
  };
}

/** Seeds of separate requests follow one another; those past the safe integers start again from 0. */
function seedAt(seed: number, before: number): number {
  const next = seed + before;
  return Number.isSafeInteger(next) ? next : before;
}
