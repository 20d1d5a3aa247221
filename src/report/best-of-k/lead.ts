import type { BestOfKEvaluation, MethodResult } from "../../evaluate/types.ts";
import { signedInterval, whole, withInterval } from "../format.ts";
import { type Html, html } from "../html.ts";
import { label, listing, plural } from "../text.ts";
import { caution, judgedSentence, negate, side } from "../words.ts";
import { type Headline, headline, methodNamed, winner } from "./measure.ts";

/** What was compared, what won and by how much, how it was judged. */
export function lead(evaluation: BestOfKEvaluation): Html[] {
  const measure = headline(evaluation);
  return [
    html`${compared(evaluation)}`,
    html`${found(evaluation, measure)} ${best(evaluation, measure)}`,
    html`${judgedSentence(evaluation.values)}`,
    ...warning(evaluation, measure),
  ];
}

function warning(evaluation: BestOfKEvaluation, { of }: Headline): Html[] {
  const goal = methodNamed(evaluation, evaluation.goalMethod);
  const said = goal && caution(of(goal), evaluation.prompts.evaluated);
  return said === undefined ? [] : [html`${said}`];
}

function compared({ goal, goalMethod, values, prompts, candidates, methods }: BestOfKEvaluation): Html {
  const others = methods.filter(
    ({ name, family }) => name !== goalMethod && family !== "base" && family !== "oracle",
  ).length;
  const k =
    candidates.fewest === candidates.most
      ? String(candidates.most)
      : `${candidates.fewest} to ${candidates.most}`;
  const each =
    prompts.evaluated === 1 ? "For the one prompt" : `For each of ${whole(prompts.evaluated)} prompts`;
  return html`${each}, one of ${k} given responses was chosen for the goal
<b><bdi>${label(goal, 200)}</bdi></b> (${listing(values.map(({ name }) => label(name, 30)))}), and by
${plural(others, "other way", "other ways")} of choosing from the same rewards.`;
}

function found(evaluation: BestOfKEvaluation, { of, phrase }: Headline): Html {
  const goal = methodNamed(evaluation, evaluation.goalMethod);
  const sum = methodNamed(evaluation, evaluation.equalSumMethod);
  const base = methodNamed(evaluation, evaluation.baseMethod);
  if (goal === undefined) return html`The goal itself was not evaluated.`;
  const against = [
    base && `${withInterval(of(base))} for a response taken at random`,
    sum && `${withInterval(of(sum))} for the equal-weight sum of raw rewards`,
  ].filter((part) => part !== undefined);
  return html`The goal’s choice ${phrase} for a share of <b>${withInterval(of(goal))}</b> of the prompts${
    against.length > 0 && `, against ${listing(against)}`
  }. ${sum !== undefined && difference(sum, of)}`;
}

function difference(sum: MethodResult, of: Headline["of"]): Html | null {
  const versus = of(sum).versusGoal;
  if (versus === null) return null;
  const gain = negate(versus);
  const words = {
    1: "the goal does better than the sum, beyond chance",
    0: "the interval holds zero, so these prompts do not tell the two apart",
    [-1]: "the sum does better than the goal, beyond chance",
  }[side(gain)];
  return html`The difference is <b>${signedInterval(gain)}</b>: ${words}.`;
}

function best(evaluation: BestOfKEvaluation, measure: Headline): Html | null {
  const top = winner(evaluation, measure);
  if (top === undefined) return null;
  const goal = methodNamed(evaluation, evaluation.goalMethod);
  const { versusGoal, value } = measure.of(top);
  if (versusGoal === null || (goal !== undefined && measure.of(goal).value >= value)) {
    return html`No other method that combines the values has a higher share.`;
  }
  const swept = top.family === "raw-sum" && top.name !== evaluation.equalSumMethod;
  return html`The highest share has <bdi>${label(top.name)}</bdi>, ${withInterval(measure.of(top))}, ahead of the
goal by ${signedInterval(versusGoal)}${side(versusGoal) === 0 && " (the interval holds zero)"}${
    swept && "; its weights were picked after seeing the result, so this favours it"
  }.`;
}

/** `812 prompts, 4 candidates each, 95 % intervals from 1,000 resamples of prompts` */
export function subtitle({ prompts, candidates, resamples }: BestOfKEvaluation): string {
  const each =
    candidates.fewest === candidates.most
      ? `${candidates.most} responses each`
      : `${candidates.fewest}–${candidates.most} responses each`;
  return `${plural(prompts.evaluated, "prompt")}, ${each}; intervals at the 95 % level from ${whole(resamples)} resamples of prompts`;
}
