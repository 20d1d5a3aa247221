import type { FrontierComparison, FrontierRow } from "../../frontier/index.ts";
import { percent } from "../format.ts";
import { type Html, html } from "../html.ts";
import { label, listing, plural } from "../text.ts";
import { KIND_NAMES, levelName, RAW_SUM } from "./words.ts";

/** What this comparison cannot tell. */
export function limits(comparison: FrontierComparison, rows: readonly FrontierRow[]): Html {
  const { kinds, method } = comparison;
  return html`<ul>
<li><b>Chosen after the fact.</b> The best raw sum and every method’s best KL weight are picked on the prompts that they are then
reported on. That raises them all a little, and the raw sum most: it has the most settings to pick from. Intervals hold the picked
setting fixed.</li>
<li><b>KL of best-of-k is a bound.</b> log k − (k − 1)/k is exact where no two responses tie; where responses repeat, the true KL is
lower, by an amount that may differ between methods. So it is the same k that is matched, and only nearly the same KL.</li>
<li><b>References cost samples.</b> The references of <bdi>${label(method)}</bdi> at a test prompt are quantiles of all base responses
to it, also where the choice is among few of them; a raw sum does without. “One reference for all” is the variant that needs none.</li>
${fromBase(comparison, rows)}
<li><b>Many intervals.</b> Each is at the 95 % level by itself: of 20 comparisons without any difference, one is expected to look
like one.</li>
<li><b>Seeds.</b> ${kinds.map(({ kind, seeds }) => `${KIND_NAMES[kind]} has ${plural(seeds.length, "seed")}`).join(", ")}. Seeds have
their own raters, reward models and training; they share the base policy, its samples and the test prompts. With few seeds the
intervals are widened by Student’s t${kinds.some(({ seeds }) => seeds.length === 1) && "; with one seed they are over prompts alone, and say nothing about other seeds"}.</li>
${kinds.map(
  ({ kind, seedsLeftOut }) =>
    seedsLeftOut.length > 0 &&
    html`<li><b>Not finished.</b> In ${KIND_NAMES[kind]}, seed ${listing(seedsLeftOut.map(String))} lacks runs that other seeds have, and is left out.</li>`,
)}
${missing(comparison)}
<li><b>One world.</b> All of this is one small artificial world, one base policy, one kind of reward model and one training
algorithm. It shows what can happen where the truth is known, not how large the effect of <bdi>${label(method)}</bdi> is elsewhere.</li>
</ul>`;
}

/** How much of the lowest level of RL rests on a line from the base. */
function fromBase({ kinds }: FrontierComparison, rows: readonly FrontierRow[]): Html | null {
  const low = kinds.find(({ kind }) => kind === "rl")?.levels[0];
  if (low === undefined) return null;
  const first = new Map<string, { step: number; kl: number }>();
  for (const { method, seed, kl, setting } of rows) {
    if (setting.kind !== "rl") continue;
    const key = JSON.stringify([method, seed, setting.klWeight]);
    const before = first.get(key);
    if (before === undefined || setting.step < before.step) first.set(key, { step: setting.step, kl });
  }
  const beyond = [...first.values()].filter(({ kl }) => kl > low.kl).length;
  return html`<li><b>Between measurements.</b> ${percent(beyond / first.size)} of the training runs were first measured beyond
${levelName(low)}, so that at this level they stand on a straight line from the base. What a policy is like on the way is not known.
A run counts at a KL when it first reaches it.</li>`;
}

/** Methods that never stand beside the compared one. */
function missing({ kinds, method }: FrontierComparison): Html | null {
  const parts = kinds.flatMap(({ kind, levels }) =>
    levels.flatMap((level) => {
      const here = new Set(level.standings.map((one) => one.method));
      const all = [...new Set(levels.flatMap(({ standings }) => standings.map((one) => one.method)))];
      const away = all.filter((name) => !here.has(name) && !RAW_SUM.test(name));
      return away.length > 0
        ? [`${KIND_NAMES[kind]}, ${levelName(level)}: ${listing(away.map((name) => label(name)))}`]
        : [];
    }),
  );
  if (parts.length === 0) return null;
  return html`<li><b>Not everywhere.</b> Nothing is extrapolated, and a method stands at a KL only where every seed got there. Missing
beside <bdi>${label(method)}</bdi>: ${parts.join("; ")}.</li>`;
}
