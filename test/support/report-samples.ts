/**
 * Inputs for the reports: best-of-k over simulated candidates, run through the real evaluation, and hand-made results of
 * reward models and an audit.
 * @module
 */
import type { Audit, ColumnAudit } from "../../src/evaluate/audit-types.ts";
import { evaluateBestOfK } from "../../src/evaluate/evaluate.ts";
import type { CandidateScores } from "../../src/evaluate/scored-set.ts";
import {
  compileGoal,
  OBJECTIVE_FORMAT,
  type ObjectiveFile,
  quantileReference,
  sigmoid,
} from "../../src/objective/index.ts";
import type {
  AuditReportInput,
  BestOfKReportInput,
  Crossing,
  ExamplePick,
  RewardEvaluation,
  RewardReportInput,
} from "../../src/report/index.ts";
import { createRandom } from "../../src/stats/random.ts";

export type SampleOptions = {
  values?: readonly string[];
  prompts?: number;
  /** Puts this text wherever text of data can stand. */
  text?: (plain: string) => string;
  resamples?: number;
  judge?: "truth" | "same-rewards";
};

/** The values conflict, the rewards are noisy, and the first value has the larger scale, as real ones do. */
export function bestOfKSample({
  values = ["helpful", "harmless"],
  prompts = 150,
  text = (plain) => plain,
  resamples = 200,
  judge = "truth",
}: SampleOptions = {}): BestOfKReportInput {
  const goal = compileGoal(values.join(" and "));
  const names = goal.values;
  const temperatures = names.map((_, v) => 1 + 0.5 * v);
  const sets = candidateSets(names, prompts, text, judge);
  const evaluation = evaluateBestOfK(sets, { goal, temperatures, seed: 7, resamples, gammas: [0.5] });
  const z = (set: CandidateScores, v: number, c: number) =>
    (set.rewards[v]![c]! - (set.references[v] as number)) / temperatures[v]!;
  const u = (set: CandidateScores, c: number) =>
    goal.logProb(names.map((_, v) => Float64Array.of(z(set, v, c))))[0]!;
  const sum = (set: CandidateScores, c: number) =>
    names.reduce((total, _, v) => total + set.rewards[v]![c]! / names.length, 0);
  const best = (set: CandidateScores, score: (set: CandidateScores, c: number) => number) =>
    set.ids.reduce((top, _, c) => (score(set, c) > score(set, top) ? c : top), 0);
  const pick = (set: CandidateScores, method: string, c: number): ExamplePick => ({
    method,
    candidateId: set.ids[c]!,
    response: set.responses[c]!,
    u: u(set, c),
    binding: names.reduce(
      (low, name, v) => (z(set, v, c) < z(set, names.indexOf(low), c) ? name : low),
      names[0]!,
    ),
    values: Object.fromEntries(
      names.map((name, v) => [name, { r: set.rewards[v]![c]!, z: z(set, v, c), p: sigmoid(z(set, v, c)) }]),
    ),
  });
  return {
    evaluation,
    objective: objectiveSample(names, sets, temperatures),
    rewards: rewardModels(names, text),
    crossing: crossingSample(names),
    examples: sets.map((set) => ({
      promptHash: set.promptHash,
      prompt: set.prompt,
      picks: [
        pick(set, evaluation.bestOfK.baseMethod, 0),
        pick(set, evaluation.bestOfK.goalMethod, best(set, u)),
        pick(set, evaluation.bestOfK.equalSumMethod, best(set, sum)),
      ],
    })),
    candidates: sets.flatMap((set) =>
      set.ids.map((_, c) => {
        const byGoal = best(set, u) === c;
        const bySum = best(set, sum) === c;
        const pickedBy = byGoal && bySum ? "both" : byGoal ? "goal" : bySum ? "sum" : "neither";
        return { u: u(set, c), sum: sum(set, c), pickedBy } as const;
      }),
    ),
    made: text("allgood 0.1.0, seed 7"),
  };
}

function candidateSets(
  values: readonly string[],
  prompts: number,
  text: (plain: string) => string,
  judge: "truth" | "same-rewards",
): CandidateScores[] {
  const random = createRandom(11);
  return Array.from({ length: prompts }, (_, i) => {
    const k = 4;
    const difficulty = 0.8 * random.normal();
    const truth = values.map(() => new Float64Array(k));
    const rewards = values.map(() => new Float64Array(k));
    const responses: string[] = [];
    for (let c = 0; c < k; c++) {
      // one trait moves the first and the second value in opposite directions
      const trait = random.normal();
      const length = 1 + random.below(6);
      values.forEach((_, v) => {
        const quality = (v === 1 ? -0.9 : 0.9) * trait + random.normal() + difficulty;
        truth[v]![c] = sigmoid(2 * quality);
        rewards[v]![c] = (v === 0 ? 2.5 : 1) * (quality + 0.7 * random.normal() + 0.1 * length) + 3 * v;
      });
      const list = length > 4 ? "\n- first, weigh it\n- then, stir it" : "";
      responses.push(
        text(
          `Answer ${c + 1} to question ${i + 1}. ${"It takes a little time and some care. ".repeat(length)}${list}`,
        ),
      );
    }
    return {
      promptHash: `hash-${i}`,
      prompt: text(
        `Question ${i + 1}: how do I keep bread fresh when it is ${10 + random.below(25)} degrees outside?`,
      ),
      ids: responses.map((_, c) => `${i}.${c}`),
      responses,
      rewards,
      references: rewards.map((column) => quantileReference([...column], 0.85)),
      ...(judge === "truth" && { truth }),
    };
  });
}

function objectiveSample(
  values: readonly string[],
  sets: readonly CandidateScores[],
  temperatures: number[],
): ObjectiveFile {
  return {
    format: OBJECTIVE_FORMAT,
    goal: values.join(" and "),
    values: Object.fromEntries(
      values.map((name, v) => [
        name,
        {
          model: { kind: "column" as const, name },
          temperature: temperatures[v]!,
          reference: {
            kind: "quantile" as const,
            q: 0.85,
            prompts: Object.fromEntries(sets.map((set) => [set.promptHash, set.references[v]!])),
            estimator: {
              features: "sample/1",
              intercept: 0.1,
              weights: Array.from({ length: 64 }, (_, i) => i / 64),
              coverage: { value: 0.85 - 0.03 * v, ci95: [0.82 - 0.03 * v, 0.88 - 0.03 * v], prompts: 300 },
            },
            otherwise: "estimator" as const,
          },
        },
      ]),
    ),
    hash: "ab".repeat(32),
  };
}

function rewardModels(values: readonly string[], text: (plain: string) => string): RewardEvaluation[] {
  const bins = Array.from({ length: 10 }, (_, i) => 0.52 + i / 21);
  return values.map((value, v) => ({
    model: text(`runs/rewards/${value}`),
    value: text(value),
    heldOut: { pairs: 1240 - 100 * v, accuracy: 0.66 - 0.02 * v, ci95: [0.634 - 0.02 * v, 0.687 - 0.02 * v] },
    lengthBaseline: { accuracy: 0.56 + 0.02 * v, ci95: [0.53 + 0.02 * v, 0.59 + 0.02 * v] },
    lengthStrata: [
      { label: text("preferred is shorter"), pairs: 420, accuracy: 0.52, ci95: [0.47, 0.57] },
      { label: text("about as long"), pairs: 300, accuracy: 0.63, ci95: [0.58, 0.69] },
      { label: text("preferred is longer"), pairs: 520, accuracy: 0.78, ci95: [0.74, 0.82] },
    ],
    calibration: {
      temperature: 1.62,
      eceBefore: 0.084,
      eceAfter: 0.021,
      before: bins.map((predicted) => ({ predicted, observed: 0.5 + 0.62 * (predicted - 0.5), count: 124 })),
      after: bins
        .slice(2, 8)
        .map((predicted) => ({ predicted, observed: predicted + 0.015 * (v - 0.5), count: 206 })),
    },
    facts: { "training pairs": 9800, [text("data")]: text("helpful-base.jsonl.gz"), seed: 1 },
  }));
}

function crossingSample(values: readonly string[]): Crossing[] {
  return values.flatMap((model, m) =>
    values.map((pairsOf, p) => {
      const accuracy = m === p ? 0.66 - 0.02 * m : m + p === 1 ? 0.41 : 0.52;
      return {
        model,
        pairsOf,
        pairs: 1100,
        accuracy,
        ci95: [accuracy - 0.03, accuracy + 0.03] as [number, number],
      };
    }),
  );
}

export function rewardSample({
  values = ["helpful", "harmless"],
  text = (plain) => plain,
}: SampleOptions = {}): RewardReportInput {
  return {
    models: rewardModels(values, text),
    crossing: crossingSample(values.map(text)),
    coverage: values.map((value, v) => ({
      value: text(value),
      q: 0.85,
      coverage: { value: 0.84 - 0.05 * v, ci95: [0.81 - 0.05 * v, 0.87 - 0.05 * v], prompts: 240 },
    })),
    benchmark: ["Chat", "Chat Hard", "Safety"].map((section, i) => ({
      model: text("runs/rewards/helpful"),
      section: text(section),
      subset: text(`subset ${i + 1}`),
      pairs: 200,
      accuracy: 0.8 - 0.15 * i,
      ci95: [0.74 - 0.15 * i, 0.85 - 0.15 * i],
    })),
    made: text("allgood 0.1.0, seed 1"),
  };
}

const near = (value: number, half = 0.04) => ({
  value,
  ci95: [value - half, value + half] as [number, number],
});

export function auditSample({
  values = ["helpful", "harmless"],
  text = (plain) => plain,
}: SampleOptions = {}): AuditReportInput {
  const names = values.map(text);
  const level = (z: number) => ({ meanZ: near(z), aboveReference: near(0.5 + z / 4) });
  const audit: Audit = {
    rows: {
      read: 2431,
      kept: 2400,
      bad: [{ reason: text(`${values[0]}: empty`), count: 31, firstLine: 17 }],
    },
    prompts: { total: 610, single: 10, ranked: 600, candidates: { fewest: 1, most: 4, mean: 3.9 } },
    columns: names.map((name, v) => columnSample(name, v, text)),
    pairs: names.flatMap((a, i) =>
      names.slice(i + 1).map((b) => ({
        a,
        b,
        overall: near(-0.12),
        within: near(-0.34 + 0.2 * i),
        kendallDistance: near(0.6),
        bestDiffers: near(0.81),
      })),
    ),
    sum: {
      picksDiffer: near(0.37),
      prompts: 600,
      dominance: names.map((column, v) => ({
        column,
        varianceShare: near(v === 0 ? 0.83 : 0.17 / Math.max(1, names.length - 1)),
        agreement: near(v === 0 ? 0.88 : 0.31),
      })),
      dominant: names[0]!,
      picks: names.map((column, v) => ({
        column,
        base: level(-0.9),
        sum: level(v === 0 ? 0.6 : -0.8),
        lsc: level(0.1),
      })),
      aboveInAll: { base: near(0.06, 0.02), sum: near(0.14), lsc: near(0.27), difference: near(0.13) },
      examples: Array.from({ length: 10 }, (_, i) => ({
        prompt: text(`Question ${i + 1}: which knife for bread?`),
        sum: pickedSample(names, 4 * i + 1, text, -6 + i / 4),
        lsc: pickedSample(names, 4 * i + 3, text, -1.1),
      })),
    },
    recommendation: {
      objective: {
        format: OBJECTIVE_FORMAT,
        goal: text(values.join(" and ")),
        values: Object.fromEntries(
          names.map((name) => [
            name,
            {
              model: { kind: "column" as const, name },
              temperature: 1.4,
              reference: { kind: "quantile" as const, q: 0.85, global: 0.7, otherwise: "global" as const },
            },
          ]),
        ),
      },
      temperatureRule: "T is the within-prompt standard deviation: a scale, not a calibration.",
      referenceRule: "The 0.85 quantile of the responses to each prompt.",
      references: { prompts: 610, perPrompt: 600, fellBackToGlobal: 10 },
    },
    resamples: 1000,
    seed: 7,
    notes: [
      text("One column makes 83 % of the sum's variance."),
      text("Rewards of the two columns pull apart."),
    ],
  };
  return { audit, files: [text("scores.csv")], made: text("allgood 0.1.0") };
}

function pickedSample(names: readonly string[], line: number, text: (plain: string) => string, u: number) {
  return {
    line,
    response: text("A serrated one, drawn and not pressed."),
    rewards: Object.fromEntries(names.map((name, v) => [name, 3.2 - v])),
    z: Object.fromEntries(names.map((name, v) => [name, 1.2 - 2 * v])),
    u,
  };
}

function columnSample(name: string, v: number, text: (plain: string) => string): ColumnAudit {
  const scale = v === 0 ? 4 : 0.2;
  const edges = Array.from({ length: 31 }, (_, i) => scale * (i / 5 - 3) + v);
  const mass = edges.slice(1).map((_, i) => Math.exp(-(((i - 14.5) / 6) ** 2)));
  const total = mass.reduce((sum, each) => sum + each, 0);
  return {
    name,
    mean: v,
    std: scale,
    min: edges[0]!,
    max: edges[30]!,
    quantiles: [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99].map((q) => ({
      q,
      value: v + scale * 4 * (q - 0.5),
    })),
    histogram: { edges, shares: mass.map((each) => each / total) },
    withinStd: scale * 0.8,
    betweenStd: scale * 0.6,
    saturation: {
      distinct: 1873,
      mostCommon: { value: v, share: 0.01 },
      atMin: 0.001,
      atMax: 0.02,
      tiedBest: 0.01,
      allEqual: 0,
    },
    length: { overall: near(0.2), within: near(0.25 - 0.24 * v), bestIsLongest: near(0.4), chance: 0.25 },
    warnings:
      v === 0
        ? [{ code: "long-is-good", text: text("Longer responses get higher rewards within a prompt.") }]
        : [],
  };
}
