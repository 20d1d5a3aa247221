/**
 * The loop of sampling: read the prompts, then one token a step for every sequence, until all have stopped.
 * @module
 */
import { float32, int64, type SessionCache, type State, type Value } from "../engine/index.ts";
import { decodeProgram, PAST, type PassOptions, prefillProgram } from "./cached-pass.ts";
import type { TransformerConfig } from "./config.ts";
import { copySlots, emptyKeyValues, type KeyValues, keyValuesOf, namedKeyValues } from "./key-values.ts";
import { powerOfTwo } from "./power-of-two.ts";
import { addToken, type Choices, isAlive, type SampleOptions, type Sequence } from "./sequence.ts";
import { bucketLength } from "./training/buckets.ts";

/** A model that can be run. */
export type Runner = {
  readonly config: TransformerConfig;
  readonly parameters: State;
  readonly sessions: SessionCache;
  readonly passOptions: PassOptions;
  readonly maxBatch: number;
};

/** A prefill reads at most about this many tokens at once, so that its memory stays bounded. */
const PREFILL_TOKENS = 4096;
const LEAST_SLOTS = 64;

/** Cached keys and values, and where a step puts its results. */
type Cache = {
  readonly batch: number;
  readonly past: KeyValues;
  readonly fresh: KeyValues;
  readonly choices: Choices;
};

/** Grows sequences side by side; at most `maxBatch` of them. `report` is called after each step. */
export async function grow(
  runner: Runner,
  sequences: readonly Sequence[],
  options: SampleOptions,
  report: () => void,
): Promise<void> {
  const { vocabSize, context } = runner.config;
  const scratch = new Float32Array(vocabSize);
  const choose: Choose = (sequence, { logProbs, probabilities }, row) => {
    const own = (all: Float32Array) => all.subarray(row * vocabSize, (row + 1) * vocabSize);
    const choices = { logProbs: own(logProbs), probabilities: own(probabilities) };
    addToken(sequence, choices, options, context, scratch);
  };
  const inverseTemperature = float32([1 / (options.temperature || 1)], []);
  let rows = sequences;
  let cache = cacheFor(runner, rows);
  await prefill(runner, rows, cache, { choose, inverseTemperature, signal: options.signal });
  while (true) {
    report();
    options.signal?.throwIfAborted();
    const alive = rows.filter(isAlive);
    if (alive.length === 0) return;
    // each shape costs a session: a batch gets smaller only when a quarter of it is left
    if (4 * alive.length <= cache.batch || alive.some(({ cached }) => cached >= cache.past.slots)) {
      const next = cacheFor(runner, alive);
      for (const [row, sequence] of alive.entries()) {
        copySlots(cache.past, rows.indexOf(sequence), next.past, row, { count: sequence.cached });
      }
      rows = alive;
      cache = next;
    }
    await step(runner, rows, cache, { choose, inverseTemperature });
  }
}

/** Adds a token to a sequence by its row of the choices. */
type Choose = (sequence: Sequence, choices: Choices, row: number) => void;

type Choosing = { choose: Choose; inverseTemperature: Value; signal?: AbortSignal | undefined };

/** Room for the sequences and for one token more than they have. */
function cacheFor(runner: Runner, rows: readonly Sequence[]): Cache {
  const { config } = runner;
  const batch = bucketBatch(runner, rows.length);
  const longest = Math.max(...rows.map(({ ids, tokens }) => ids.length + tokens.length));
  const slots = Math.min(powerOfTwo(Math.max(longest, LEAST_SLOTS)), config.context);
  return {
    batch,
    past: emptyKeyValues(config, batch, slots),
    fresh: emptyKeyValues(config, batch, 1),
    choices: {
      logProbs: new Float32Array(batch * config.vocabSize),
      probabilities: new Float32Array(batch * config.vocabSize),
    },
  };
}

/** Reads each prompt once, into the cache rows of all its sequences, and chooses their first tokens. */
async function prefill(
  runner: Runner,
  rows: readonly Sequence[],
  cache: Cache,
  { choose, inverseTemperature, signal }: Choosing,
): Promise<void> {
  const { config, parameters, passOptions, sessions } = runner;
  const prompts = byPrompt(rows);
  const length = bucketLength(Math.max(...rows.map(({ ids }) => ids.length)), config.context);
  const batch = Math.min(bucketBatch(runner, prompts.length), powerOfTwo(Math.ceil(PREFILL_TOKENS / length)));
  for (let at = 0; at < prompts.length; at += batch) {
    signal?.throwIfAborted();
    const group = prompts.slice(at, at + batch);
    const session = await sessions.get(`prefill ${batch} ${length}`, () =>
      prefillProgram(config, { batch, length, ...passOptions }),
    );
    const feeds = promptFeeds(
      group.map(([first]) => rows[first!]!.ids),
      batch,
      length,
    );
    const outputs = await session.run({ ...feeds, inverseTemperature }, { state: parameters });
    const read = keyValuesOf(config, outputs, length);
    const choices = {
      logProbs: outputs.logProbs!.data as Float32Array,
      probabilities: outputs.probabilities!.data as Float32Array,
    };
    for (const [i, members] of group.entries()) {
      for (const row of members) {
        const sequence = rows[row]!;
        copySlots(read, i, cache.past, row, { count: sequence.ids.length });
        sequence.cached = sequence.ids.length;
        choose(sequence, choices, i);
      }
    }
  }
}

/** For each prompt, the rows that continue it. */
function byPrompt(rows: readonly Sequence[]): number[][] {
  const groups = new Map<number, number[]>();
  for (const [row, { prompt }] of rows.entries()) groups.set(prompt, [...(groups.get(prompt) ?? []), row]);
  return [...groups.values()];
}

function promptFeeds(prompts: readonly (readonly number[])[], batch: number, length: number) {
  const ids = new BigInt64Array(batch * length);
  const last = new BigInt64Array(batch);
  for (const [row, prompt] of prompts.entries()) {
    for (const [t, id] of prompt.entries()) ids[row * length + t] = BigInt(id);
    last[row] = BigInt(row * length + prompt.length - 1);
  }
  return { ids: int64(ids, [batch, length]), last: int64(last) };
}

/** One more token for each row that has not stopped. */
async function step(
  runner: Runner,
  rows: readonly Sequence[],
  cache: Cache,
  { choose, inverseTemperature }: Choosing,
): Promise<void> {
  const { config, parameters, passOptions, sessions } = runner;
  const { batch, past, fresh, choices } = cache;
  const session = await sessions.get(`decode ${batch} ${past.slots}`, () =>
    decodeProgram(config, { batch, slots: past.slots, ...passOptions }),
  );
  // rows that have stopped, and those that fill the batch up, are computed and not looked at
  const ids = new BigInt64Array(batch);
  const positions = new BigInt64Array(batch);
  for (const [row, sequence] of rows.entries()) {
    if (!isAlive(sequence)) continue;
    ids[row] = BigInt(sequence.tokens.at(-1)!);
    positions[row] = BigInt(sequence.cached);
  }
  const feeds = {
    ids: int64(ids),
    positions: int64(positions),
    inverseTemperature,
    ...namedKeyValues(past, PAST),
  };
  const into = {
    ...namedKeyValues(fresh),
    logProbs: float32(choices.logProbs, [batch, config.vocabSize]),
    probabilities: float32(choices.probabilities, [batch, config.vocabSize]),
  };
  await session.run(feeds, { state: parameters, into });
  for (const [row, sequence] of rows.entries()) {
    if (!isAlive(sequence)) continue;
    copySlots(fresh, row, past, row, { count: 1, slot: sequence.cached });
    sequence.cached += 1;
    choose(sequence, choices, row);
  }
}

const bucketBatch = ({ maxBatch }: Runner, rows: number): number => Math.min(powerOfTwo(rows), maxBatch);
