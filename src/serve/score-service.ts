import type { Objective, ReferenceSource } from "../objective/index.ts";
import type { RewardItem } from "../rewards/index.ts";
import type { ServeContext } from "./context.ts";
import type { Metrics } from "./metrics.ts";
import type { ScoredItem, Scorer } from "./scorer.ts";
import { ServeError } from "./serve-error.ts";

/** What every protocol asks: what the objective in force says of some responses. */
export type ScoreService = {
  /** The objective in force now. */
  objective(): Objective;
  /**
   * @param c of the request: its signal ends the work
   * @returns one an item, all from one objective
   * @throws ServeError as {@link Scorer}'s `score`, and `too_large` for too many items
   */
  score(
    c: ServeContext,
    items: readonly RewardItem[],
  ): Promise<{ objective: Objective; scored: ScoredItem[] }>;
};

/** @param scorer the one in force; asked once a request, so that a reload never mixes two objectives in one answer */
export function createScoreService(scorer: () => Scorer, maxItems: number, metrics: Metrics): ScoreService {
  return {
    objective: () => scorer().objective,
    async score(c, items) {
      c.set("items", items.length);
      if (items.length > maxItems) {
        throw new ServeError(
          "too_large",
          `${items.length} responses in one request, and this server takes ${maxItems}: send them in several, or raise --max-items`,
        );
      }
      const { objective, score } = scorer();
      const scored = await score(items, { signal: c.get("signal") });
      for (const each of scored) checkFinite(each);
      observe(objective.values, scored, metrics);
      return { objective, scored };
    },
  };
}

/** JSON has no infinity, and `null` would read as no reward. */
function checkFinite({ u, p }: ScoredItem): void {
  if (!Number.isFinite(u) || !Number.isFinite(p))
    throw new ServeError("internal", `the objective's utility is ${u}, which no client can use`);
}

function observe(
  values: readonly string[],
  scored: readonly ScoredItem[],
  { reward, references }: Metrics,
): void {
  for (const value of values) {
    const labels = { value };
    const counts: Partial<Record<ReferenceSource, number>> = {};
    for (const item of scored) {
      reward.observe(labels, item.values[value]!.r);
      const from = item.referencesFrom[value]!;
      counts[from] = (counts[from] ?? 0) + 1;
    }
    for (const [from, count] of Object.entries(counts)) references.inc({ value, from }, count);
  }
}
