import type { Resamplers } from "./audit-columns.ts";
import type { ColumnPairAudit } from "./audit-types.ts";
import { difference, highest } from "./choice.ts";
import { centredRanks, kendallDistance, ranksWithin, spearman, spearmanWithin } from "./ranks.ts";
import { estimate } from "./resample.ts";
import type { ScoreTable } from "./score-table.ts";
import { concat } from "./scored-set.ts";

/** How far every two columns agree, over all rows and in ranking the candidates of one prompt. */
export function auditPairs(table: ScoreTable, resamplers: Resamplers): ColumnPairAudit[] {
  const { columns, groups } = table;
  const ranked = groups.filter(({ lines }) => lines.length > 1);
  const allSizes = groups.map(({ lines }) => lines.length);
  const sizes = ranked.map(({ lines }) => lines.length);
  const overall = columns.map((_, v) => centredRanks(concat(groups.map(({ rewards }) => rewards[v]!))));
  const within = columns.map((_, v) => ranksWithin(concat(ranked.map(({ rewards }) => rewards[v]!)), sizes));
  return columns.flatMap((a, i) =>
    columns.slice(i + 1).map((b, offset): ColumnPairAudit => {
      const j = i + 1 + offset;
      const onRanked = resamplers.ranked && {
        within: spearmanWithin(within[i]!, within[j]!, sizes, resamplers.ranked),
        kendallDistance: estimate(
          resamplers.ranked.mean(ranked.map(({ rewards }) => kendallDistance(rewards[i]!, rewards[j]!))),
        ),
        bestDiffers: estimate(
          resamplers.ranked.mean(
            ranked.map(({ rewards, lines }) =>
              difference(highest(rewards[i]!), highest(rewards[j]!), lines.length),
            ),
          ),
        ),
      };
      return {
        a,
        b,
        overall: spearman(overall[i]!, overall[j]!, allSizes, resamplers.all),
        ...(onRanked ?? { within: null, kendallDistance: null, bestDiffers: null }),
      };
    }),
  );
}
