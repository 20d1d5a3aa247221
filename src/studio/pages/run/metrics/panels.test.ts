import { expect, test } from "vitest";
import { panelsOf, smoothed } from "./panels.ts";

test("what belongs together stands in one panel, the rest each in its own", () => {
  const rows = [
    { step: 1, loss: 3, "reward.a": 1, "reward.b": 2, kl: 0, "kl.k1": 0.1, other: 5 },
    { step: 2, loss: 2, "reward.a": 2, "reward.b": 1, kl: 1, "kl.k1": 0.9, heldOutLoss: 4 },
  ];
  const panels = panelsOf(rows);
  expect(panels.map(({ title, series }) => [title, series.map(({ name }) => name)])).toEqual([
    ["loss", ["loss"]],
    ["held-out loss", ["heldOutLoss"]],
    ["rewards", ["reward.a", "reward.b"]],
    ["KL to the reference", ["kl", "kl.k1"]],
    ["other", ["other"]],
  ]);
  expect(panels[1]!.series[0]!.points).toEqual([{ step: 2, value: 4 }]);
});

test("smoothing: none is the numbers themselves, a constant stays, and 1, 0 at weight ½ is 1, ⅓", () => {
  const points = (values: number[]) => values.map((value, i) => ({ step: i + 1, value }));
  expect(smoothed(points([3, 1, 2]), 0)).toEqual(points([3, 1, 2]));
  for (const { value } of smoothed(points([2, 2, 2]), 0.9)) expect(value).toBeCloseTo(2, 12);
  expect(smoothed(points([1, 0]), 0.5)[1]!.value).toBeCloseTo(1 / 3, 12);
});
