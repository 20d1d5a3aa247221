import type { Objective, ReferenceSource } from "../objective/index.ts";
import type { RewardItem } from "../rewards/index.ts";
import type { LiveRequest } from "./live-request.ts";
import type { Metrics } from "./metrics.ts";
import type { Scored, Scorer } from "./scorer.ts";
import { ServeError } from "./serve-error.ts";

/** What every protocol asks: what the objective in force says of some responses. */
export type ScoreService = {
  /** The objective in force now. */
  objective(): Objective;
  /**
   * @param request its end ends the work
   * @returns one an item, all from one objective
   * @throws ServeError as {@link Scorer}'s `score`, and `too_large` for too many items
   */
  score(request: LiveRequest, items: readonly RewardItem[]): Promise<Scored>;
};

/** @param scorer the one in force; asked once a request, so that a reload never mixes two objectives in one answer */
export function createScoreService(scorer: () => Scorer, maxItems: number, metrics: Metrics): ScoreService {
  return {
    objective: () => scorer().objective,
    async score(request, items) {
      request.items = items.length;
      if (items.length > maxItems) {
        throw new ServeError(
          "too_large",
          `${items.length} responses in one request, and this server takes ${maxItems}: send them in several, or raise --max-items`,
        );
      }
      const scored = await scorer().score(items, request);
      checkFinite(scored.u);
      observe(scored, metrics);
      return scored;
    },
  };
}

/** JSON has no infinity, and `null` would read as no reward. */
function checkFinite(utilities: Float64Array): void {
  const wrong = utilities.find((u) => !Number.isFinite(u));
  if (wrong !== undefined)
    throw new ServeError("internal", `the objective's utility is ${wrong}, which no client can use`);
}

function observe({ objective, rewards, references }: Scored, metrics: Metrics): void {
  for (const [v, value] of objective.values.entries()) {
    const labels = { value };
    for (const r of rewards[v]!) metrics.reward.observe(labels, r);
    const counts: Partial<Record<ReferenceSource, number>> = {};
    for (const { from } of references) counts[from[value]!] = (counts[from[value]!] ?? 0) + 1;
    for (const [from, count] of Object.entries(counts)) metrics.references.inc({ value, from }, count);
  }
}
