import { PassThrough } from "node:stream";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Question } from "../../rewards/index.ts";
import { choiceProbability, createWorld, impression } from "../../world/index.ts";
import { createLineRater } from "./line-rater.ts";
import { createTerminalRater } from "./terminal-rater.ts";
import { createWorldRater } from "./world-rater.ts";

const question: Question = {
  question: "1.1",
  round: 1,
  part: "train",
  by: "random",
  promptHash: "0",
  a: "1",
  b: "2",
  prompt: [{ role: "user", content: "Where \u001b[2J is it?\nTell me." }],
  responseA: "Here.\u0007",
  responseB: "\u202eThere.",
  place: 3,
  of: 20,
};

let output: PassThrough;
const shown = () => String(output.read() ?? "");
beforeEach(() => {
  output = new PassThrough();
});

describe("a person in a terminal", () => {
  const input = () => Object.assign(new PassThrough(), { setRawMode: vi.fn() });
  const rater = (
    keys: ReturnType<typeof input>,
    more: { signal?: AbortSignal; interrupt?: () => void } = {},
  ) =>
    createTerminalRater({
      value: "helpful",
      input: keys,
      output,
      signal: new AbortController().signal,
      interrupt: () => {},
      ...more,
    });

  test.each([
    ["1", "a"],
    ["A", "a"],
    ["2", "b"],
    ["b", "b"],
    ["t", "tie"],
    ["s", "skip"],
    ["u", "undo"],
    ["q", "quit"],
    ["\u0003", "quit"],
    ["\u0004", "quit"],
  ])("the key %j answers %s", async (key, reply) => {
    const keys = input();
    const person = rater(keys);
    const asked = person.ask(question);
    keys.write(key);
    expect(await asked).toBe(reply);
    person.close();
    expect(keys.setRawMode.mock.calls).toEqual([[true], [false]]);
  });

  test("other keys and arrows do not answer", async () => {
    const keys = input();
    const person = rater(keys);
    const asked = person.ask(question);
    keys.write("x");
    keys.write("\u001b[A");
    keys.write("\u001b[B");
    keys.write("t");
    expect(await asked).toBe("tie");
    person.close();
  });

  test("a key that comes while no question stands there is dropped; Ctrl-C interrupts then", async () => {
    const keys = input();
    const interrupt = vi.fn();
    const person = rater(keys, { interrupt });
    keys.write("1");
    keys.write("\u0003");
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(interrupt).toHaveBeenCalledOnce();
    const asked = person.ask(question);
    keys.write("2");
    expect(await asked).toBe("b");
    person.close();
  });

  test("a terminal that goes away quits; an abort is passed on", async () => {
    const keys = input();
    const asked = rater(keys).ask(question);
    keys.end();
    expect(await asked).toBe("quit");
    const abort = new AbortController();
    const aborted = rater(input(), { signal: abort.signal }).ask(question);
    abort.abort(new Error("stop"));
    await expect(aborted).rejects.toThrow("stop");
  });

  test("shows the question without escapes, and nothing of how it was chosen", () => {
    const person = rater(input());
    void person.ask(question);
    const text = shown();
    expect(text).toContain("Where [2J is it?\nTell me.");
    expect(text).toContain("[1] Here.\n");
    expect(text).toContain("[2] There.\n");
    expect(text).toMatch(/question 3 of 20/);
    expect(text).toMatch(/Which is more helpful\?/);
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]|random|train/);
  });
});

describe("answers from a pipe", () => {
  const rater = (text: string) => {
    const input = new PassThrough();
    input.end(text);
    return createLineRater({ value: "helpful", input, output, signal: new AbortController().signal });
  };

  test("one key a line; blank lines are left out; the end quits", async () => {
    const pipe = rater("1\n\n b \r\nT\nu\n");
    const replies = [];
    for (let k = 0; k < 6; k++) replies.push(await pipe.ask(question));
    expect(replies).toEqual(["a", "b", "tie", "undo", "quit", "quit"]);
    expect(shown()).toContain("[1] Here.");
  });

  test("a line that is no key is named; no line at all names --rater world", async () => {
    const pipe = rater("1\nperhaps\n");
    await pipe.ask(question);
    await expect(pipe.ask(question)).rejects.toThrow(/stdin:2: .*found "perhaps"/);
    await expect(rater("").ask(question)).rejects.toThrow(/--rater world/);
    await expect(rater("\n\n").ask(question)).rejects.toThrow(/one key a line/);
    await expect(rater("constructor\n").ask(question)).rejects.toThrow(/no answer/);
  });
});

describe("the demo world's raters", () => {
  const [set] = createWorld(2, { prompts: 1, k: 2 }).candidateSets;
  const [first, second] = set!.candidates;
  const asked = (name: string): Question => ({
    ...question,
    question: name,
    prompt: set!.prompt,
    responseA: first!.response,
    responseB: second!.response,
  });

  test("choose as often as their stated habits say", async () => {
    const rater = createWorldRater("helpful", 1);
    let wins = 0;
    const times = 4000;
    for (let k = 0; k < times; k++) if ((await rater.ask(asked(`1.${k}`))) === "a") wins += 1;
    const seen = (candidate: typeof first) => impression(candidate!.response, candidate!.truth!.helpful!);
    const p = choiceProbability(seen(first), seen(second), "helpful");
    expect(Math.abs(wins / times - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / times));
  });

  test("give the same answer to the same question, and are refused for a value that they don't know", async () => {
    const replies = (seed: number) =>
      Promise.all(
        Array.from({ length: 40 }, (_, k) => createWorldRater("helpful", seed).ask(asked(`1.${k}`))),
      );
    expect(await replies(5)).toEqual(await replies(5));
    expect(() => createWorldRater("brief", 1)).toThrow(/helpful, harmless, factual, creative, not brief/);
  });
});
