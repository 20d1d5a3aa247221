import type { LocalPolicy } from "../../policies/index.ts";
import { IncrementalText } from "./incremental-text.ts";
import { StopStrings } from "./stop-strings.ts";
import { type TokenLogprob, tokenLogprob } from "./token-logprobs.ts";

/** What one step adds to a choice. */
export type Delta = {
  /** Index of the choice. */
  readonly index: number;
  readonly text: string;
  /** Of the tokens drawn since the last delta; undefined unless asked for. */
  readonly logprobs: TokenLogprob[] | undefined;
  /** Only in a choice's last delta. */
  readonly finish?: Finish;
};

/** `stop`: by an end token or a stop text; `length`: by the limit of tokens or the end of the context. */
export type Finish = "stop" | "length";

export type ChoiceLimits = {
  maxNewTokens: number;
  stop: readonly string[];
  /** How many of the likeliest tokens are shown beside each; undefined: no log-probs at all. */
  topLogprobs: number | undefined;
};

/** One sample of a request as it grows, token by token. */
export class GrowingChoice {
  readonly index: number;
  readonly #policy: LocalPolicy;
  readonly #limits: ChoiceLimits;
  readonly #promptIds: readonly number[];
  readonly #text: IncrementalText;
  readonly #stops: StopStrings;
  #last: number;
  #logprobs: TokenLogprob[] = [];
  /** Tokens drawn, the end token included. */
  tokens = 0;
  finish: Finish | undefined;

  constructor(policy: LocalPolicy, promptIds: readonly number[], index: number, limits: ChoiceLimits) {
    this.index = index;
    this.#policy = policy;
    this.#limits = limits;
    this.#promptIds = promptIds;
    this.#text = new IncrementalText(policy.tokenizer, promptIds);
    this.#stops = new StopStrings(limits.stop);
    this.#last = promptIds.at(-1)!;
  }

  /** @returns what the token adds, undefined where there is nothing to show yet */
  add(token: number, logProbs: Float32Array): Delta | undefined {
    this.tokens += 1;
    const ended = this.#policy.endTokens.includes(token);
    if (!ended) this.#note(token, logProbs);
    let text = ended ? "" : this.#stops.push(this.#text.push(token));
    this.finish = this.#finish(ended);
    if (this.finish !== undefined) text += this.#stops.push(this.#text.flush()) + this.#stops.flush();
    // a stop text may lie in what was still waiting
    if (this.#stops.stopped) this.finish = "stop";
    if (text === "" && this.finish === undefined) return undefined;
    const logprobs = this.#limits.topLogprobs === undefined ? undefined : this.#logprobs;
    this.#logprobs = [];
    return { index: this.index, text, logprobs, ...(this.finish && { finish: this.finish }) };
  }

  #finish(ended: boolean): Finish | undefined {
    if (ended || this.#stops.stopped) return "stop";
    const full = this.#promptIds.length + this.tokens >= this.#policy.model.config.context;
    return full || this.tokens >= this.#limits.maxNewTokens ? "length" : undefined;
  }

  #note(token: number, logProbs: Float32Array): void {
    const count = this.#limits.topLogprobs;
    const { tokenizer } = this.#policy;
    if (count !== undefined)
      this.#logprobs.push(tokenLogprob(tokenizer, { before: this.#last, token, logProbs, count }));
    this.#last = token;
  }
}
