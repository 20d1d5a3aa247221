import { describe, expect, test } from "vitest";
import {
  compileGoal,
  parseObjectiveFile,
  sealObjective,
  standardise,
  verifyObjective,
} from "../objective/index.ts";
import { createRandom } from "../stats/random.ts";
import { auditScores } from "./audit.ts";
import { valueNames } from "./audit-recommend.ts";
import { scoreTable } from "./score-table.fixture.ts";
import type { ScoreTable } from "./score-table.ts";

const audit = (table: ScoreTable) => auditScores(table, { seed: 1, resamples: 200 });

const codes = (table: ScoreTable, v = 0) => audit(table).columns[v]!.warnings.map(({ code }) => code);

function randomTable(seed: number, scales: number[], prompts = 30, candidates = 5): ScoreTable {
  const random = createRandom(seed);
  return scoreTable(
    scales.map((_, v) => `c${v}`),
    Array.from({ length: prompts }, () =>
      scales.map((scale) => Array.from({ length: candidates }, () => scale * random.normal())),
    ),
  );
}

/** The table with one column changed. */
function change(table: ScoreTable, v: number, by: (reward: number) => number): ScoreTable {
  const groups = table.groups.map((group) => ({
    ...group,
    rewards: group.rewards.map((column, i) => (i === v ? column.map(by) : column)),
  }));
  return { ...table, groups };
}

describe("a small table worked by hand", () => {
  const result = audit(
    scoreTable(
      ["a", "b"],
      [
        [
          [0, 4],
          [3, 1],
        ],
        [
          [2, 2],
          [0, 1],
        ],
        [[7], [5]],
      ],
      [[10, 20], [5, 5], [1]],
    ),
  );
  const [a, b] = result.columns;

  test("scale and shift", () => {
    expect(a).toMatchObject({ name: "a", min: 0, max: 7, mean: 3 });
    // deviations −3, 1, −1, −1, 4
    expect(a!.std).toBeCloseTo(Math.sqrt(28 / 5), 12);
    // within: stds 2 and 0 over the two prompts with two candidates
    expect(a!.withinStd).toBeCloseTo(Math.sqrt((4 + 0) / 2), 12);
    // prompt means 2, 2, 7
    expect(a!.betweenStd).toBeCloseTo(Math.sqrt(50 / 9), 12);
    expect(a!.quantiles.find(({ q }) => q === 0.5)!.value).toBe(2);
    expect(a!.histogram.edges).toHaveLength(31);
    expect(a!.histogram.shares.reduce((x, y) => x + y)).toBeCloseTo(1, 12);
  });

  test("saturation", () => {
    expect(a!.saturation).toEqual({
      distinct: 4,
      mostCommon: { value: 2, share: 0.4 },
      atMin: 0.2,
      atMax: 0.2,
      tiedBest: 0.5,
      allEqual: 0.5,
    });
    expect(b!.saturation.mostCommon).toEqual({ value: 1, share: 0.4 });
  });

  test("length", () => {
    // prompt 1: the best is the longest; prompt 2: all tie with all
    expect(a!.length!.bestIsLongest!.value).toBe(1);
    expect(a!.length!.chance).toBe(0.5);
    expect(a!.length!.within!.value).toBe(1);
    expect(b!.length!.within!.value).toBeCloseTo(-Math.SQRT1_2, 12);
  });

  test("pairs", () => {
    const [pair] = result.pairs;
    expect(pair).toMatchObject({ a: "a", b: "b" });
    // prompt 1 reversed, prompt 2 a tie in a
    expect(pair!.kendallDistance!.value).toBe(0.75);
    expect(pair!.bestDiffers!.value).toBe(0.75);
    expect(pair!.within!.value).toBeCloseTo(-Math.SQRT1_2, 12);
  });

  test("dominance", () => {
    // sums (3, 5) and (2, 3), centred ∓1 and ∓½; a centred ∓2 and 0; b ±1 and ∓½
    const [first, second] = result.sum.dominance;
    expect(first!.varianceShare.value).toBeCloseTo(4 / 2.5, 12);
    expect(second!.varianceShare.value).toBeCloseTo((-2 + 0.5) / 2.5, 12);
    expect(result.sum.dominant).toBe("a");
    expect(first!.agreement.value).toBe((1 + 0.5) / 2);
    expect(second!.agreement.value).toBe((0 + 1) / 2);
  });

  test("counts", () => {
    expect(result.rows).toEqual({ read: 5, kept: 5, bad: [] });
    expect(result.prompts).toEqual({
      total: 3,
      single: 1,
      ranked: 2,
      candidates: { fewest: 1, most: 2, mean: 5 / 3 },
    });
  });
});

describe("the sum against LSC AND", () => {
  test("brute force over prompts", () => {
    const table = randomTable(3, [1, 10]);
    const { sum, recommendation } = audit(table);
    const { values } = recommendation.objective;
    let differ = 0;
    let meanZ = 0;
    for (const { rewards, promptHash } of table.groups) {
      const z = Object.values(values).map(({ reference, temperature }, v) =>
        rewards[v]!.map((r) => standardise(r, reference.prompts![promptHash]!, temperature)),
      );
      const u = compileGoal("a and b").logProb(z);
      const best = (x: Float64Array) => x.indexOf(Math.max(...x));
      const bySum = best(rewards[0]!.map((r, c) => r + rewards[1]![c]!));
      differ += best(u) === bySum ? 0 : 1;
      meanZ += z[0]![bySum]!;
    }
    expect(differ).toBeGreaterThan(0);
    expect(sum.picksDiffer!.value).toBeCloseTo(differ / 30, 12);
    expect(sum.picks[0]!.sum.meanZ.value).toBeCloseTo(meanZ / 30, 10);
    expect(sum.dominant).toBe("c1");
    expect(sum.dominance.reduce((all, { varianceShare }) => all + varianceShare.value, 0)).toBeCloseTo(1, 12);
    expect(sum.examples.length).toBe(Math.min(10, differ));
    const lost = sum.examples.map((example) => example.lsc.u - example.sum.u);
    expect(lost).toEqual([...lost].sort((x, y) => y - x));
    expect(lost.every((each) => each > 0)).toBe(true);
  });

  test("a shift of a column changes no pick", () => {
    const table = randomTable(5, [1, 1]);
    const [before, after] = [audit(table), audit(change(table, 0, (r) => r + 64))];
    expect(after.sum.picksDiffer!.value).toBe(before.sum.picksDiffer!.value);
    expect(after.sum.examples.map(({ lsc, sum }) => [lsc.line, sum.line])).toEqual(
      before.sum.examples.map(({ lsc, sum }) => [lsc.line, sum.line]),
    );
    expect(after.pairs[0]!.kendallDistance!.value).toBe(before.pairs[0]!.kendallDistance!.value);
  });

  test("a change of scale moves the sum but not LSC, whose T follows", () => {
    const table = randomTable(5, [1, 1]);
    const [before, after] = [audit(table), audit(change(table, 0, (r) => 64 * r))];
    expect(after.sum.picks[0]!.lsc.meanZ.value).toBeCloseTo(before.sum.picks[0]!.lsc.meanZ.value, 12);
    expect(after.sum.picks[1]!.lsc.meanZ.value).toBeCloseTo(before.sum.picks[1]!.lsc.meanZ.value, 12);
    expect(after.sum.picks[1]!.sum.meanZ.value).not.toBeCloseTo(before.sum.picks[1]!.sum.meanZ.value, 2);
    expect(after.sum.dominance[0]!.agreement.value).toBeGreaterThan(0.95);
  });

  test("the order of prompts and candidates does not matter", () => {
    const table = randomTable(7, [1, 3]);
    const random = createRandom(1);
    const turned = {
      ...table,
      groups: random.shuffle(table.groups).map((group) => {
        const order = random.shuffle([...group.lines.keys()]);
        return {
          ...group,
          lines: order.map((c) => group.lines[c]!),
          rewards: group.rewards.map((column) => Float64Array.from(order, (c) => column[c]!)),
        };
      }),
    };
    const points = ({ sum, pairs, columns }: ReturnType<typeof audit>) => [
      sum.picksDiffer!.value,
      ...sum.dominance.flatMap(({ varianceShare, agreement }) => [varianceShare.value, agreement.value]),
      ...sum.picks.flatMap(({ base, sum, lsc }) => [base, sum, lsc].map(({ meanZ }) => meanZ.value)),
      pairs[0]!.overall!.value,
      pairs[0]!.within!.value,
      pairs[0]!.bestDiffers!.value,
      ...columns.flatMap(({ mean, std, withinStd, betweenStd }) => [mean, std, withinStd, betweenStd]),
    ];
    points(audit(table)).forEach((value, i) => {
      expect(points(audit(turned))[i]).toBeCloseTo(value, 10);
    });
  });

  test("one column alone: LSC can't change a choice, and it is said", () => {
    const { sum, pairs, notes } = audit(randomTable(2, [3]));
    expect(sum.picksDiffer!.value).toBe(0);
    expect(pairs).toEqual([]);
    expect(notes.join(" ")).toMatch(/can't change a choice/);
  });
});

describe("degenerate tables", () => {
  const finite = (value: unknown) => {
    JSON.stringify(value, (_, each) => {
      if (typeof each === "number") expect(Number.isFinite(each)).toBe(true);
      return each;
    });
  };

  test("one candidate at every prompt: scale is told, ranking is null", () => {
    const result = audit(
      scoreTable(
        ["a", "b"],
        [
          [[1], [2]],
          [[3], [1]],
        ],
        [[4], [5]],
      ),
    );
    expect(result.sum).toEqual({
      picksDiffer: null,
      prompts: 0,
      dominance: [],
      dominant: null,
      picks: [],
      aboveInAll: null,
      examples: [],
    });
    expect(result.pairs[0]).toMatchObject({ within: null, kendallDistance: null, bestDiffers: null });
    expect(result.columns[0]!.length).toMatchObject({ within: null, bestIsLongest: null, chance: null });
    expect(result.recommendation.objective.values.a!.temperature).toBe(1);
    expect(result.notes[0]).toMatch(/No prompt has two candidates/);
    finite(result);
  });

  test("all candidates equal", () => {
    const result = audit(
      scoreTable(
        ["a", "b"],
        [
          [
            [1, 1, 1],
            [2, 2, 2],
          ],
        ],
        [[4, 4, 4]],
      ),
    );
    expect(result.columns[0]).toMatchObject({ std: 0, histogram: { edges: [0.5, 1.5], shares: [1] } });
    expect(result.columns[0]!.warnings.map(({ code }) => code)).toEqual(["constant"]);
    expect(result.sum.picksDiffer!.value).toBe(0);
    expect(result.sum.dominant).toBeNull();
    expect(result.sum.dominance[0]!.varianceShare).toEqual({ value: 0, ci95: [0, 0] });
    expect(result.pairs[0]).toMatchObject({ overall: null, within: null });
    expect(result.recommendation.objective.values.a!.temperature).toBe(1);
    finite(result);
  });

  test("one prompt, one row", () => {
    finite(audit(scoreTable(["a"], [[[1]]])));
  });

  test("rewards at the edge of what is allowed", () => {
    finite(
      audit(
        scoreTable(
          ["a", "b"],
          [
            [
              [1e100, -1e100, 0, 1],
              [1e-100, 0, 1, 2],
            ],
          ],
        ),
      ),
    );
  });
});

describe("warnings", () => {
  const one = (rewards: number[][]) =>
    scoreTable(
      ["a"],
      rewards.map((each) => [each]),
    );
  const normal = (shift: number, scale: number) => {
    const random = createRandom(1);
    return Array.from({ length: 40 }, () => Array.from({ length: 5 }, () => shift + scale * random.normal()));
  };

  test("none for a plain column", () => {
    expect(codes(one(normal(0, 1)))).toEqual([]);
  });

  test("squashed into 0…1", () => {
    expect(codes(one(normal(0, 1).map((row) => row.map((r) => 1 / (1 + Math.exp(-r))))))).toEqual([
      "squashed",
    ]);
  });

  test("off centre by tens", () => {
    expect(codes(one(normal(60, 5)))).toEqual(["off-centre"]);
    expect(codes(one(normal(12, 20)))).toEqual([]);
  });

  test("few levels and ties", () => {
    expect(codes(one(normal(0, 1).map((row) => row.map(Math.round))))).toEqual(["few-levels", "ties"]);
  });

  test("clipped at a bound", () => {
    expect(codes(one(normal(0, 1).map((row) => row.map((r) => Math.min(r, 0.8)))))).toEqual([
      "piled-at-bound",
      "ties",
    ]);
  });

  test("prompts that differ more than their candidates", () => {
    expect(codes(one(normal(0, 1).map((row, i) => row.map((r) => r + (i % 2) * 9))))).toEqual([
      "between-prompt",
    ]);
  });

  test("length", () => {
    const rewards = normal(0, 1);
    const lengths = rewards.map((row) => row.map((r) => Math.round(100 + 10 * r)));
    const table = (sign: number) =>
      scoreTable(
        ["a"],
        rewards.map((row) => [row.map((r) => sign * r)]),
        lengths,
      );
    expect(codes(table(1))).toEqual(["long-is-good"]);
    expect(codes(table(-1))).toEqual(["short-is-good"]);
  });
});

describe("the recommended objective", () => {
  test("is a valid file once sealed", async () => {
    const { objective } = audit(randomTable(1, [1, 5])).recommendation;
    const file = await sealObjective(objective);
    expect(parseObjectiveFile(JSON.parse(JSON.stringify(file)))).toEqual(file);
    await verifyObjective(file);
    expect(file.goal).toBe("c0 and c1");
    expect(file.values.c0!.model).toEqual({ kind: "column", name: "c0" });
  });

  test("T makes the within-prompt spread of z one", () => {
    const table = randomTable(1, [7]);
    const { temperature } = audit(table).recommendation.objective.values.c0!;
    let squares = 0;
    for (const { rewards } of table.groups) {
      const z = [...rewards[0]!].map((r) => r / temperature);
      const mean = z.reduce((a, b) => a + b) / z.length;
      squares += z.reduce((sum, each) => sum + (each - mean) ** 2, 0) / z.length;
    }
    expect(squares / table.groups.length).toBeCloseTo(1, 10);
  });

  test("prompts with fewer than 4 candidates get the global reference", () => {
    const table = scoreTable(["a"], [[[0, 1, 2, 3]], [[10, 20, 30]]]);
    const { objective, references, referenceRule } = audit(table).recommendation;
    const { reference } = objective.values.a!;
    // type-7 quantiles at 0.85: place 0.85·3 among 0…3, and 0.85·6 among all seven
    expect(Object.values(reference.prompts!)).toEqual([2.55]);
    expect(reference.global).toBeCloseTo(20 + 0.1 * 10, 10);
    expect(reference.otherwise).toBe("global");
    expect(references).toEqual({ prompts: 2, perPrompt: 1, fellBackToGlobal: 1 });
    expect(referenceRule).toMatch(/1 prompts have their own, 1 have the global one/);
  });

  test("names that a goal can't hold are changed, and stay apart", () => {
    expect(valueNames(["helpful", "safe score", "safe_score", "and", "", "2nd", "rm.score"])).toEqual([
      "helpful",
      "safe_score",
      "safe_score_3",
      "value_and",
      "value_5",
      "value_2nd",
      "rm_score",
    ]);
    const names = valueNames(["helpful", "not", "at", "of", "or", "exactly"]);
    expect(compileGoal(names.join(" and ")).values).toEqual(names);
  });
});
