import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { pathToFileURL } from "node:url";

export type OtherProcess = {
  child: ChildProcess;
  /** Resolves when it has written `word` to stdout; rejects, with its stderr, where it ends before. */
  said(word: string): Promise<void>;
  /** Kills it with -9 and waits until it is gone. */
  kill(): Promise<void>;
  /** Exit code and stdout, once it has ended. */
  finished: Promise<{ code: number | null; stdout: string }>;
};

/**
 * Starts another process of Node.
 * @param code a module
 * @param folder where its imports `./x.ts` are
 */
export function startProcess(code: string, folder: string): OtherProcess {
  const source = code.replaceAll('from "./', `from "${pathToFileURL(folder).href}/`);
  const child = spawn(
    process.execPath,
    ["--import", "tsx", "--input-type=module", "-e", `process.stdin.resume();${source}`],
    { stdio: "pipe" },
  );
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const finished = once(child, "close").then(() => ({ code: child.exitCode, stdout }));
  return {
    child,
    finished,
    async said(word) {
      while (!stdout.includes(word)) {
        if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}\n${stderr}`);
        await Promise.race([once(child.stdout, "data"), finished]);
      }
    },
    async kill() {
      child.kill("SIGKILL");
      await finished;
    },
  };
}
