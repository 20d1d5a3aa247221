/**
 * A reward computed by a JavaScript module: `export const value = "concise"` and `export function score(items, { signal })`
 * which gives (a promise of) one number an item of `{ prompt, response }`.
 * @module
 */
import { readFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { InputError, show } from "../../io/errors.ts";
import { systemFault } from "../../io/system-fault.ts";
import type { RewardItem, RewardModel } from "../reward-model.ts";
import { sha256 } from "../stored-files.ts";
import { checkCount, checkFinite } from "./answer.ts";
import { valueName } from "./description.ts";
import { AnswerError, RemoteRewardError } from "./remote-error.ts";

type Score = (items: readonly unknown[], options: { signal?: AbortSignal }) => unknown;

const moduleSchema = z.object({
  value: valueName,
  score: z.custom<Score>((found) => typeof found === "function", "a function score(items) → numbers"),
});

const rewardsSchema = z.union([z.array(z.number()), z.instanceof(Float64Array), z.instanceof(Float32Array)]);

/**
 * @param sha256 of the module, where it must be a certain one
 * @throws InputError where the module is missing, is another one, does not load, or lacks an export
 */
export async function loadFunctionReward(
  path: string,
  expected?: string,
): Promise<{ model: RewardModel; sha256: string }> {
  const hash = sha256(await readModule(path));
  if (expected !== undefined && hash !== expected) {
    throw new InputError({
      problem: "this reward function is not the one that the objective was calibrated with",
      file: path,
      found: `SHA-256 ${hash.slice(0, 12)}…`,
      expected: `${expected.slice(0, 12)}…`,
      fix: 'Make the objective again with "allgood calibrate"',
    });
  }
  const { value, score } = parseModule(await importModule(path, hash), path);
  const model: RewardModel = {
    name: path,
    value,
    async score(items, { signal } = {}) {
      if (items.length === 0) return new Float64Array();
      signal?.throwIfAborted();
      const found = await run(() => score(copiesOf(items), signal ? { signal } : {}), value, path);
      return check(found, items.length, value, path);
    },
  };
  return { model, sha256: hash };
}

/** A function may do with its items what it likes: others read the same prompts, and a server keeps them. */
const copiesOf = (items: readonly RewardItem[]): RewardItem[] =>
  items.map(({ prompt, response }) => ({ prompt: prompt.map((message) => ({ ...message })), response }));

async function readModule(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw systemFault(error, path, "read");
  }
}

/** The hash in the address makes a changed module a new one for Node, which otherwise keeps the first. */
async function importModule(path: string, hash: string): Promise<unknown> {
  const address = pathToFileURL(resolve(path));
  address.searchParams.set("sha256", hash);
  try {
    return await import(address.href);
  } catch (error) {
    const found = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new InputError(
      { problem: "this reward function does not load", file: path, found },
      { cause: error },
    );
  }
}

function parseModule(module: unknown, file: string): z.output<typeof moduleSchema> {
  const parsed = moduleSchema.safeParse(module);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw new InputError({
    problem: "this module is not a reward function",
    file,
    field: path.join("."),
    expected: message,
    fix: 'Export "value" and "score"; see docs/remote-rewards.md',
  });
}

async function run(work: () => unknown, value: string, path: string): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && error.name === "AbortError") throw error;
    const found = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new RemoteRewardError(
      { value, address: basename(path), problem: "score() failed", found },
      { cause: error },
    );
  }
}

function check(rewards: unknown, count: number, value: string, path: string): Float64Array {
  const address = basename(path);
  const parsed = rewardsSchema.safeParse(rewards);
  try {
    if (!parsed.success) {
      const found = Array.isArray(rewards) ? rewards.find((each) => !Number.isFinite(each)) : rewards;
      throw new AnswerError({
        problem: "score() gave something else than finite numbers",
        found: show(found),
        expected: "a list of numbers, one an item",
      });
    }
    checkCount(parsed.data.length, count);
    checkFinite(Array.from(parsed.data));
    return Float64Array.from(parsed.data);
  } catch (error) {
    if (!(error instanceof AnswerError)) throw error;
    throw new RemoteRewardError({ value, address, ...error.fault }, { cause: error });
  }
}
