import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Circuit } from "./guarded.ts";

/** Seconds; a reward server answers in milliseconds, a language model in minutes. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const BATCHES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];
const REWARDS = [-30, -10, -5, -3, -2, -1, -0.5, 0, 0.5, 1, 2, 3, 5, 10, 30];
const CIRCUITS: Record<Circuit, number> = { closed: 0, "half-open": 1, open: 2 };

/** What a served model tells of itself, by value. */
export type ModelGauges = { queued(): number; circuit(): Circuit };

export type Metrics = ReturnType<typeof createMetrics>;

/** The metrics of one server, in a registry of its own. */
export function createMetrics(inFlight: () => number = () => 0) {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const models = new Map<string, ModelGauges>();
  const requests = new Counter({
    ...{
      name: "allgood_requests_total",
      help: "Requests answered",
      labelNames: ["route", "status"],
      registers,
    },
  });
  const seconds = new Histogram({
    ...{ name: "allgood_request_seconds", help: "Time to the answer", labelNames: ["route"], registers },
    buckets: SECONDS,
  });
  new Gauge({
    ...{ name: "allgood_requests_in_flight", help: "Requests being answered", registers },
    collect() {
      this.set(inFlight());
    },
  });
  const batch = new Histogram({
    ...{ name: "allgood_batch_items", help: "Responses a batch", labelNames: ["value"], registers },
    buckets: BATCHES,
  });
  const reward = new Histogram({
    ...{ name: "allgood_reward", help: "Raw rewards r(x, y)", labelNames: ["value"], registers },
    buckets: REWARDS,
  });
  const references = new Counter({
    ...{ name: "allgood_references_total", help: "References used, by where they came from", registers },
    labelNames: ["value", "from"],
  });
  const reloads = new Counter({
    ...{ name: "allgood_objective_reloads_total", help: "Changes of the objective file", registers },
    labelNames: ["result"],
  });
  const stale = new Gauge({
    ...{ name: "allgood_objective_stale", help: "1 while the file on disk can't be used", registers },
  });
  const objective = new Gauge({
    ...{
      name: "allgood_objective_info",
      help: "The objective in force",
      labelNames: ["hash", "goal"],
      registers,
    },
  });
  gaugeOfModels(registry, models, "allgood_queue_items", "Responses that wait", ({ queued }) => queued());
  gaugeOfModels(
    ...([registry, models, "allgood_circuit_state", "0 closed, 1 half-open, 2 open"] as const),
    ({ circuit }) => CIRCUITS[circuit()],
  );
  return {
    registry,
    models,
    batch,
    reward,
    references,
    reloads,
    stale,
    answered(route: string, status: number, elapsedMs: number) {
      requests.inc({ route, status });
      seconds.observe({ route }, elapsedMs / 1000);
    },
    objectiveIs(hash: string, goal: string) {
      objective.reset();
      objective.set({ hash, goal }, 1);
    },
  };
}

function gaugeOfModels(
  registry: Registry,
  models: ReadonlyMap<string, ModelGauges>,
  name: string,
  help: string,
  of: (model: ModelGauges) => number,
): void {
  new Gauge({
    ...{ name, help, labelNames: ["value"], registers: [registry] },
    collect() {
      this.reset();
      for (const [value, model] of models) this.set({ value }, of(model));
    },
  });
}
