import { describe, expect, test } from "vitest";
import { assistant, candidates, faultOf, pairs, system, user } from "./readers.fixture.ts";

describe("UltraFeedback", () => {
  const completion = (model: string, response: string, helpful: string, honest: string) => ({
    model,
    response,
    annotations: { helpfulness: { Rating: helpful, Type: "x" }, honesty: [{ Rating: honest }] },
  });
  const row = {
    source: "s",
    instruction: "Q",
    completions: [
      completion("m1", "A", "5", "2"),
      completion("m2", "B", "3", "2"),
      completion("m3", "C", "N/A", "4"),
    ],
  };

  test("each two completions with differing ratings make a pair, aspect by aspect", () => {
    expect(pairs(row)).toEqual({
      format: "ultrafeedback",
      pairs: [
        { prompt: [user("Q")], chosen: "A", rejected: "B", value: "helpfulness" },
        { leftOut: "a tie", value: "honesty" },
        { prompt: [user("Q")], chosen: "C", rejected: "A", value: "honesty" },
        { prompt: [user("Q")], chosen: "C", rejected: "B", value: "honesty" },
      ],
    });
  });

  test("as candidates, ratings 1…5 become 0…1", () => {
    expect(candidates(row).set.candidates).toEqual([
      { id: "m1", response: "A", truth: { helpfulness: 1, honesty: 0.25 } },
      { id: "m2", response: "B", truth: { helpfulness: 0.5, honesty: 0.25 } },
      { id: "m3", response: "C", truth: { honesty: 0.75 } },
    ]);
  });

  test("a completion without ratings is a bad row", () => {
    const bad = { ...row, completions: [{ response: "A", annotations: { helpfulness: {} } }] };
    expect(faultOf(bad, row)).toMatchObject({ field: "completions.0.annotations.helpfulness" });
  });

  test("binarized: scores are no margins, but tell ties", () => {
    const chosen = [user("Q"), assistant("A")];
    const rejected = [user("Q"), assistant("B")];
    const scores = { score_chosen: 8, score_rejected: 4 };
    const binarized = { prompt: "Q", prompt_id: "h", chosen, rejected, messages: chosen, ...scores };
    expect(pairs(binarized)).toEqual({
      format: "ultrafeedback-binarized",
      pairs: [{ id: "h", prompt: [user("Q")], chosen: "A", rejected: "B" }],
    });
    expect(pairs({ ...binarized, score_rejected: 8 }).pairs).toEqual([
      { leftOut: "a tie: the two scores are equal" },
    ]);
  });
});

describe("HelpSteer", () => {
  const rated = {
    prompt: "Q",
    response: "A",
    helpfulness: 4,
    correctness: 4,
    coherence: 2,
    complexity: 0,
    verbosity: "1",
  };

  test("ratings 0…4 become 0…1", () => {
    const truth = { helpfulness: 1, correctness: 1, coherence: 0.5, complexity: 0, verbosity: 0.25 };
    expect(candidates(rated)).toEqual({
      format: "helpsteer",
      set: { prompt: [user("Q")], candidates: [{ response: "A", truth }] },
    });
    expect(faultOf({ ...rated, coherence: 5 }, rated)).toMatchObject({ field: "coherence", found: "5" });
  });

  test("HelpSteer2 preference: negative prefers the first, zero is a tie", () => {
    const row = { prompt: "Q", response_1: "A", response_2: "B", preference_strength: -2 };
    expect(pairs(row)).toEqual({
      format: "helpsteer-preference",
      pairs: [{ prompt: [user("Q")], chosen: "A", rejected: "B" }],
    });
    expect(pairs({ ...row, preference_strength: 1 }).pairs).toMatchObject([{ chosen: "B" }]);
    expect(pairs({ ...row, preference_strength: 0 }).pairs).toEqual([{ leftOut: "a tie" }]);
    expect(faultOf({ ...row, preference_strength: -100 }, row)).toMatchObject({
      field: "preference_strength",
    });
  });

  test("HelpSteer3: context as messages, or a prompt", () => {
    const context = [user("Q"), assistant("A"), user("R")];
    const judged = { response1: "A", response2: "B", overall_preference: 3 };
    expect(pairs({ context, ...judged }).pairs).toEqual([{ prompt: context, chosen: "B", rejected: "A" }]);
    expect(pairs({ prompt: "Q", ...judged }).pairs).toEqual([
      { prompt: [user("Q")], chosen: "B", rejected: "A" },
    ]);
  });
});

describe("FineGrained-RLHF", () => {
  const value = "factual";
  const row = {
    question: "Q",
    passages: [["Title", "One.", "Two."], ["Other"]],
    gold: "G",
    "prediction 1": "A",
    "prediction 2": "B",
    "prediction 3": "C",
    "prediction 4": "D",
    preference: [1, 2, 0, 1, 2, 0],
  };
  const prompt = [system("Title\nOne.\nTwo.\n\nOther"), user("Q")];

  test("six comparisons, the passages in the prompt", () => {
    expect(pairs(row)).toEqual({
      format: "finegrained-rlhf",
      pairs: [
        { prompt, chosen: "A", rejected: "B", value },
        { prompt, chosen: "C", rejected: "A", value },
        { leftOut: "a tie", value },
        { prompt, chosen: "B", rejected: "C", value },
        { prompt, chosen: "D", rejected: "B", value },
        { leftOut: "a tie", value },
      ],
    });
  });

  test("as candidates, the truth is the share of comparisons won, ties half", () => {
    const { set } = candidates(row);
    expect(set.prompt).toEqual(prompt);
    const shares = set.candidates.map(({ truth }: { truth: { factual: number } }) => truth.factual);
    [1.5, 1, 1.5, 2].forEach((won, i) => {
      expect(shares[i]).toBeCloseTo(won / 3, 12);
    });
    expect(set.candidates[3]).toMatchObject({ id: "prediction 4", response: "D" });
  });

  test("without passages the prompt is the question alone", () => {
    expect(candidates({ ...row, passages: [] }).set.prompt).toEqual([user("Q")]);
  });

  test("bad rows", () => {
    expect(faultOf({ ...row, preference: [1, 2] }, row)).toMatchObject({ field: "preference" });
    const three = { ...row, preference: [1, 2, 3, 1, 2, 0] };
    expect(faultOf(three, row)).toMatchObject({ field: "preference.2", found: "3" });
  });
});

describe("styles", () => {
  const responses = { academy: "A", business: "B", entertainment: "E", literature: "L", normal: "N" };
  const row = { query: "Q", responses };

  test("literature and entertainment over the other three: six pairs", () => {
    const found = pairs(row);
    expect(found.format).toBe("styles");
    const decided = found.pairs.filter((pair: object) => !("leftOut" in pair));
    const sides = decided.map((pair: { chosen: string; rejected: string }) => pair.chosen + pair.rejected);
    expect(sides.sort()).toEqual(["EA", "EB", "EN", "LA", "LB", "LN"]);
    expect(decided[0]).toMatchObject({ prompt: [user("Q")], value: "creative" });
  });

  test("as candidates, truth.creative is 1 or 0", () => {
    const { set } = candidates(row);
    expect(set.candidates).toContainEqual({ id: "literature", response: "L", truth: { creative: 1 } });
    expect(set.candidates).toContainEqual({ id: "normal", response: "N", truth: { creative: 0 } });
  });

  test("a missing style is a bad row", () => {
    expect(faultOf({ query: "Q", responses: { academy: "A" } }, row)).toMatchObject({ field: "responses" });
  });
});

describe("candidates", () => {
  test("a list of texts", () => {
    expect(candidates({ prompt: "Q", responses: ["A", "B"] })).toEqual({
      format: "candidates",
      set: { prompt: [user("Q")], candidates: [{ response: "A" }, { response: "B" }] },
    });
  });

  test("a list of objects, also as JSON text", () => {
    const first = { id: "1", response: "A", rewards: { helpful: 1.5 }, truth: { helpful: 1 } };
    const list = [{ ...first, id: 1 }, "B"];
    const expected = [first, { response: "B" }];
    expect(candidates({ prompt: "Q", candidates: list }).set.candidates).toEqual(expected);
    const asText = { prompt: "Q", candidates: JSON.stringify(list) };
    expect(candidates(asText).set.candidates).toEqual(expected);
  });

  test("one response a row: number columns are rewards, ids, counts and words are not", () => {
    const numbers = { helpful: 2, harmless: "-1.5", "truth.helpful": "1", row: 7, prompt_id: 3, note: "n" };
    expect(candidates({ prompt: [user("Q")], response: "A", id: "x", ...numbers, none: null })).toEqual({
      format: "candidate-rows",
      set: {
        prompt: [user("Q")],
        candidates: [
          { id: "x", response: "A", rewards: { helpful: 2, harmless: -1.5 }, truth: { helpful: 1 } },
        ],
      },
    });
    const objects = { prompt: "Q", response: "A", rewards: { a: 1 }, truth: '{"a":0}', "rewards.b": 2 };
    expect(candidates(objects).set.candidates).toEqual([
      { response: "A", rewards: { a: 1, b: 2 }, truth: { a: 0 } },
    ]);
  });

  test("bad rows", () => {
    const like = { prompt: "Q", response: "A" };
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, "NaN", "-inf", " Infinity "]) {
      expect(faultOf({ ...like, helpful: bad }, like)).toMatchObject({ field: "helpful" });
    }
    expect(faultOf({ ...like, "truth.a": 2 }, like)).toMatchObject({ field: "truth.a", found: "2" });
    expect(faultOf({ ...like, truth: { a: -1 } }, like)).toMatchObject({ field: "truth.a" });
    const list = { prompt: "Q", responses: ["A"] };
    expect(faultOf({ prompt: "Q", responses: [] }, list)).toMatchObject({ field: "responses" });
    const three = { prompt: "Q", responses: ["A", 3] };
    expect(faultOf(three, list)).toMatchObject({ field: "responses.1", found: "3" });
    const rewards = { response: "A", rewards: { a: Number.NaN } };
    expect(faultOf({ prompt: "Q", responses: [rewards] }, list)).toMatchObject({
      field: "responses.0.rewards.a",
    });
  });
});
