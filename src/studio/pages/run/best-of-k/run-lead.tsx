import type { BestOfKEvaluation, Evaluation, MethodResult } from "../../../../evaluate/types.ts";
import { headline, methodNamed } from "../../../../report/best-of-k/measure.ts";
import { percent } from "../../../../report/format.ts";
import { label, listing, plural } from "../../../../report/text.ts";
import { caution, FEW_PROMPTS, judgedSentence, negate, side } from "../../../../report/words.ts";
import type { Estimate } from "../../../../stats/bootstrap.ts";

/** Is it better, by how much, and can that be trusted: what the run found, before anything is edited. */
export function RunLead({ evaluation: { bestOfK } }: { evaluation: Evaluation }) {
  const { of, phrase } = headline(bestOfK);
  const goal = methodNamed(bestOfK, bestOfK.goalMethod);
  if (goal === undefined) return null;
  const base = methodNamed(bestOfK, bestOfK.baseMethod);
  const sum = methodNamed(bestOfK, bestOfK.equalSumMethod);
  const warning = caution(of(goal), bestOfK.prompts.evaluated);
  return (
    <section aria-label="What the run found">
      <p class="lead-number">
        At <strong class="number">{percent(of(goal).value, 1)}</strong> {interval(of(goal))} of{" "}
        {plural(bestOfK.prompts.evaluated, "prompt")} the run's choice {phrase}
        {base !== undefined && `; at random it would be ${share(of(base))}: ${verdict(of(base))}`}
        {sum !== undefined &&
          `. By the equal-weight sum of raw rewards it would be ${share(of(sum))}: ${verdict(of(sum))}`}
        .
      </p>
      {bestOfK.prompts.evaluated >= FEW_PROMPTS && <p>{winsByValue(bestOfK, goal)}</p>}
      <p class="note">
        {judgedSentence(bestOfK.values)}
        {warning !== undefined && ` ${warning}`}
      </p>
    </section>
  );
}

const interval = ({ ci95: [low, high] }: Estimate): string => `[${percent(low, 1)}, ${percent(high, 1)}]`;
const share = (estimate: Estimate): string => `${percent(estimate.value, 1)} ${interval(estimate)}`;

/** By the paired difference of another way and the goal. */
function verdict({ versusGoal }: { versusGoal: Estimate | null }): string {
  if (versusGoal === null) return "not compared";
  return {
    1: "the goal does better, beyond chance",
    0: "the two are not told apart",
    [-1]: "the goal does worse, beyond chance",
  }[side(negate(versusGoal))];
}

/** In which values choosing for the goal wins against another response, and in which it does not. */
function winsByValue({ values }: BestOfKEvaluation, { winRate }: MethodResult): string {
  const named = (wanted: -1 | 0 | 1) =>
    values
      .filter(({ name }) => winRate[name] !== undefined && side(winRate[name], 0.5) === wanted)
      .map(({ name }) => `${label(name, 30)} (${percent(winRate[name]!.value)})`);
  const parts = [
    ["wins more often than not in", named(1)],
    ["is not told apart in", named(0)],
    ["loses more often than not in", named(-1)],
  ] as const;
  const said = parts.filter(([, names]) => names.length > 0);
  return `Against another response to the same prompt, its choice ${said
    .map(([words, names]) => `${words} ${listing(names)}`)
    .join("; ")}.`;
}
