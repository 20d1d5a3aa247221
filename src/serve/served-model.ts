import type { RewardModel } from "../rewards/index.ts";
import { type BatchOptions, batched } from "./batched.ts";
import { type GuardOptions, guarded } from "./guarded.ts";
import type { ServerParts } from "./server.ts";

export type ServedModelOptions = Omit<BatchOptions, "onBatch"> & Omit<GuardOptions, "onChange">;

/**
 * A reward model as many clients use it: behind a circuit breaker, behind a queue that makes batches across requests, seen
 * in the metrics and the log. The breaker stands behind the queue, so that a batch counts once.
 */
export function servedModel(
  model: RewardModel,
  { metrics, log }: Pick<ServerParts, "metrics" | "log">,
  options: ServedModelOptions = {},
): RewardModel {
  const { value } = model;
  const guard = guarded(model, {
    ...options,
    onChange: (circuit) => log[circuit === "open" ? "error" : "warn"]({ event: "circuit", value, circuit }),
  });
  const queue = batched(guard, { ...options, onBatch: (items) => metrics.batch.observe({ value }, items) });
  metrics.models.set(value, { queued: queue.queued, circuit: guard.circuit });
  return queue;
}
