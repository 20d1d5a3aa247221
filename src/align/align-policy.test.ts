import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RewardItem, RewardModel } from "../rewards/index.ts";
import { rloo } from "./algorithms/rloo.ts";
import { alignPolicy, promptsAt } from "./align-policy.ts";
import { banditModel, letters, prompt } from "./bandit.fixture.ts";
import { klControl } from "./kl-control.ts";
import { PolicyTrainer } from "./policy-trainer.ts";
import { createRewarder } from "./rewarder.ts";
import { weightedSumUtility } from "./utilities/weighted-sum.ts";

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allgood-align-policy-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Rewards early letters; `reply` may do otherwise at its n-th call, counted from 1. */
function rewardModel(
  reply: (call: number) => Promise<number> | number | undefined = () => undefined,
): RewardModel {
  let calls = 0;
  const score = async (items: readonly RewardItem[]) => {
    calls += 1;
    const other = await reply(calls);
    return Float64Array.from(items, ({ response }) => other ?? -response.charCodeAt(0) / 10);
  };
  return { name: "scripted", value: "early", score };
}

type Run = { model?: RewardModel; learningRate?: number; notes?: string[] };

/** Twelve steps with a checkpoint at each third. */
async function align(out: string, { model = rewardModel(), learningRate = 0.01, notes = [] }: Run = {}) {
  const utility = weightedSumUtility([{ value: "early", weight: 1 }]);
  const trainer = new PolicyTrainer({
    model: banditModel(1),
    tokenizer: letters,
    algorithm: rloo(),
    rewarder: createRewarder(new Map([["early", model]]), { waitMs: 1, retries: 2, timeoutMs: 50 }),
    utility,
    n: 8,
    maxNewTokens: 1,
    seed: 3,
    session: { threads: 1 },
  });
  try {
    return await alignPolicy({
      folder: at(out),
      trainer,
      prompts: [prompt],
      promptsPerStep: 1,
      schedule: { learningRate, steps: 12, warmup: 0 },
      klControl: klControl(0.1, { target: 0.05 }),
      checkpointEvery: 3,
      seed: 3,
      onWarning: (text) => notes.push(text),
    });
  } finally {
    await trainer.dispose();
  }
}

const checkpoints = async (out: string) => (await readdir(at(out, "checkpoints"))).sort();
const sameAsWhole = async (out: string) => {
  for (const name of ["model.safetensors", "metrics.jsonl"])
    expect((await readFile(at(out, name))).equals(await readFile(at("whole", name))), name).toBe(true);
};

beforeAll(() => align("whole"));

describe("a reward model that fails in the middle of a run", () => {
  test.each<[string, () => Promise<number> | number, RegExp]>([
    [
      "throws from then on",
      () => {
        throw new Error("connection refused");
      },
      /failed 3 times \(found connection refused\).*saved.*--resume/,
    ],
    ["never answers", () => new Promise<number>(() => {}), /failed 3 times \(found no answer.*--resume/],
    ["gives NaN", () => Number.NaN, /not a number \(found NaN.*--resume/],
  ])(
    "%s: the run stops with everything saved, and goes on to the same bytes",
    async (name, fails, message) => {
      const out = name.replaceAll(" ", "-");
      const broken = rewardModel((call) => (call > 7 ? fails() : undefined));
      await expect(align(out, { model: broken })).rejects.toThrow(message);
      expect((await checkpoints(out)).at(-1)).toBe("step-00000006");
      await align(out);
      await sameAsWhole(out);
    },
  );

  test("and answers when asked again: the run does not notice", async () => {
    const shaky = rewardModel((call) => {
      if (call === 5 || call === 6) throw new Error("busy");
      return undefined;
    });
    await align("shaky", { model: shaky });
    await sameAsWhole("shaky");
  });
});

test("training that diverges: at which step, what is not finite, and what is left", async () => {
  await expect(align("wild", { learningRate: 1e30 })).rejects.toThrow(
    /diverged at step 2: .* is not finite \(found NaN\).*lower learning rate.*There was no good checkpoint yet/,
  );
});

test("the prompts of a step: all of them before any comes again, in another order each time", () => {
  const prompts = Array.from({ length: 7 }, (_, i) => ({ ...prompt, promptHash: `${i}` }));
  const order = Array.from({ length: 14 }, (_, step) =>
    promptsAt({ prompts, promptsPerStep: 3, seed: 5 }, step + 1).map(({ promptHash }) => promptHash),
  ).flat();
  const epochs = Array.from({ length: 6 }, (_, e) => order.slice(7 * e, 7 * e + 7));
  for (const epoch of epochs) expect([...epoch].sort()).toEqual(["0", "1", "2", "3", "4", "5", "6"]);
  expect(new Set(epochs.map((epoch) => epoch.join(""))).size).toBeGreaterThan(3);
  // asked for out of order, a step has the same prompts: what a resumed run relies on
  const third = promptsAt({ prompts, promptsPerStep: 3, seed: 5 }, 3).map(({ promptHash }) => promptHash);
  expect(third).toEqual(order.slice(6, 9));
  expect(
    promptsAt({ prompts, promptsPerStep: 7, seed: 6 }, 1).map(({ promptHash }) => promptHash),
  ).not.toEqual(epochs[0]);
});
