/**
 * A policy that runs in this process: a transformer whose weights lie in a `State`, so that training goes on between two
 * calls and each call samples from what has been learned so far.
 * @module
 */
import { type SessionOptions, State } from "../engine/index.ts";
import {
  decodeContinuation,
  endTokens,
  type ModelFiles,
  type NetworkOptions,
  randomStreams,
  type Sample,
  type SampleOptions,
  Sampler,
  type Tokenizer,
  weightValues,
} from "../models/index.ts";
import type { Message } from "../preferences/types.ts";
import type { Policy, PolicySample, SampleRequest } from "./policy.ts";
import { encodeFor, type PromptFormat } from "./prompt-format.ts";

export type LocalPolicyOptions = SessionOptions & {
  name?: string;
  /** `dialogue` where absent. */
  format?: PromptFormat;
  /** Samples that grow side by side. Default 64. */
  maxBatch?: number;
  /** Where the weights lie; a state of the model's own, sharing its arrays, where absent. */
  state?: State;
  /** Stands in for the layers' products: an adapter. */
  project?: NetworkOptions["project"];
};

/**
 * What this process's sampler can do beyond a `Policy`. `random` stands in for the seed: a sample that is continued goes on with
 * the chance that it began with.
 */
export type TokenRequest = SampleRequest &
  Partial<Pick<SampleOptions, "random" | "topK" | "topP" | "minP" | "stopWhen">>;

export class LocalPolicy implements Policy {
  readonly name: string;
  readonly model: ModelFiles;
  readonly tokenizer: Tokenizer;
  readonly format: PromptFormat;
  /** The weights, by the names of `weightShapes`. */
  readonly state: State;
  readonly session: SessionOptions;
  /** Any of them ends a response. */
  readonly endTokens: readonly number[];
  readonly #sampler: Sampler;

  constructor(model: ModelFiles, tokenizer: Tokenizer, options: LocalPolicyOptions = {}) {
    const { name = "policy", format = "dialogue", maxBatch, state, project, ...session } = options;
    this.name = name;
    this.model = model;
    this.tokenizer = tokenizer;
    this.format = format;
    this.session = session;
    this.state = state ?? new State(weightValues(model.config, model.weights));
    this.endTokens = endTokens(model, tokenizer);
    this.#sampler = new Sampler(model.config, this.state, {
      ...session,
      ...(maxBatch !== undefined && { maxBatch }),
      ...(project && { project }),
    });
  }

  /** Token ids of a prompt, up to where the response begins. */
  encode(prompt: readonly Message[]): number[] {
    return encodeFor(this.format, this.tokenizer, prompt);
  }

  /** The text of response tokens, without end tokens. */
  decode(promptIds: readonly number[], tokens: readonly number[]): string {
    return decodeContinuation(this.tokenizer, promptIds, this.withoutEnd(tokens), {
      skipSpecialTokens: true,
    });
  }

  /** Whether response tokens end by themselves. */
  hasEnded(tokens: readonly number[]): boolean {
    return tokens.length > 0 && this.endTokens.includes(tokens.at(-1)!);
  }

  /**
   * @param prompts token ids
   * @returns for each prompt its samples, in tokens, with log-probs under the policy as it is now
   * @throws InputError where a prompt leaves no room in the context
   */
  sampleTokens(prompts: readonly (readonly number[])[], request: TokenRequest): Promise<Sample[][]> {
    const { seed, random = randomStreams(seed), ...options } = request;
    return this.#sampler.sample(prompts, { ...options, random, stopTokens: this.endTokens });
  }

  async sample(
    prompts: readonly (readonly Message[])[],
    request: SampleRequest,
  ): Promise<(PolicySample & { readonly tokens: number })[][]> {
    const ids = prompts.map((prompt) => this.encode(prompt));
    const groups = await this.sampleTokens(ids, request);
    return groups.map((group, p) =>
      group.map(({ tokens }) => ({
        text: this.decode(ids[p]!, tokens),
        tokens: tokens.length,
        ended: this.hasEnded(tokens),
      })),
    );
  }

  dispose(): Promise<void> {
    return this.#sampler.dispose();
  }

  private withoutEnd(tokens: readonly number[]): readonly number[] {
    return this.hasEnded(tokens) ? tokens.slice(0, -1) : tokens;
  }
}
