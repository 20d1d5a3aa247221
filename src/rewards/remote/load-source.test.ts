import { writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { workFolder } from "../../../test/support/cli.ts";
import { loadFunctionReward } from "./function-reward.ts";
import { loadRewardSource, openModelSpec } from "./load-source.ts";

const at = workFolder();
const items = ["a", "bb", "ccc"].map((response) => ({
  prompt: [{ role: "user" as const, content: "p" }],
  response,
}));

async function write(name: string, text: string): Promise<string> {
  await writeFile(at(name), text);
  return at(name);
}

const concise = `export const value = "concise";
export const score = (items) => items.map(({ response }) => -response.length);
`;

describe("a reward function", () => {
  test("scores, and is named by its content", async () => {
    const source = await loadRewardSource(await write("concise.mjs", concise));
    expect(source.kind).toBe("function");
    expect(source.model.value).toBe("concise");
    expect(await source.model.score(items)).toEqual(Float64Array.of(-1, -2, -3));
    expect(await source.model.score([])).toEqual(new Float64Array());
  });

  test("a function that changes its items changes nobody else's", async () => {
    const path = await write(
      "greedy.mjs",
      `export const value = "greedy";
export const score = (items) => {
  const found = [];
  while (items.length > 0) {
    const { prompt, response } = items.shift();
    prompt[0].content += response;
    found.push(prompt.push({ role: "assistant", content: response }));
  }
  return found;
};
`,
    );
    const { model } = await loadFunctionReward(path);
    const items = [{ prompt: [{ role: "user" as const, content: "Hi!" }], response: "Hello." }];
    const before = structuredClone(items);
    for (let i = 0; i < 2; i++) expect(Array.from(await model.score(items))).toEqual([2]);
    expect(items).toEqual(before);
  });

  test("that was changed is another one: refused by an objective, and loaded anew without", async () => {
    const path = await write("changes.mjs", concise);
    const { sha256 } = await loadRewardSource(path);
    const spec = { kind: "function" as const, path: "changes.mjs", sha256 };
    expect((await openModelSpec("concise", spec, at()))?.value).toBe("concise");
    await expect(openModelSpec("helpful", spec, at())).rejects.toThrow(/names a reward of another value/);
    await write("changes.mjs", concise.replace("-response", "response"));
    await expect(openModelSpec("concise", spec, at())).rejects.toThrow(
      /not the one that the objective was calib/,
    );
    expect(await (await loadRewardSource(path)).model.score(items)).toEqual(Float64Array.of(1, 2, 3));
  });

  test.each([
    ["no value", "export const score = () => []", /field "value"/],
    ["no function", 'export const value = "v"; export const score = 3', /field "score", expected a function/],
    ["bad syntax", "export const", /bad-syntax\.mjs: this reward function does not load/],
  ])("with %s is refused", async (name, text, message) => {
    const path = await write(`${name.replace(" ", "-")}.mjs`, text);
    await expect(loadRewardSource(path)).rejects.toThrow(message);
  });

  test.each([
    ["too few", "[1, 2]", /wrong number of rewards \(found 2, expected 3\)/],
    ["NaN", "[1, NaN, 2]", /something else than finite numbers \(found NaN/],
    ["a promise of Infinity", "Promise.resolve([1, 2, Infinity])", /finite numbers/],
    [
      "Infinity in a typed array",
      "new Float64Array([1, 2, -Infinity])",
      /reward 3 of 3 is not a finite number/,
    ],
    ["null for one", "[1, null, 2]", /finite numbers/],
    ["nothing", "undefined", /finite numbers/],
    ["an error", '(() => { throw new Error("oops") })()', /score\(\) failed \(found Error: oops\)/],
  ])("that gives %s fails", async (name, result, message) => {
    const text = `export const value = "v"; export const score = () => ${result};`;
    const { model } = await loadFunctionReward(await write(`gives-${name.replaceAll(" ", "-")}.mjs`, text));
    await expect(model.score(items)).rejects.toThrow(message);
  });
});

describe("where a model may stand", () => {
  test("a description is named by its content, not by how it is written", async () => {
    const fields = { format: "allgood-remote/1", value: "helpful", protocol: "vllm-score", url: "http://h" };
    const one = await loadRewardSource(await write("one.json", JSON.stringify(fields)));
    const same = await loadRewardSource(
      await write("same.json", JSON.stringify({ ...fields, batch: 32 }, null, 2)),
    );
    const other = await loadRewardSource(await write("other.json", JSON.stringify({ ...fields, batch: 31 })));
    expect(one).toMatchObject({
      kind: "remote",
      description: { batch: 32 },
      model: { name: "vllm-score http://h/score" },
    });
    expect(same.sha256).toBe(one.sha256);
    expect(other.sha256).not.toBe(one.sha256);
  });

  test.each([
    ["no such description", "none.json", undefined, /none\.json: can't read it: no such file/],
    ["no such function", "none.mjs", undefined, /none\.mjs: can't read it: no such file/],
    ["no such folder", "none", undefined, /model\.json: can't read it/],
    ["what is not JSON", "bad.json", "{", /bad\.json: this is not JSON/],
    ["JSON of something else", "else.json", "{}", /not the description of a remote reward/],
  ])("%s is refused by path", async (_, name, text, message) => {
    if (text !== undefined) await write(name, text);
    await expect(loadRewardSource(at(name))).rejects.toThrow(message);
  });
});
