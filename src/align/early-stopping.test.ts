import { describe, expect, test } from "vitest";
import { LocalPolicy } from "../policies/index.ts";
import { createRandom } from "../stats/random.ts";
import { banditModel, letters, prompt } from "./bandit.fixture.ts";
import { bestOfK } from "./best-of-k.ts";
import {
  calibrateEarlyStopping,
  type EarlyStopping,
  earlyBestOfK,
  earlyStopping,
  replay,
  speculativeRejection,
} from "./early-stopping.ts";
import { type CandidateSource, drawInStages, never, type StagedCandidate } from "./staged-candidates.ts";

const candidate = (u: readonly number[], length: number): StagedCandidate => ({
  tokens: Array.from({ length }, () => 1),
  text: "",
  u,
  givenUp: false,
});

/** Four candidates over stages of 2, 4 and 6 tokens; the first ends at 2, the second at 4. */
const stages = [2, 4, 6];
const four = [
  candidate([-3], 2),
  candidate([-5, -2], 3),
  candidate([-9, -1, -1.5], 6),
  candidate([-4, -8, -7], 5),
];

const rule = (margins: readonly (number | null)[]): Pick<EarlyStopping, "bounds"> => ({
  bounds: margins.map((margin) => ({ intercept: 0, slope: 1, margin, remaining: 0 })),
});

describe("a rule, worked by hand", () => {
  test("what lies further below the leader than the margin is given up, whole responses never", () => {
    expect(replay(four, stages, never)).toEqual({ index: 2, u: -1.5, tokens: 16 });
    // stage 1: the leader is the whole −3; −9 lies 6 below. Stage 2: the leader is −2; −8 lies 6 below
    expect(replay(four, stages, earlyStopping(rule([6, 5])))).toEqual({ index: 2, u: -1.5, tokens: 15 });
    expect(replay(four, stages, earlyStopping(rule([5, 5])))).toEqual({ index: 1, u: -2, tokens: 11 });
    // what is not the leader goes: all but the first, at once
    expect(replay(four, stages, earlyStopping(rule([0, 0])))).toEqual({ index: 0, u: -3, tokens: 8 });
  });

  test("no margin, nothing is given up: plain best-of-k", () => {
    expect(replay(four, stages, earlyStopping(rule([null, null])))).toEqual(replay(four, stages, never));
  });

  test("the expectation follows the line of the stage", () => {
    // at the first stage −9, −5 and −4 promise −0.9, −0.5 and −0.4: the whole −3 no longer leads, and is left alone
    const learned = {
      bounds: rule([0.3, null]).bounds.map((bound, s) => (s === 0 ? { ...bound, slope: 0.1 } : bound)),
    };
    expect(replay(four, stages, earlyStopping(learned))).toEqual({ index: 1, u: -2, tokens: 12 });
  });

  test("speculative rejection keeps the better share", () => {
    // of −3, −5, −9, −4 the lower half is −5 and −9; then of −3 and −8 it is −8
    expect(replay(four, stages, speculativeRejection(0.5))).toEqual({ index: 0, u: -3, tokens: 10 });
    expect(replay(four, stages, speculativeRejection(0))).toEqual(replay(four, stages, never));
    expect(() => speculativeRejection(1)).toThrow(RangeError);
  });

  test("never drops all, whatever the utilities", () => {
    const random = createRandom(5);
    for (let round = 0; round < 200; round++) {
      const drawn = worldOf(random, 5);
      for (const giveUp of [earlyStopping(rule([0, 0, 0])), speculativeRejection(0.99)]) {
        const { index, u, tokens } = replay(drawn, long, giveUp);
        expect(u).toBe(drawn[index]!.u.at(-1));
        expect(tokens).toBeLessThanOrEqual(replay(drawn, long, never).tokens);
      }
    }
  });
});

const long = [4, 8, 12, 16];

/** Responses whose u is a random walk over the stages, and some of which end early. */
function worldOf(random: ReturnType<typeof createRandom>, k: number): StagedCandidate[] {
  return Array.from({ length: k }, () => {
    const reached = 1 + random.below(4);
    let u = random.normal();
    const walk = Array.from({ length: reached }, () => {
      u += random.normal();
      return 0.5 * u - 3;
    });
    return candidate(walk, long[reached - 1]! - random.below(4));
  });
}

describe("calibration", () => {
  test("the line is that of least squares, over what was growing", () => {
    const { bounds } = calibrateEarlyStopping([four], stages, 0);
    // (−5, −2), (−9, −1.5), (−4, −7)
    expect(bounds[0]).toEqual({
      slope: 0,
      intercept: expect.closeTo(-3.5, 12),
      remaining: expect.closeTo(14 / 3 - 2, 12),
      margin: null,
    });
    // (−1, −1.5), (−8, −7)
    expect(bounds[1]).toEqual({
      slope: expect.closeTo(5.5 / 7, 12),
      intercept: expect.closeTo(-1.5 + 5.5 / 7, 12),
      remaining: 1.5,
      margin: null,
    });
  });

  test("at new prompts the winner is given up at a share of at most δ; tokens are saved", () => {
    const random = createRandom(1);
    const many = (count: number) => Array.from({ length: count }, () => worldOf(random, 8));
    const [learnFrom, fresh] = [many(600), many(2000)];
    let before = Number.POSITIVE_INFINITY;
    for (const risk of [0.05, 0.1, 0.3]) {
      const giveUp = earlyStopping(calibrateEarlyStopping(learnFrom, long, risk));
      const lost = fresh.filter(
        (drawn) => replay(drawn, long, giveUp).u < replay(drawn, long, never).u,
      ).length;
      // three standard errors, of the fresh prompts and of the half that set the level
      const error = Math.sqrt(risk * (1 - risk) * (1 / 2000 + 1 / 300));
      expect(lost / 2000).toBeLessThan(risk + 3 * error);
      expect(lost / 2000).toBeGreaterThan(risk / 3);
      const tokens = fresh.reduce((sum, drawn) => sum + replay(drawn, long, giveUp).tokens, 0);
      expect(tokens).toBeLessThan(before);
      before = tokens;
    }
    const plain = fresh.reduce((sum, drawn) => sum + replay(drawn, long, never).tokens, 0);
    expect(before).toBeLessThan(0.9 * plain);
  });

  test("no risk, or too few prompts for it: no margin", () => {
    const random = createRandom(2);
    const drawn = Array.from({ length: 60 }, () => worldOf(random, 4));
    const margins = (count: number, risk: number) =>
      calibrateEarlyStopping(drawn.slice(0, count), long, risk).bounds.map(({ margin }) => margin);
    expect(margins(60, 0)).toEqual([null, null, null]);
    // ⌈0.9 · (P + 1)⌉ of P prompts, P = 8 and P = 4 of the half that sets the level
    expect(margins(16, 0.1)).toEqual([null, null, null]);
    expect(margins(9, 0.1)).toEqual([null, null, null]);
    expect(margins(1, 0.9)).toEqual([null, null, null]);
    expect(margins(60, 0.2).every((margin) => margin !== null && margin >= 0)).toBe(true);
    expect(() => calibrateEarlyStopping(drawn, long, 1)).toThrow(/risk/);
    expect(() => calibrateEarlyStopping([], long, 0.1)).toThrow(/at least one prompt/);
  });
});

describe("with a policy", () => {
  /** u counts letters: a is good, f is bad. */
  const source = (): CandidateSource => ({
    policy: new LocalPolicy(banditModel(4), letters, { format: "text", threads: 1 }),
    rewarder: {
      values: ["u"],
      score: async (items) => [
        Float64Array.from(items, ({ response }) =>
          [...response].reduce((sum, letter) => sum + (letter === "a" ? 1 : letter === "f" ? -1.5 : 0), 0),
        ),
      ],
    },
    utility: { name: "u", describe: "", utilities: ({ rewards }) => rewards[0]! },
  });
  const prompts = [prompt, { ...prompt, ids: [1, 2, 3] }, { ...prompt, ids: [4] }];
  const options = { k: 6, stages: [2, 5, 9], seed: 3 };

  test("what is drawn in stages is what is drawn at once", async () => {
    const from = source();
    const { policy } = from;
    const drawn = await drawInStages(from, prompts, options);
    const once = await policy.sampleTokens(
      prompts.map(({ ids }) => ids),
      { n: 6, maxNewTokens: 9, seed: 3 },
    );
    expect(drawn.map((group) => group.map(({ tokens }) => tokens))).toEqual(
      once.map((group) => group.map(({ tokens }) => tokens)),
    );
    await policy.dispose();
  });

  test("without a margin it is plain best-of-k, and the tokens are all of them", async () => {
    const from = source();
    const drawn = await drawInStages(from, prompts, options);
    const learned = calibrateEarlyStopping(drawn, options.stages, 0);
    const chosen = await earlyBestOfK(from, prompts, learned, { seed: 3 });
    for (const [p, choice] of chosen.entries()) {
      const { index } = bestOfK(drawn[p]!.map(({ u }) => u.at(-1)!));
      expect(choice).toEqual({
        index,
        text: drawn[p]![index]!.text,
        u: drawn[p]![index]!.u.at(-1),
        tokens: 54,
        plainTokens: 54,
      });
    }
    await from.policy.dispose();
  });

  test("candidates given up grow no further; the others say what they would have said", async () => {
    const from = source();
    const drawn = await drawInStages(from, prompts, options);
    const learned: EarlyStopping = {
      k: 6,
      stages: options.stages,
      risk: 0.5,
      prompts: 1,
      bounds: [
        { intercept: 0, slope: 1, margin: 1, remaining: 7 },
        { intercept: 0, slope: 1, margin: 1, remaining: 4 },
      ],
    };
    const early = await drawInStages(from, prompts, options, earlyStopping(learned));
    const chosen = await earlyBestOfK(from, prompts, learned, { seed: 3 });
    for (const [p, group] of early.entries()) {
      const replayed = replay(drawn[p]!, options.stages, earlyStopping(learned));
      expect(chosen[p]).toMatchObject(replayed);
      expect(chosen[p]!.tokens).toBeLessThan(54);
      // each stops at the limit of a stage, and here nothing else ends a response
      expect(chosen[p]!.plainTokens).toBe(54);
      for (const [i, { tokens, u, givenUp }] of group.entries()) {
        expect(tokens).toEqual(drawn[p]![i]!.tokens.slice(0, tokens.length));
        expect(u).toEqual(drawn[p]![i]!.u.slice(0, u.length));
        expect(tokens.length).toBe(options.stages[u.length - 1]);
        expect(givenUp).toBe(tokens.length < 9);
      }
    }
    expect(await earlyBestOfK(from, prompts, learned, { seed: 3 })).toEqual(chosen);
    await from.policy.dispose();
  });

  test("a response that fills the context is whole", async () => {
    const from = source();
    const [drawn] = await drawInStages(from, [prompt], { k: 2, stages: [7, 14, 20], seed: 1 });
    expect(drawn!.map(({ tokens, u }) => [tokens.length, u.length])).toEqual([
      [14, 2],
      [14, 2],
    ]);
    await from.policy.dispose();
  });

  test("stages ascend", async () => {
    const from = source();
    for (const stages of [[], [4, 4], [0, 3], [1.5]])
      await expect(drawInStages(from, prompts, { ...options, stages })).rejects.toThrow(/ascend/);
    await from.policy.dispose();
  });
});
