import { bestOfK, bestOfKBound, utilitiesOf } from "../align/index.ts";
import { VALUES } from "../world/index.ts";
import { CONTENDERS } from "./contenders.ts";
import type { Experiment } from "./experiment.ts";
import { type JudgedResponse, measure } from "./measure.ts";
import type { FrontierRow } from "./types.ts";

/**
 * Best-of-k by every way to combine, for every k, over the base samples of the test prompts. With K samples, each k is
 * measured on ⌊K/k⌋ groups that share no sample. k = 1 is the base policy itself.
 */
export function bestOfKSweep(experiment: Experiment, ks: readonly number[]): FrontierRow[] {
  const { seed, temperatures, test } = experiment;
  const base = test.map((prompt) => prompt.set.candidates.map((_, i) => judged(prompt, i)));
  const row = (method: string, k: number, chosen: readonly (readonly JudgedResponse[])[]): FrontierRow => ({
    method,
    setting: { kind: "best-of-k", k },
    seed,
    kl: bestOfKBound(k),
    ...measure(test, chosen, temperatures),
  });
  const chosenBy = CONTENDERS.filter(({ rlOnly }) => rlOnly !== true);
  return [
    row("base", 1, base),
    ...chosenBy.flatMap(({ method, utility, ensemble }) =>
      ks.map((k) => {
        const choices = choose(
          experiment,
          utility(ensemble ? experiment.ensembleStatistics : experiment.statistics),
          ensemble === true,
          k,
        );
        return row(
          method,
          k,
          choices.map((indices, p) => indices.map((i) => judged(test[p]!, i))),
        );
      }),
    ),
  ];
}

/** For each prompt, the sample chosen in each group of k. */
function choose(
  { test }: Experiment,
  utility: Parameters<typeof utilitiesOf>[0],
  ensemble: boolean,
  k: number,
): number[][] {
  return test.map(({ align, set, ...columns }) => {
    const groups = Math.floor(set.candidates.length / k);
    const rewards = (ensemble ? columns.ensembleRewards : columns.rewards).map((column) =>
      column.subarray(0, groups * k),
    );
    const prompts = Array.from({ length: groups }, () => align);
    const u = utilitiesOf(utility, { prompts, n: k, rewards });
    return Array.from({ length: groups }, (_, g) => g * k + bestOfK(u.subarray(g * k, (g + 1) * k)).index);
  });
}

function judged({ set, rewards }: Experiment["test"][number], i: number): JudgedResponse {
  const { response, truth } = set.candidates[i]!;
  return { response, truth: truth!, rewards: VALUES.map((_, v) => rewards[v]![i]!) };
}
