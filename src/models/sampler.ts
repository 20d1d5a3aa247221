import { SessionCache, type SessionOptions, type State } from "../engine/index.ts";
import { InputError } from "../io/errors.ts";
import type { PassOptions } from "./cached-pass.ts";
import type { TransformerConfig } from "./config.ts";
import { grow, type Runner } from "./generation.ts";
import { type Sample, type SampleOptions, type Sequence, startSequence } from "./sequence.ts";
import { checkChoice } from "./token-choice.ts";

export type SamplerOptions = SessionOptions &
  PassOptions & {
    /** Sequences that grow side by side. Default 64. */
    maxBatch?: number;
  };

/** Shapes whose sessions are kept. */
const SESSIONS = 32;

/**
 * Samples from a model, many sequences at a time, with a cache of keys and values. Prompts of different lengths stand
 * side by side: each row has its own position, and the cache's slots beyond it are hidden. Sizes of batch, prompt and
 * cache are rounded up, so that there are few shapes; each shape is one session, built on first use and kept.
 */
export class Sampler {
  readonly #runner: Runner;
  #last: Promise<unknown> = Promise.resolve();

  /** @param parameters the weights, read at each run: training may go on in the same state between two calls */
  constructor(config: TransformerConfig, parameters: State, options: SamplerOptions = {}) {
    const { maxBatch = 64, project, ...session } = options;
    if (!(Number.isSafeInteger(maxBatch) && maxBatch >= 1)) {
      throw new RangeError(`maxBatch is ${maxBatch}, expected a whole number ≥ 1`);
    }
    const sessions = new SessionCache({ ...session, capacity: SESSIONS });
    this.#runner = { config, parameters, sessions, passOptions: { ...(project && { project }) }, maxBatch };
  }

  /**
   * Continues each prompt `n` times. Calls wait for each other.
   * @param prompts token ids
   * @returns for each prompt its samples
   * @throws InputError where a prompt is empty, leaves no room in the context, or has an id that the model has not
   * @throws RangeError where an option is out of range
   */
  sample(prompts: readonly (readonly number[])[], options: SampleOptions): Promise<Sample[][]> {
    const run = this.#last.then(() => this.#sample(prompts, options));
    this.#last = run.catch(() => undefined);
    return run;
  }

  /** Frees the sessions, after the calls that are under way. */
  async dispose(): Promise<void> {
    await this.#last;
    await this.#runner.sessions.dispose();
  }

  async #sample(prompts: readonly (readonly number[])[], options: SampleOptions): Promise<Sample[][]> {
    const { config, maxBatch } = this.#runner;
    const { n = 1, maxNewTokens, random } = options;
    checkChoice(options);
    for (const [name, value] of Object.entries({ n, maxNewTokens })) {
      if (!(Number.isSafeInteger(value) && value >= 1))
        throw new RangeError(`${name} is ${value}, expected a whole number ≥ 1`);
    }
    for (const ids of prompts) checkPrompt(ids, config);
    const sequences = prompts.flatMap((ids, prompt) =>
      Array.from({ length: n }, (_, sample) =>
        startSequence({ prompt, sample, ids, random: random(prompt, sample) }),
      ),
    );
    for (let at = 0; at < sequences.length; at += maxBatch) {
      await grow(this.#runner, sequences.slice(at, at + maxBatch), options, () =>
        options.onProgress?.(countTokens(sequences)),
      );
    }
    return prompts.map((_, prompt) =>
      sequences
        .slice(prompt * n, (prompt + 1) * n)
        .map(({ tokens, logProbs, stopReason }) => ({ tokens, logProbs, stopReason: stopReason! })),
    );
  }
}

const countTokens = (sequences: readonly Sequence[]): number =>
  sequences.reduce((sum, { tokens }) => sum + tokens.length, 0);

function checkPrompt(ids: readonly number[], { context, vocabSize }: TransformerConfig): void {
  if (ids.length === 0) {
    throw new InputError({ problem: "the prompt has no tokens", fix: "Begin it with the model's BOS token" });
  }
  if (ids.length >= context) {
    throw new InputError({
      problem: "the prompt leaves no room in the model's context",
      found: `${ids.length} tokens`,
      expected: `at most ${context - 1}`,
      fix: "Shorten the prompt",
    });
  }
  const wrong = ids.find((id) => !Number.isSafeInteger(id) || id < 0 || id >= vocabSize);
  if (wrong !== undefined) {
    throw new InputError({
      problem: "the prompt has a token that the model has not",
      found: String(wrong),
      expected: `a whole number from 0 to ${vocabSize - 1}`,
    });
  }
}
