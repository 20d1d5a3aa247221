import { expect, test } from "vitest";
import { jobsOf } from "./jobs.ts";
import { smallSettings } from "./small-settings.fixture.ts";

test("jobs come seed by seed: best-of-k, then each method at each of its KL weights", () => {
  expect(jobsOf(smallSettings)).toEqual([
    { kind: "best-of-k", seed: 1 },
    { kind: "rl", seed: 1, method: "a", klWeight: 0.3 },
    { kind: "rl", seed: 1, method: "a", klWeight: 0.1 },
    { kind: "rl", seed: 1, method: "b", klWeight: 2 },
    { kind: "best-of-k", seed: 4 },
    { kind: "rl", seed: 4, method: "a", klWeight: 0.3 },
    { kind: "rl", seed: 4, method: "a", klWeight: 0.1 },
    { kind: "rl", seed: 4, method: "b", klWeight: 2 },
  ]);
});

test("a method without KL weights is compared by best-of-k alone", () => {
  const rl = { ...smallSettings.rl, methods: [{ method: "a", klWeights: [] }] };
  expect(jobsOf({ ...smallSettings, seeds: [2], rl })).toEqual([{ kind: "best-of-k", seed: 2 }]);
});
