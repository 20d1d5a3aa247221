/**
 * Policies: language models to be sampled from, in this process or behind a server, and aligned.
 * @module
 */
export { LocalPolicy, type LocalPolicyOptions, type TokenRequest } from "./local-policy.ts";
export { OpenAiPolicy, type OpenAiPolicyOptions } from "./openai.ts";
export type { ClientOptions } from "./openai-client.ts";
export type { Policy, PolicySample, SampleRequest } from "./policy.ts";
export { encodeFor, type PromptFormat } from "./prompt-format.ts";
export { countsOneChoice } from "./usage-of-one.ts";
