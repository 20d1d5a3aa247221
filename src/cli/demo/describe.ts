/** What the demo says in the terminal. */
import { table } from "../table.ts";
import type { DemoResult } from "./run.ts";
import type { StoryResult } from "./story.ts";

type Interval = [number, number];

const withInterval = (value: number, [low, high]: Interval): string =>
  `${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;

const rewardsTable = (rewards: DemoResult["rewards"]): string =>
  table(
    ["reward model", "pairs", "accuracy", "length alone"],
    rewards.map(({ value, pairs, accuracy, ci95, lengthBaseline }) => [
      value,
      String(pairs),
      withInterval(accuracy, ci95),
      lengthBaseline.toFixed(3),
    ]),
  );

export function describeDemo({ goal, methods, rewards, prompts, seconds, report }: DemoResult): string {
  const notable = ["base", "LSC goal", "raw sum, equal weights", "oracle"];
  const shown = methods.filter(({ name }) => notable.some((start) => name.startsWith(start)));
  return [
    `goal: ${goal}`,
    "",
    rewardsTable(rewards),
    "",
    `best of 8 at ${prompts.chosenFor} prompts that no model was trained on, judged by the true values:`,
    table(
      ["method", "truly good in all four"],
      shown.map(({ name, allGood, ci95 }) => [name, withInterval(allGood, ci95)]),
    ),
    "",
    `${seconds.toFixed(1)} s`,
    report,
  ].join("\n");
}

export function describeStory({ goal, methods, rewards, comparison, seconds, report }: StoryResult): string {
  const shown = methods.filter(({ name }) => /^(base$|(LSC AND|raw sum 1:1:1:1), (best|rloo))/.test(name));
  return [
    `goal: ${goal}`,
    "",
    rewardsTable(rewards),
    "",
    "judged by the true values, at prompts that nothing was trained on:",
    table(
      ["method", "KL", "truly good in all four"],
      shown.map(({ name, kl, allGood, ci95 }) => [name, kl.toFixed(2), withInterval(allGood, ci95)]),
    ),
    "",
    comparison,
    "",
    `${seconds.toFixed(1)} s`,
    report,
  ].join("\n");
}
