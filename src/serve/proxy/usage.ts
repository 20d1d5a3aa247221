import { countsOneChoice } from "../../policies/index.ts";
import type { ChatResponse, Usage } from "../chat/schema.ts";

/**
 * What an answer cost: the prompt once, as the upstream counts it, and the tokens of all k candidates. Undefined where an
 * answer of the upstream does not say, or counts one of its choices.
 */
export function usageOf(responses: readonly ChatResponse[]): Usage | undefined {
  const usages = responses.map(({ usage }) => usage ?? undefined);
  if (!allThere(usages) || responses.some(countsOneChoice)) return undefined;
  const [first] = usages;
  if (first === undefined) return undefined;
  const prompt = Math.max(...usages.map(({ prompt_tokens }) => prompt_tokens));
  const completion = usages.reduce((sum, { completion_tokens }) => sum + completion_tokens, 0);
  // details are of one answer: where there are several they would not add up
  const details = usages.length === 1 ? first : {};
  return {
    ...details,
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
  };
}

/** Tokens of prompts as a provider bills them: once a request. */
export function billedPromptTokens(responses: readonly ChatResponse[]): number | undefined {
  const usages = responses.map(({ usage }) => usage ?? undefined);
  return allThere(usages) ? usages.reduce((sum, { prompt_tokens }) => sum + prompt_tokens, 0) : undefined;
}

const allThere = (usages: readonly (Usage | undefined)[]): usages is Usage[] =>
  usages.every((usage) => usage !== undefined);
