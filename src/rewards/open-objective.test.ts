import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ObjectiveFile, sealObjective } from "../objective/index.ts";
import { loadRewardModel, saveRewardModel } from "./model-directory.ts";
import { openObjective } from "./open-objective.ts";
import { makePairs } from "./pairs.fixture.ts";
import { trainNgram } from "./train.ts";

let folder: string;
let file: ObjectiveFile;
const at = (name: string) => join(folder, name);
const reference = { kind: "fixed", global: 0, otherwise: "global" } as const;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allgood-objective-"));
  await saveRewardModel(at("kind"), await trainNgram(makePairs(60, { value: "kind" }), { seed: 1 }), []);
  const { sha256 } = await loadRewardModel(at("kind"));
  file = await sealObjective({
    format: "allgood-objective/1",
    goal: "kind and short",
    values: {
      kind: { model: { kind: "directory", path: "kind", sha256 }, temperature: 1, reference },
      short: { model: { kind: "column", name: "short" }, temperature: 1, reference },
      unused: { model: { kind: "directory", path: "gone", sha256 }, temperature: 1, reference },
    },
  });
  await writeFile(at("objective.json"), JSON.stringify(file));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("openObjective", () => {
  test("opens the models that the goal needs, relative to the file, and says what they have seen", async () => {
    const { objective, models, seen } = await openObjective(at("objective.json"));
    expect(objective.values).toEqual(["kind", "short"]);
    expect([...models.keys()]).toEqual(["kind"]);
    expect(seen).toEqual(new Set((await loadRewardModel(at("kind"))).trainingPrompts));
    const prompt = [{ role: "user" as const, content: "question" }];
    const items = ["kindly", "grumpy"].map((response) => ({ prompt, response: `river ${response} stone` }));
    const [kind, grumpy] = await models.get("kind")!.score(items);
    expect(kind).toBeGreaterThan(grumpy!);
  });

  test.each([
    ["that is gone", undefined, /can't read it: no such file/],
    ["that is no JSON", "{", /not JSON/],
    ["of another form", "{}", /format/],
    ["that was changed", { goal: "short and kind" }, /changed after it was written/],
  ])("names a file %s", async (_, content, message) => {
    const path = at("bad.json");
    await rm(path, { force: true });
    if (content !== undefined)
      await writeFile(path, typeof content === "string" ? content : JSON.stringify({ ...file, ...content }));
    await expect(openObjective(path)).rejects.toThrow(message);
    await expect(openObjective(path)).rejects.toThrow("bad.json");
  });
});
