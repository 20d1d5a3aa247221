import type { RewardItem, RewardModel } from "../rewards/index.ts";
import { type Aborting, LazyAbort } from "./lazy-abort.ts";
import { ServeError } from "./serve-error.ts";
import { Call } from "./waiting-call.ts";

export type BatchOptions = {
  /** Items that the model gets at once, at most. Default 256. */
  maxBatch?: number;
  /** How long a call may wait for others to fill its batch. Default 0: only for those of the same turn of the event loop. */
  maxWaitMs?: number;
  /** Items that may wait; beyond that a call is refused. Default 8192. */
  maxQueued?: number;
  /** Batches that run at once. Default 1, right for a model in this process. */
  concurrency?: number;
  /** Told the size of each batch. */
  onBatch?: (items: number) => void;
};

/** Items `from` to `to` of some calls, with the model. */
type Batch = { parts: readonly Part[]; abandon(): void };
type Part = { call: Call<Batch>; from: number; to: number };

/**
 * Micro-batching: calls that come while the model works wait in one queue and go to it together. Each caller gets its own
 * rewards in its own order. A caller that leaves takes its items out of the queue, and a batch that nobody waits for any
 * more is aborted. Where a batch of several callers fails, each of them is tried alone, so that what one sent can't fail
 * another.
 *
 * @returns the model, with the number of items that wait; `score` throws ServeError `busy` where the queue is full, `too_large`
 *   for more items than it ever holds, and `upstream_failed` where the model answers another number of rewards than it got items
 */
export function batched(
  model: RewardModel,
  { maxBatch = 256, maxWaitMs = 0, maxQueued = 8192, concurrency = 1, onBatch }: BatchOptions = {},
): RewardModel & { queued(): number } {
  let waiting: Call<Batch>[] = [];
  const pace = createPace();
  let queued = 0;
  let running = 0;
  /** A start is due at the end of this turn; or later, when the wait is over. */
  let due: NodeJS.Immediate | undefined;
  let later: NodeJS.Timeout | undefined;

  function schedule(): void {
    if (due !== undefined || running >= concurrency || waiting.length === 0) return;
    if (maxWaitMs === 0 || queued >= maxBatch) due = setImmediate(start);
    else later ??= setTimeout(start, maxWaitMs);
  }

  function start(): void {
    clearImmediate(due);
    clearTimeout(later);
    due = later = undefined;
    while (running < concurrency && waiting.length > 0) void run(take());
  }

  function take(): Part[] {
    const parts: Part[] = [];
    let room = maxBatch;
    let emptied = 0;
    for (const call of waiting) {
      const from = call.taken;
      const to = Math.min(call.items.length, from + room);
      parts.push({ call, from, to });
      room -= to - from;
      call.taken = to;
      if (to === call.items.length) emptied += 1;
      if (room === 0) break;
    }
    waiting = waiting.slice(emptied);
    queued -= maxBatch - room;
    return parts;
  }

  async function run(parts: readonly Part[]): Promise<void> {
    running += 1;
    const started = performance.now();
    await scoreParts(parts);
    pace.record(sizeOf(parts), performance.now() - started);
    running -= 1;
    schedule();
  }

  /** Never rejects: what goes wrong is told to the callers. */
  async function scoreParts(parts: readonly Part[]): Promise<void> {
    onBatch?.(sizeOf(parts));
    try {
      const rewards = await ask(parts);
      if (rewards.length !== sizeOf(parts)) throw wrongNumber(model, rewards.length, sizeOf(parts));
      deliver(parts, rewards);
    } catch (error) {
      // one that has left meanwhile may be what the batch failed of
      if (parts.length > 1 && !isRefusal(error)) {
        for (const part of parts) if (!part.call.settled) await scoreParts([part]);
      } else {
        for (const { call } of parts) fail(call, error);
      }
    }
  }

  /** The model's answer; it is not waited for once the batch is abandoned, whether or not the model heeds that. */
  function ask(parts: readonly Part[]): Promise<Float64Array> {
    return new Promise((resolve, reject) => {
      const abort = new LazyAbort();
      const batch: Batch = {
        parts,
        abandon() {
          abort.abort(gone);
          reject(gone);
        },
      };
      for (const { call } of parts) call.batches.push(batch);
      const done = () => {
        for (const { call } of parts) call.batches.splice(call.batches.indexOf(batch), 1);
      };
      model.score(itemsOf(parts), abort).then(resolve, reject).finally(done);
    });
  }

  function fail(call: Call<Batch>, error: unknown): void {
    if (call.settled) return;
    if (call.taken < call.items.length) {
      waiting = waiting.filter((other) => other !== call);
      queued -= call.items.length - call.taken;
    }
    call.reject(error);
    for (const { parts, abandon } of call.batches) if (parts.every((part) => part.call.settled)) abandon();
  }

  function enqueue(items: readonly RewardItem[], caller: Aborting): Promise<Float64Array> {
    return new Promise((resolve, reject) => {
      const call = new Call<Batch>(items, caller, { resolve, reject });
      waiting.push(call);
      call.listen({ onAbort: (reason) => fail(call, reason) });
      queued += items.length;
      schedule();
    });
  }

  return {
    name: model.name,
    value: model.value,
    queued: () => queued,
    async score(items, caller: Aborting = {}) {
      if (items.length === 0) return new Float64Array(0);
      if (items.length > maxQueued) throw tooMany(model, items.length, maxQueued);
      if (queued + items.length > maxQueued) throw full(model, queued, maxQueued, pace.secondsFor(queued));
      return enqueue(items, caller);
    },
  };
}

const gone = new DOMException("nobody waits for this batch any more", "AbortError");

const sizeOf = (parts: readonly Part[]): number => parts.reduce((sum, { from, to }) => sum + to - from, 0);

/** The items of one caller as they are, where the batch is all that it asked for. */
function itemsOf(parts: readonly Part[]): readonly RewardItem[] {
  const { call, from, to } = parts[0]!;
  if (parts.length === 1 && from === 0 && to === call.items.length) return call.items;
  const items: RewardItem[] = [];
  for (const part of parts) for (let i = part.from; i < part.to; i++) items.push(part.call.items[i]!);
  return items;
}

function deliver(parts: readonly Part[], rewards: Float64Array): void {
  let at = 0;
  for (const { call, from, to } of parts) {
    // copied one by one: a view of so few numbers costs far more than they do
    for (let i = from; i < to; i++) call.rewards[i] = rewards[at++]!;
    call.answered += to - from;
    if (call.settled || call.answered < call.items.length) continue;
    call.resolve();
  }
}

/** An answer that would be the same for each caller alone. */
const isRefusal = (error: unknown): boolean =>
  error === gone ||
  (error instanceof ServeError && (error.code === "upstream_down" || error.code === "busy"));

const wrongNumber = ({ value }: RewardModel, got: number, expected: number): ServeError =>
  new ServeError(
    "upstream_failed",
    `the reward model of "${value}" answered ${got} rewards to ${expected} responses`,
  );

const full = ({ value }: RewardModel, queued: number, maxQueued: number, retryAfter: number): ServeError =>
  new ServeError(
    "busy",
    `${queued} responses wait for the reward model of "${value}" and the queue holds ${maxQueued}: come again later`,
    { retryAfter },
  );

/** It would be refused however empty the queue is. */
const tooMany = ({ value }: RewardModel, items: number, maxQueued: number): ServeError =>
  new ServeError(
    "too_large",
    `${items} responses in one request, and the queue of the reward model of "${value}" holds ${maxQueued}: send them in several, or raise --max-queue`,
  );

/** How fast the model is: a moving average of milliseconds an item. */
function createPace() {
  let msPerItem = 0;
  return {
    record(items: number, ms: number) {
      msPerItem = msPerItem === 0 ? ms / items : 0.9 * msPerItem + (0.1 * ms) / items;
    },
    /** Whole seconds, at least 1. */
    secondsFor: (items: number) => Math.max(1, Math.ceil((items * msPerItem) / 1000)),
  };
}
