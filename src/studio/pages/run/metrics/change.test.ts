import { expect, test } from "vitest";
import { changeOf, changeSoFar, heldOutChange } from "./change.ts";

const means = (utility: number, kl: number, reward: number) => ({
  utility,
  kl: { exact: kl, k1: 9 },
  entropy: 2,
  rewards: { "a.b": reward },
});

test("before and after of a run that is done, by name; what it does not have is left out", () => {
  expect(changeOf({ first: means(-3, 0, 1), last: means(-2, 0.5, 4) })).toEqual([
    { name: "u = log p(goal), nats", before: -3, after: -2 },
    { name: "KL, nats a response", before: 0, after: 0.5 },
    { name: "entropy, nats a token", before: 2, after: 2 },
    { name: "reward a.b", before: 1, after: 4 },
  ]);
  expect(changeOf({})).toEqual([]);
  expect(heldOutChange({ heldOut: { lossBefore: 3, lossAfter: 2, tokens: 9 } })).toEqual([
    { name: "held-out loss, nats a token", before: 3, after: 2 },
  ]);
});

test("a run that goes on has changed once it has two steps", () => {
  const rows = [{ step: 1, utility: -3 }, { step: 2 }, { step: 3, utility: -1 }];
  expect(changeSoFar(rows.slice(0, 2), "utility", "u")).toEqual([]);
  expect(changeSoFar(rows, "utility", "u")).toEqual([{ name: "u", before: -3, after: -1 }]);
});
