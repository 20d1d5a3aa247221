/**
 * Policies: language models to be sampled from, and aligned.
 * @module
 */
export { LocalPolicy, type LocalPolicyOptions } from "./local-policy.ts";
export type { Policy, PolicySample, SampleRequest } from "./policy.ts";
export { encodeFor, type PromptFormat } from "./prompt-format.ts";
