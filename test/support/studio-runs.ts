import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { vi } from "vitest";
import { jsonl, tinyPairs, writeTinyPolicy } from "../../src/cli/align/tiny-policy.fixture.ts";
import { run } from "../../src/cli/run.ts";
import { frontierSample } from "./frontier-sample.ts";

/** Runs a command in this process, without its output. @throws where it does not end with 0 */
export async function command(...args: string[]): Promise<void> {
  let said = "";
  const keep = (text: unknown): boolean => {
    said += String(text);
    return true;
  };
  const quiet = [
    vi.spyOn(process.stdout, "write").mockImplementation(keep),
    vi.spyOn(process.stderr, "write").mockImplementation(keep),
  ];
  try {
    const code = await run(args);
    if (code !== 0) throw new Error(`allgood ${args.join(" ")} exited with ${code}\n${said}`);
  } finally {
    for (const each of quiet) each.mockRestore();
  }
}

/** The quick demo: a best-of-k run, four reward models and an objective, in `demo/`. */
export const makeDemo = (folder: string): Promise<void> =>
  command("demo", "--quick", "--prompts", "160", "--seed", "3", "--out", join(folder, "demo"));

/** A PPO run of four steps in `ppo/` and a language model's training run in `lm/`, all tiny. */
export async function makeTrainingRuns(folder: string): Promise<void> {
  const at = (...parts: string[]) => join(folder, ...parts);
  const parts = at("parts");
  const part = (name: string) => join(parts, name);
  await mkdir(parts, { recursive: true });
  await writeTinyPolicy(parts);
  const one = ["--threads", "1"];
  const policy = ["--format", "text", ...one];
  await command(
    ...["lm", "candidates", "--model", part("policy"), "--out", part("base.jsonl"), "--n", "8"],
    ...["--prompts", part("more.jsonl"), part("prompts.jsonl"), "--max-new-tokens", "8", ...policy],
  );
  const pairs = tinyPairs(await readFile(part("base.jsonl"), "utf8"));
  for (const value of ["warm", "calm"] as const) {
    await writeFile(part(`${value}.jsonl`), pairs[value]);
    await command(
      "reward",
      "train",
      "--value",
      value,
      "--data",
      part(`${value}.jsonl`),
      "--out",
      part(value),
    );
  }
  await command(
    ...["calibrate", "--model", part("warm"), part("calm"), "--data", part("base.jsonl")],
    ...["--goal", "warm and calm", "--out", part("objective.json")],
  );
  await command(
    ...["align", "ppo", "--policy", part("policy"), "--objective", part("objective.json")],
    ...["--prompts", part("prompts.jsonl"), "--out", at("ppo"), "--steps", "4", "--prompts-per-step", "3"],
    ...["--samples", "4", "--max-new-tokens", "6", "--lr", "0.005", ...policy],
  );
  const texts = Array.from({ length: 120 }, (_, i) => ({
    text: `Bird number ${i} sings in the ${i % 2 ? "tree" : "sky"}.`,
  }));
  await writeFile(part("texts.jsonl"), jsonl(texts));
  await command(
    ...["lm", "train", "--data", part("texts.jsonl"), "--out", at("lm"), "--steps", "6", "--dim", "16"],
    ...["--layers", "1", "--heads", "2", "--vocab", "300", "--context", "24", "--batch", "4", ...one],
  );
}

/** A frontier's files in `frontier/`: made-up rows (real ones take minutes), and the real comparison of them. */
export async function makeFrontierFiles(folder: string): Promise<void> {
  const at = (name: string) => join(folder, "frontier", name);
  await mkdir(join(folder, "frontier"), { recursive: true });
  const { rows, settings, comparison } = frontierSample();
  await writeFile(at("frontier.jsonl"), jsonl(rows));
  await writeFile(at("comparison.json"), JSON.stringify(comparison));
  await writeFile(at("run.json"), JSON.stringify({ format: "allgood-run/1", command: "frontier", settings }));
}
