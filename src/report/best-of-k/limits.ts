/**
 * Where LSC does not help, said as plainly as where it does.
 * @module
 */
import type { BestOfKEvaluation, MethodResult, SensitivityReport } from "../../evaluate/types.ts";
import { percent, signedInterval, whole, withInterval } from "../format.ts";
import { type Html, html } from "../html.ts";
import { label, listing, plural } from "../text.ts";
import { isReal, side } from "../words.ts";
import { type Headline, headline, mainMethods } from "./measure.ts";

export function limits(evaluation: BestOfKEvaluation, sensitivity: SensitivityReport): Html {
  const lead = headline(evaluation);
  const others = mainMethods(evaluation, lead).filter(
    (method) => isReal(method) && lead.of(method).versusGoal !== null,
  );
  return html`<ul>
${oneValue(sensitivity)}
${sameChoice(sensitivity)}
${notApart(others, lead)}
${better(others, lead)}
${lostValues(evaluation)}
</ul>`;
}

function oneValue({ singleValue }: SensitivityReport): Html | false {
  if (singleValue.length === 0) return false;
  const all = singleValue.every(({ prompts, same }) => prompts === same);
  const counts = singleValue.map(
    ({ value, prompts, same }) =>
      `${label(value, 24)}: same choice for ${whole(same)} of ${plural(prompts, "prompt")}`,
  );
  return html`<li><b>One value alone.</b> With a fixed reference LSC is a rising function of the reward, so it ranks the responses to
a prompt as the raw reward does, and the best of k is the same. Counted here: ${counts.join("; ")}.${
    !all && " Where the count falls short, rounding made ties that were broken otherwise; look into it."
  } LSC can change best-of-k only by the way in which several values are combined.</li>`;
}

function sameChoice({ againstEqualSum: { differ, there }, prompts }: SensitivityReport): Html {
  const share = withInterval(differ);
  const same = percent(1 - differ.value);
  return html`<li><b>Where the choice is the same.</b> The goal and the equal-weight raw sum choose differently for a share of
${share} of ${plural(prompts, "prompt")}; for the other ${same} nothing changes.${
    there !== null &&
    html` Where they do differ, the goal’s choice minus the sum’s is ${signedInterval(there.goodInAll.difference)} in the share
good in all values${side(there.goodInAll.difference) === 0 && " (the interval holds zero)"}, and the goal’s choice beats the
sum’s in ${listing(Object.entries(there.goalBeatsSum).map(([value, rate]) => `${label(value, 24)} ${withInterval(rate)}`))}.`
  }</li>`;
}

function notApart(methods: MethodResult[], { of, phrase }: Headline): Html {
  const equal = methods.filter((method) => side(of(method).versusGoal!) === 0);
  if (equal.length === 0) {
    return html`<li><b>Where the data does not decide.</b> For every other method the interval of the difference leaves out zero.</li>`;
  }
  return html`<li><b>Where the data does not decide.</b> For ${equal.length} of ${plural(methods.length, "other method")} the interval of
the difference in how often the choice ${phrase} holds zero (method minus goal):${folded(equal.length, named(equal, of))}</li>`;
}

function better(methods: MethodResult[], { of, phrase }: Headline): Html {
  const ahead = methods.filter((method) => side(of(method).versusGoal!) === 1);
  if (ahead.length === 0) {
    return html`<li><b>Where something else is better.</b> No method is ahead of the goal beyond chance in how often its choice
${phrase}.</li>`;
  }
  return html`<li><b>Where something else is better.</b> ${plural(ahead.length, "method")} of ${methods.length}
${ahead.length === 1 ? "is" : "are"} ahead of the goal beyond chance in how often the choice ${phrase} (method minus goal):${named(ahead, of)}</li>`;
}

const named = (methods: MethodResult[], of: Headline["of"]) =>
  html`<ul class="more">${methods.map(
    (method) => html`<li><bdi>${label(method.name)}</bdi> ${signedInterval(of(method).versusGoal!)}</li>`,
  )}</ul>`;

/** A long list is folded away. */
const folded = (count: number, list: Html): Html =>
  count > 6 ? html`<details><summary>Which ${count}</summary>${list}</details>` : list;

function lostValues({ methods, values, goalMethod, equalSumMethod }: BestOfKEvaluation): Html | false {
  const goal = methods.find(({ name }) => name === goalMethod);
  const sum = methods.find(({ name }) => name === equalSumMethod);
  if (goal === undefined || sum === undefined) return false;
  const lost = values.flatMap(({ name }) => {
    const versusGoal = sum.winRate[name]?.versusGoal;
    return versusGoal && side(versusGoal) === 1
      ? [`${label(name, 24)} (the sum is ahead by ${signedInterval(versusGoal)} in win rate)`]
      : [];
  });
  return lost.length === 0
    ? html`<li><b>What it costs.</b> In no value does the equal-weight raw sum win clearly more often than the goal.</li>`
    : html`<li><b>What it costs.</b> Some of one value is given up: ${listing(lost)}.</li>`;
}
