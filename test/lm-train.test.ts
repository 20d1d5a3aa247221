/** Training that is killed or interrupted goes on to the same bytes. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { beforeAll, expect, test } from "vitest";
import { json, start, workFolder } from "./support/cli.ts";

const at = workFolder();
const small =
  "--dim 16 --layers 1 --heads 2 --vocab 300 --context 24 --batch 4 --threads 1 --held-out 0.2".split(" ");
const train = (out: string) => [
  ...["lm", "train", "--data", at("text.jsonl"), "--out", at(out), "--resume"],
  ...[...small, "--steps", "120", "--checkpoint-every", "10"],
];
let whole: Buffer;

beforeAll(async () => {
  const rows = Array.from({ length: 200 }, (_, i) => ({
    text: `The bird number ${i} sings in the ${i % 2 ? "tree" : "sky"}.`,
  }));
  await writeFile(at("text.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  await json(...train("whole"));
  whole = await readFile(at("whole", "model.safetensors"));
});

const checkpoints = (out: string): Promise<string[]> => readdir(at(out, "checkpoints")).catch(() => []);

/** Starts a run, and sends the signal once there is a new checkpoint; the exit code. */
async function stop(out: string, signal: "SIGKILL" | "SIGINT"): Promise<number | null> {
  const before = (await checkpoints(out))
    .filter((name) => name.startsWith("step-"))
    .sort()
    .at(-1);
  const { child, finished } = start(...train(out));
  for (let i = 0; i < 3000 && child.exitCode === null; i++) {
    const newest = (await checkpoints(out))
      .filter((name) => name.startsWith("step-"))
      .sort()
      .at(-1);
    if (newest !== undefined && newest !== before) break;
    await wait(5);
  }
  child.kill(signal);
  return (await finished).code;
}

test("killed with -9 twice and resumed: the same model as never killed", async () => {
  expect(await stop("killed", "SIGKILL")).toBe(null);
  expect(await stop("killed", "SIGKILL")).toBe(null);
  const { steps } = await json<{ steps: number }>(...train("killed"));
  expect(steps).toBe(120);
  expect((await readFile(at("killed", "model.safetensors"))).equals(whole)).toBe(true);
  expect((await checkpoints("killed")).sort()).toEqual(["step-00000110", "step-00000120"]);
});

test("Ctrl-C ends with 130 after a checkpoint, and the run goes on from it", async () => {
  expect(await stop("stopped", "SIGINT")).toBe(130);
  const [newest] = (await checkpoints("stopped")).sort().reverse();
  expect(newest).toMatch(/^step-/);
  await json(...train("stopped"));
  expect((await readFile(at("stopped", "model.safetensors"))).equals(whole)).toBe(true);
});
