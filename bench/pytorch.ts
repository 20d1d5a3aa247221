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

/** A Python process that answers one line for each line it is sent, until `stop`, which it answers with JSON. */
export type PytorchWorker = { ask(line: string): Promise<string>; stop(): Promise<unknown> };

/** Starts bench/train.py, which works on request; undefined, with a word on stderr, where PyTorch is not installed. */
export function startPytorch(shape: GptShape, threads: number): PytorchProcess | undefined {
  const worker = startWorker("train.py", { ...shape, threads });
  if (worker === undefined) return undefined;
  return {
    step: async () => Number(await worker.ask("step")),
    product: async () => Number(await worker.ask("product")),
    stop: async () => (await worker.stop()) as { version: string; peakMB: number },
  };
}

/** Starts a script of this folder; undefined, with a word on stderr, where PyTorch is not installed. */
export function startWorker(script: string, settings: object): PytorchWorker | undefined {
  if (spawnSync("python3", ["-c", "import torch"], { stdio: "ignore" }).status !== 0) {
    console.error('PyTorch is not compared: `python3 -c "import torch"` fails (pip install torch)');
    return undefined;
  }
  const child = spawn("python3", [new URL(script, import.meta.url).pathname, JSON.stringify(settings)]);
  child.stderr.pipe(process.stderr);
  const ask = asker(child, script);
  return {
    ask,
    async stop() {
      const answer = JSON.parse(await ask("stop"));
      child.stdin.end();
      return answer;
    },
  };
}

/** Sends one line and waits for one. */
function asker(child: ChildProcessWithoutNullStreams, script: string): (line: string) => Promise<string> {
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return async (line) => {
    child.stdin.write(`${line}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error(`${script} has ended`);
    return value;
  };
}
