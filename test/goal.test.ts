import { describe, expect, test } from "vitest";
import { allgood, json } from "./support/cli.ts";

const SENTENCE = "helpful and (factual or not claim)";

describe("allgood goal", () => {
  test("--json: u, p, the gradient per value, and what binds; checked by the truth table", async () => {
    const found = await json("goal", SENTENCE, "--z", "helpful=1.2,factual=-0.3,claim=2");
    const p = (z: number) => 1 / (1 + Math.exp(-z));
    const good = p(1.2) * (1 - p(0.3) * p(2));
    expect(Object.keys(found)).toEqual(["u", "p", "gradient", "bindingValue"]);
    expect(found.p).toBeCloseTo(good, 12);
    expect(found.u).toBeCloseTo(Math.log(good), 12);
    expect(found.bindingValue).toBe("factual");
    // ∂u/∂z = P(value | goal) − P(value)
    expect(found.gradient).toMatchObject({ helpful: expect.closeTo(1 - p(1.2), 12) });
  });

  test("for people: a table with what holds it back", async () => {
    const { code, stdout } = await allgood("goal", SENTENCE, "--z", "helpful=1.2,factual=-0.3,claim=2");
    expect(code).toBe(0);
    expect(stdout).toMatch(/factual +-0\.300 +0\.426 +0\.436 +holds it back: raise it/);
    // no colour where stdout is no terminal
    expect(stdout).not.toContain("\u001b");
  });

  test("a sentence that does not parse: exit 1, a caret under the place, nothing on stdout", async () => {
    const { code, stdout, stderr } = await allgood(
      "goal",
      "helpful and and harmless",
      "--z",
      "helpful=1",
      "--json",
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toBe(
      'error: unexpected "and"; expected a value\'s name, "not", "(" or "at least n of (…)"\n' +
        "  helpful and and harmless\n" +
        "              ^\n",
    );
  });

  test("a value without z is named with its nearest spelling", async () => {
    const { code, stderr } = await allgood("goal", "helpfull and harmless", "--z", "helpful=1,harmless=2");
    expect(code).toBe(1);
    expect(stderr).toMatch(/no value is called "helpfull"; did you mean "helpful"\?/);
  });

  test.each([
    [["goal", "a"], /required option '--z/],
    [["goal", "a", "--z", "a=x"], /--z takes name=number pairs/],
    [["goal", "a", "--z", "a=1,a=2"], /--z gives "a" twice/],
    [["goal", "a", "--z", "a=1", "--unknown"], /unknown option '--unknown'/],
    [["gaol"], /unknown command 'gaol'/],
  ])("%j is a usage error: exit 2", async (args, message) => {
    const { code, stdout, stderr } = await allgood(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(message);
  });

  test("every command has help with an example", async () => {
    const { stdout } = await allgood("--help");
    const commands = [...stdout.matchAll(/^ {2}([a-z]+) /gm)]
      .map(([, name]) => name!)
      .filter((name) => name !== "help");
    expect(commands).toEqual(
      expect.arrayContaining([
        "goal",
        "data",
        "reward",
        "calibrate",
        "score",
        "align",
        "audit",
        "demo",
        "label",
        "frontier",
        "world",
      ]),
    );
    const leaves: Record<string, string[]> = {
      data: ["inspect"],
      lm: ["train", "sample", "candidates", "eval"],
      reward: ["train", "eval"],
      align: ["best-of-k", "ppo", "rloo", "grpo", "dpo", "expert"],
      world: ["sample"],
    };
    for (const command of commands) {
      for (const leaf of leaves[command] ?? [undefined]) {
        const help = await allgood(...(leaf === undefined ? [command] : [command, leaf]), "--help");
        expect(help.stdout, `allgood ${command} ${leaf ?? ""}`).toMatch(/Example.*:\n {2}allgood /s);
      }
    }
  });
});
