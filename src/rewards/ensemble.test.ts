import { describe, expect, test } from "vitest";
import { averageWeights, ensemble } from "./ensemble.ts";
import { DIMENSION } from "./features.ts";
import { ngramModel } from "./ngram-model.ts";
import type { RewardModel } from "./reward-model.ts";

const fake = (name: string, reward: (response: string) => number): RewardModel => ({
  name,
  value: "helpful",
  score: async (items) => Float64Array.from(items, ({ response }) => reward(response)),
});
const members = [
  { model: fake("a", (text) => 2 * text.length + 100), temperature: 2 },
  { model: fake("b", (text) => -text.length), temperature: 0.5 },
];
const items = ["", "xx", "xxxx"].map((response) => ({
  prompt: [{ role: "user" as const, content: "q" }],
  response,
}));
const anchor = () => "xx";

describe("an ensemble", () => {
  // anchored and in log-odds: a gives −2, 0, 2 and b gives 4, 0, −4
  test("takes the mean, the worst, or the mean less the spread", async () => {
    const scores = async (combination: Parameters<typeof ensemble>[1]) =>
      Array.from(await ensemble(members, combination, anchor).score(items));
    expect(await scores({ kind: "mean" })).toEqual([1, 0, -1]);
    expect(await scores({ kind: "min" })).toEqual([-2, 0, -4]);
    expect(await scores({ kind: "mean-minus-std", lambda: 0.5 })).toEqual([1 - 1.5, 0, -1 - 1.5]);
  });

  test("does not see a shift of a member", async () => {
    const shifted = [members[0]!, { ...members[1]!, model: fake("b", (text) => 7 - text.length) }];
    const [one, two] = await Promise.all(
      [members, shifted].map((list) => ensemble(list, { kind: "min" }, anchor).score(items)),
    );
    expect(two).toEqual(one);
  });

  test("asks for the anchor of a prompt once, and takes each item's own", async () => {
    const asked: string[] = [];
    const model: RewardModel = {
      name: "a",
      value: "helpful",
      score: async (list) => {
        asked.push(...list.map(({ response }) => response));
        return Float64Array.from(list, ({ response }) => response.length);
      },
    };
    const prompts = ["q", "longer"].map((content) => [{ role: "user" as const, content }]);
    const four = [0, 1, 0, 1].map((p, i) => ({ prompt: prompts[p]!, response: "x".repeat(i) }));
    const echo = ensemble([{ model, temperature: 1 }], { kind: "mean" }, (prompt) => prompt[0]!.content);
    expect([...(await echo.score(four))]).toEqual([0 - 1, 1 - 6, 2 - 1, 3 - 6]);
    expect(asked).toEqual(["", "x", "xx", "xxx", "q", "longer"]);
  });

  test("is of one value and at least one model", () => {
    expect(() => ensemble([], { kind: "mean" }, anchor)).toThrow("at least one model");
    const other = { model: { ...members[0]!.model, value: "harmless" }, temperature: 1 };
    expect(() => ensemble([members[0]!, other], { kind: "mean" }, anchor)).toThrow("helpful, harmless");
    expect(() => ensemble([{ ...members[0]!, temperature: 0 }], { kind: "mean" }, anchor)).toThrow(
      "not above 0",
    );
  });
});

test("averaging weights of n-gram models averages their rewards", async () => {
  const make = (name: string, scale: number) =>
    ngramModel(
      name,
      "helpful",
      Float32Array.from({ length: DIMENSION }, (_, j) => ((j % 7) - 3) * scale),
    );
  const models = [make("a", 1), make("b", 0.25)];
  const [a, b] = await Promise.all(models.map((model) => model.score(items)));
  const average = await averageWeights(models).score(items);
  for (const [i, reward] of average.entries()) expect(reward).toBeCloseTo((a![i]! + b![i]!) / 2, 6);
});
