import { describe, expect, test } from "vitest";
import { assistant, faultOf, pairs, system, user } from "./readers.fixture.ts";

describe("hh", () => {
  const chosen = "\n\nHuman: Hi.\n\nAssistant: Hello.\n\nHuman: A tip?\n\nAssistant: Drink\n\nwater. ";
  const rejected = "\n\nHuman: Hi.\n\nAssistant: Hello.\n\nHuman: A tip?\n\nAssistant: No.";

  test("the last Assistant turn is the response, all before it the prompt", () => {
    expect(pairs({ chosen, rejected })).toEqual({
      format: "hh",
      pairs: [
        {
          prompt: [user("Hi."), assistant("Hello."), user("A tip?")],
          chosen: "Drink\n\nwater.",
          rejected: "No.",
        },
      ],
    });
  });

  test("a prompt that differs is left out, with the reason", () => {
    const other = rejected.replace("A tip?", "A trip?");
    expect(pairs({ chosen, rejected: other }).pairs).toEqual([
      { leftOut: "the prompt differs between chosen and rejected" },
    ]);
  });

  test("an empty response and a marker inside a line stay what they are", () => {
    const prompt = "\n\nHuman: Say Human: twice";
    const row = { chosen: `${prompt}\n\nAssistant:`, rejected: `${prompt}\n\nAssistant: No` };
    expect(pairs(row).pairs).toEqual([{ prompt: [user("Say Human: twice")], chosen: "", rejected: "No" }]);
  });

  test("a dialogue that ends with the human is a bad row", () => {
    const like = { chosen, rejected };
    const open = "\n\nHuman: Hi.\n\nAssistant: Yes?\n\nHuman: Go.";
    expect(faultOf({ chosen, rejected: open }, like)).toMatchObject({ field: "rejected" });
    expect(faultOf({ chosen, rejected: "No turns." }, like)).toMatchObject({ field: "rejected" });
    expect(faultOf({ chosen, rejected: 3 }, like)).toMatchObject({ found: "3", expected: "string" });
    expect(faultOf({ chosen }, like)).toMatchObject({ found: "nothing", field: "rejected" });
  });
});

describe("TRL", () => {
  test("explicit prompt as text, with the optional columns", () => {
    const texts = { prompt: "Q", chosen: "A", rejected: "B" };
    expect(pairs({ ...texts, id: 7, margin: 0.5, weight: "2", value: "helpful", other: 1 })).toEqual({
      format: "trl-explicit",
      pairs: [
        {
          id: "7",
          prompt: [user("Q")],
          chosen: "A",
          rejected: "B",
          margin: 0.5,
          weight: 2,
          value: "helpful",
        },
      ],
    });
    expect(pairs({ ...texts, margin: "", id: null }).pairs).toEqual([
      { prompt: [user("Q")], chosen: "A", rejected: "B" },
    ]);
  });

  test("explicit prompt as messages, responses with and without the dialogue before them", () => {
    const expected = [{ prompt: [system("S"), user("Q")], chosen: "A", rejected: "B" }];
    const prompt = [system("S"), user("Q")];
    expect(pairs({ prompt, chosen: [assistant("A")], rejected: [assistant("B")] }).pairs).toEqual(expected);
    const chosen = [...prompt, assistant("A")];
    const rejected = [...prompt, assistant("B")];
    expect(pairs({ prompt: "Q", chosen, rejected }).pairs).toEqual(expected);
    const asText = { prompt: "Q", chosen: JSON.stringify(chosen), rejected: JSON.stringify(rejected) };
    expect(pairs(asText).pairs).toEqual(expected);
  });

  test("a prompt that is an HH transcript", () => {
    const row = { prompt: "\n\nHuman: Q\n\nAssistant:", chosen: " A", rejected: " B" };
    expect(pairs(row).pairs).toEqual([{ prompt: [user("Q")], chosen: " A", rejected: " B" }]);
  });

  test("implicit prompt as messages", () => {
    const row = { chosen: [user("Q"), assistant("A")], rejected: [user("Q"), assistant("B")] };
    expect(pairs(row)).toEqual({
      format: "trl-implicit",
      pairs: [{ prompt: [user("Q")], chosen: "A", rejected: "B" }],
    });
    expect(pairs({ ...row, rejected: [user("R"), assistant("B")] }).pairs).toEqual([
      { leftOut: "the prompt differs between chosen and rejected" },
    ]);
  });

  test("implicit prompt as text: the common start, back to a space", () => {
    const row = { chosen: "The sky is blueish.", rejected: "The sky is blunt." };
    expect(pairs(row).pairs).toEqual([
      { prompt: [user("The sky is")], chosen: "blueish.", rejected: "blunt." },
    ]);
  });

  test("bad rows", () => {
    const like = { prompt: "Q", chosen: "A", rejected: "B" };
    expect(faultOf({ ...like, margin: "much" }, like)).toMatchObject({
      field: "margin",
      expected: "a finite number",
    });
    expect(faultOf({ ...like, margin: Number.POSITIVE_INFINITY }, like)).toMatchObject({ field: "margin" });
    expect(faultOf({ ...like, prompt: 3 }, like)).toMatchObject({ field: "prompt", found: "3" });
    expect(faultOf({ ...like, prompt: [] }, like)).toMatchObject({ field: "prompt" });
    const robot = [{ role: "robot", content: "" }];
    expect(faultOf({ ...like, prompt: robot }, like)).toMatchObject({ field: "prompt" });
    expect(faultOf({ ...like, chosen: [user("Q")] }, like)).toMatchObject({ field: "chosen" });
    expect(faultOf({ ...like, id: { a: 1 } }, like)).toMatchObject({ field: "id" });
  });
});

describe("RewardBench", () => {
  test("the subset stays reachable", () => {
    const row = { prompt: "Q", chosen: "A", rejected: "B", subset: "math-prm", id: 4, chosen_model: "m" };
    expect(pairs(row)).toEqual({
      format: "rewardbench",
      pairs: [{ prompt: [user("Q")], chosen: "A", rejected: "B", subset: "math-prm", id: "4" }],
    });
  });

  test("RewardBench 2: each right response with each wrong one", () => {
    const right = ["A", "B"];
    const row = { id: "a", prompt: "Q", chosen: right, rejected: ["C", "D"], subset: "Ties", num_correct: 2 };
    const found = pairs(row);
    expect(found.format).toBe("rewardbench2");
    const sides = found.pairs.map(
      (pair: { chosen: string; rejected: string }) => pair.chosen + pair.rejected,
    );
    expect(sides).toEqual(["AC", "AD", "BC", "BD"]);
    expect(found.pairs[0]).toMatchObject({ id: "a", subset: "Ties" });
    expect(faultOf({ ...row, rejected: [] }, row)).toMatchObject({ field: "rejected" });
  });
});

describe("WebGPT and LLMBar", () => {
  const text = ["## Human:\nQ?\n\n## Assistant:\n A", "## Human:\nQ?\n\n## Assistant:\n B"];

  test("WebGPT: the higher score is chosen", () => {
    const like = { text, score: [0.5, 1.5] };
    expect(pairs(like)).toEqual({
      format: "webgpt",
      pairs: [{ prompt: [user("Q?")], chosen: "B", rejected: "A" }],
    });
    expect(pairs({ text, score: [1, 1] }).pairs).toEqual([{ leftOut: "a tie" }]);
    const unmarked = { text: [text[0], "no marker"], score: [1, 0] };
    expect(faultOf(unmarked, like)).toMatchObject({ field: "text.1" });
    expect(faultOf({ text, score: [1] }, like)).toMatchObject({ field: "score" });
  });

  test("LLMBar: the label names the better output", () => {
    const row = { input: "Q", output_1: "A", output_2: "B", label: 2 };
    expect(pairs(row)).toEqual({
      format: "llmbar",
      pairs: [{ prompt: [user("Q")], chosen: "B", rejected: "A" }],
    });
    expect(pairs({ ...row, label: "1" }).pairs).toMatchObject([{ chosen: "A" }]);
    expect(faultOf({ ...row, label: 3 }, row)).toMatchObject({ field: "label" });
  });
});
