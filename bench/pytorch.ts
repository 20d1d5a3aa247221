import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import type { GptShape } from "./gpt.ts";

export type PytorchProcess = {
  /** Milliseconds of one training step. */
  step(): Promise<number>;
  /** Milliseconds of one 1024³ product. */
  product(): Promise<number>;
  stop(): Promise<{ version: string; peakMB: number }>;
};

/** Starts bench/train.py, which works on request; undefined, with a word on stderr, where PyTorch is not installed. */
export function startPytorch(shape: GptShape, threads: number): PytorchProcess | undefined {
  if (spawnSync("python3", ["-c", "import torch"], { stdio: "ignore" }).status !== 0) {
    console.error('PyTorch is not compared: `python3 -c "import torch"` fails (pip install torch)');
    return undefined;
  }
  const script = new URL("train.py", import.meta.url).pathname;
  const child = spawn("python3", [script, JSON.stringify({ ...shape, threads })]);
  child.stderr.pipe(process.stderr);
  const ask = asker(child);
  return {
    step: async () => Number(await ask("step")),
    product: async () => Number(await ask("product")),
    async stop() {
      const answer = JSON.parse(await ask("stop"));
      child.stdin.end();
      return answer;
    },
  };
}

/** Sends one line and waits for one. */
function asker(child: ChildProcessWithoutNullStreams): (line: string) => Promise<string> {
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return async (line) => {
    child.stdin.write(`${line}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error("train.py has ended");
    return value;
  };
}
