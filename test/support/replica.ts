import type { ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { logSigmoid, sealObjective } from "../../src/objective/index.ts";
import { rewardOf } from "../../src/serve/echo-model.fixture.ts";
import { type Finished, start } from "./cli.ts";

/** As `rewardOf`, a while later. While there is a file "broken" beside it, it fails as a fetch does that takes too long. */
const MODEL = `
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
export const value = "helpful";
export async function score(items) {
  await wait(25);
  if (existsSync(new URL("broken", import.meta.url))) throw new DOMException("the fetch was aborted", "AbortError");
  return items.map(({ prompt, response }) => {
    const hash = createHash("sha256").update(JSON.stringify([prompt, response])).digest();
    return (8 * hash.readUIntBE(0, 6)) / 2 ** 48 - 4;
  });
}
`;

/** u of a response to "Go on.", by hand: the reference is −1 and the temperature 2. */
export const utilityOf = (response: string): number =>
  logSigmoid((rewardOf({ prompt: [{ role: "user", content: "Go on." }], response }) + 1) / 2);

export const KEY = "a-key-of-sixteen-letters";

export type LogLine = { id?: string; status?: number; event?: string };

/** One `allgood serve`, which can be stopped and started again at its address. */
export class Replica {
  readonly #host: string;
  readonly #folder: string;
  #port = 0;
  #running: { child: ChildProcess; finished: Promise<Finished> } | undefined;
  /** Lines of the log since it last started. */
  log: LogLine[] = [];

  private constructor(host: string, folder: string) {
    this.#host = host;
    this.#folder = folder;
  }

  /** @param host an address of its own, so that nobody else takes its port while it is down */
  static async make(host: string, folder: string): Promise<Replica> {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "echo.mjs"), MODEL);
    await writeFile(join(folder, "keys.txt"), `${KEY}\n`);
    const sha256 = createHash("sha256").update(MODEL).digest("hex");
    const model = { kind: "function" as const, path: "echo.mjs", sha256 };
    const reference = { kind: "responses" as const, prompts: {}, global: -1, otherwise: "global" as const };
    const objective = await sealObjective({
      ...{ format: "allgood-objective/1", goal: "helpful" },
      values: { helpful: { model, temperature: 2, reference } },
    });
    await writeFile(join(folder, "objective.json"), JSON.stringify(objective));
    return new Replica(host, folder);
  }

  get address(): string {
    return `${this.#host}:${this.#port}`;
  }

  async start(...args: string[]): Promise<void> {
    const files = [join(this.#folder, "objective.json"), "--key-file", join(this.#folder, "keys.txt")];
    const place = ["--host", this.#host, "--port", `${this.#port}`];
    const running = start("serve", ...files, ...place, ...args, "--json");
    this.#running = running;
    this.log = readLines(running.child);
    const [first] = await Promise.race([
      once(running.child.stdout!, "data"),
      running.finished.then(({ stderr }) => Promise.reject(new Error(stderr))),
    ]);
    this.#port = Number(new URL((JSON.parse(String(first)) as { url: string }).url).port);
  }

  /** @returns its exit status */
  async stop(signal: "SIGTERM" | "SIGKILL"): Promise<number | null> {
    const running = this.#running;
    this.#running = undefined;
    if (running === undefined) return null;
    running.child.kill(signal);
    return (await running.finished).code;
  }

  async breakModel(broken: boolean): Promise<void> {
    const file = join(this.#folder, "broken");
    if (broken) await writeFile(file, "");
    else await rm(file, { force: true });
  }
}

function readLines(child: ChildProcess): LogLine[] {
  const lines: LogLine[] = [];
  let rest = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    const parts = `${rest}${text}`.split("\n");
    rest = parts.pop()!;
    for (const line of parts) lines.push(JSON.parse(line) as LogLine);
  });
  return lines;
}
