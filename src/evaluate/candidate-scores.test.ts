import { expect, test } from "vitest";
import type { ScoredCandidates } from "../align/index.ts";
import { createObjective } from "../objective/index.ts";
import { candidateScores } from "./candidate-scores.ts";
import { evaluateBestOfK } from "./evaluate.ts";

const value = (name: string) => ({
  model: { kind: "column", name } as const,
  temperature: 2,
  reference: { kind: "fixed", global: 1, otherwise: "global" } as const,
});
const objective = createObjective({
  format: "allgood-objective/1",
  goal: "a and b",
  values: { a: value("a"), b: value("b") },
  hash: "",
});

const scored = (truth: Record<string, number>[]): ScoredCandidates => ({
  set: {
    promptHash: "hash",
    prompt: [
      { role: "system", content: "Be kind." },
      { role: "user", content: "first" },
      { role: "assistant", content: "answer" },
      { role: "user", content: "last" },
    ],
    candidates: truth.map((share, i) => ({ id: `${i}`, response: `response ${i}`, truth: share })),
    source: "file:1",
  },
  rewards: [Float64Array.of(3, -1), Float64Array.of(0, 2)],
  references: [1, 1],
  referencesFrom: ["global", "global"],
  z: [Float64Array.of(1, -1), Float64Array.of(-0.5, 0.5)],
  u: Float64Array.of(-1.3, -1.8),
});

test("takes the last question, the raw rewards, and truth only where every candidate has it", () => {
  const [set] = candidateScores([scored([{ a: 1, b: 0 }, { a: 0.5 }])], objective);
  expect(set).toMatchObject({ promptHash: "hash", prompt: "last", ids: ["0", "1"], references: [1, 1] });
  expect(set!.rewards.map((column) => [...column])).toEqual([
    [3, -1],
    [0, 2],
  ]);
  expect(set!.truth).toEqual([Float64Array.of(1, 0.5), undefined]);
  expect(set!.judge).toBeUndefined();
});

test("evaluation takes it, judged by truth, then by judges, then by the rewards themselves", () => {
  const sets = [scored([{ a: 1 }, { a: 0 }])];
  const options = { goal: objective.goal, temperatures: [2, 2], seed: 1, resamples: 10 };
  const judgedBy = (judged?: (Float64Array | undefined)[][]) =>
    evaluateBestOfK(candidateScores(sets, objective, judged), options).bestOfK.values.map(
      (each) => each.judgedBy,
    );
  expect(judgedBy()).toEqual(["truth", "same-rewards"]);
  expect(judgedBy([[undefined, Float64Array.of(1, -1)]])).toEqual(["truth", "judge"]);
});
