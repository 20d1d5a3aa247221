import { describe, expect, test } from "vitest";
import { InputError } from "../io/errors.ts";
import { compileGoal } from "../objective/index.ts";
import { candidateScores } from "./candidates.fixture.ts";
import { evaluateBestOfK } from "./evaluate.ts";
import { DEFAULT_PATTERNS } from "./probe-patterns.ts";
import { compilePattern } from "./probes.ts";
import type { CandidateScores } from "./scored-set.ts";

function probesOf(sets: CandidateScores[], patterns = DEFAULT_PATTERNS) {
  const { probes } = evaluateBestOfK(sets, {
    goal: compileGoal("a"),
    temperatures: [1],
    seed: 1,
    resamples: 300,
    patterns,
  });
  expect(probes.map(({ method }) => method)).toEqual(["LSC goal", "raw sum, equal weights"]);
  return new Map(probes[0]!.probes.map((probe) => [probe.name, probe]));
}

const prompts = (responses: string[], rewards: number[], count = 40) =>
  Array.from({ length: count }, (_, i) => candidateScores([rewards], { promptHash: String(i), responses }));

describe("length", () => {
  const found = probesOf(prompts(["aa bb cc dd", "a b"], [1, 0]));

  test("chosen against base, as difference and ratio", () => {
    const characters = found.get("length in characters")!;
    expect(characters).toMatchObject({ unit: "mean", counts: "characters", verdict: "higher" });
    expect(characters.chosen.value).toBe(11);
    expect(characters.base.value).toBe(7);
    expect(characters.difference.value).toBe(4);
    expect(characters.ratio!.value).toBeCloseTo(11 / 7, 12);
    expect(found.get("length in words")!.ratio!.value).toBeCloseTo(4 / 3, 12);
  });

  test("shorter is lower", () => {
    expect(probesOf(prompts(["aa bb cc dd", "a b"], [0, 1])).get("length in words")!.verdict).toBe("lower");
  });
});

test("no difference, or one that changes sign, is no clear change", () => {
  expect(probesOf(prompts(["same", "size"], [1, 0])).get("length in characters")!.verdict).toBe(
    "no clear change",
  );
  const mixed = [...prompts(["longer", "s"], [1, 0], 20), ...prompts(["longer", "s"], [0, 1], 20)];
  const probe = probesOf(mixed).get("length in characters")!;
  expect(probe.difference.value).toBe(0);
  expect(probe.difference.ci95[0]).toBeLessThan(0);
  expect(probe.verdict).toBe("no clear change");
});

test("a share that the base lacks has no ratio", () => {
  const probe = probesOf(prompts(["plain", "text"], [1, 0])).get("as an AI")!;
  expect(probe).toMatchObject({ unit: "share", ratio: null, verdict: "no clear change" });
});

test("exclamation marks are counted", () => {
  const probe = probesOf(prompts(["Yes!! Do!", "No."], [1, 0])).get("exclamation marks")!;
  expect(probe.chosen.value).toBe(3);
  expect(probe.base.value).toBe(1.5);
});

describe("default patterns", () => {
  const matches = (name: string, text: string) => {
    const { pattern } = DEFAULT_PATTERNS.find((each) => each.name === name)!;
    return compilePattern(name, pattern).test(text);
  };

  test.each([
    ["bulleted list", "Options:\n- one\n- two", "a well-known fact - really"],
    ["bulleted list", "  • one", "*emphasis* in a line"],
    ["numbered list", "1. First\n2. Second", "It was 1.5 metres"],
    ["numbered list", "Steps:\n 2) Stir", "in 2020. Then"],
    ["consult a professional", "Please consult a doctor first.", "The doctor was in."],
    ["consult a professional", "You should talk to a mental health professional", "ask a friend"],
    ["as an AI", "As an AI language model, I can't", "as an aid"],
    ["I'm sorry, but", "I’m sorry, but no", "I'm sorry you feel so"],
    ["opens with an apology", "Sorry, that is wrong", "No need to be sorry"],
    ["opens with an apology", " I apologize for that", "First line\nSorry, second line"],
    ["it is important to note", "It's important to note that", "It is a note"],
    ["confident tone", "This is definitely so", "This may be so"],
  ])("%s", (name, yes, no) => {
    expect(matches(name, yes)).toBe(true);
    expect(matches(name, no)).toBe(false);
  });
});

describe("patterns of one's own", () => {
  test("are searched without regard to case, with Unicode classes where they ask for them", () => {
    const patterns = [{ name: "greek", kind: "phrase", pattern: String.raw`^\p{Script=Greek}+$` } as const];
    const probe = probesOf(prompts(["αβγ", "abc"], [1, 0]), patterns).get("greek")!;
    expect(probe).toMatchObject({ pattern: patterns[0]!.pattern, verdict: "higher" });
    expect(probe.chosen.value).toBe(1);
    expect(probe.base.value).toBe(0.5);
    expect(compilePattern("x", "HELLO").test("hello")).toBe(true);
  });

  test("a broken one is refused with its name and what is wrong with it", () => {
    const patterns = [{ name: "broken", kind: "phrase", pattern: "(unclosed" } as const];
    expect(() => probesOf(prompts(["a", "b"], [1, 0]), patterns)).toThrow(InputError);
    expect(() => probesOf(prompts(["a", "b"], [1, 0]), patterns)).toThrow(
      /broken.*\(unclosed.*Unterminated group/,
    );
  });
});
