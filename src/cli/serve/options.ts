import { readFile } from "node:fs/promises";
import { type Command, InvalidArgumentError, Option } from "commander";
import { UsageError } from "../../io/errors.ts";
import { systemFault } from "../../io/system-fault.ts";
import { createKeys, type Keys, LOG_LEVELS, type LogLevel, parseKeys } from "../../serve/index.ts";
import { notNegative, positiveNumber, positiveWholeNumber, wholeNumber } from "../options.ts";

/** What every server of this command line can be told. Times are in seconds, as given. */
export type ServerFlags = {
  port: number;
  host: string;
  keyFile?: string;
  keyEnv?: string;
  deadline: number;
  drain: number;
  maxBody: number;
  logLevel: LogLevel;
  logText?: boolean;
};

/** Node's timers go no further: a longer wait would be none at all. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** A text of Node's has at most 2²⁹ − 24 characters. */
const LARGEST_BODY_MIB = 511;

function atMost(parse: (text: string) => number, most: number): (text: string) => number {
  return (text) => {
    const found = parse(text);
    if (found <= most) return found;
    throw new InvalidArgumentError(`at most ${most} is possible.`);
  };
}

/** Of options in seconds. */
const longestSeconds = Math.floor(LONGEST_TIMER_MS / 1000);
export const positiveSeconds = atMost(positiveNumber, longestSeconds);
export const seconds = atMost(notNegative, longestSeconds);

/** @param port the default, as is `deadline`, in seconds */
export const serverOptions = (command: Command, port: number, deadline = 60): Command =>
  command
    .option("--port <n>", "0 takes any free one", portNumber, port)
    .option("--host <address>", "other than this machine's own, a key is needed", "127.0.0.1")
    .addOption(new Option("--key-file <file>", "keys that clients must send, one a line").conflicts("keyEnv"))
    .option("--key-env <name>", "environment variable that holds the key")
    .option("--deadline <seconds>", "how long a request may take", positiveSeconds, deadline)
    .option("--drain <seconds>", "how long the end waits for requests in flight", seconds, 30)
    .option("--max-body <MiB>", "size of a request", atMost(positiveNumber, LARGEST_BODY_MIB), 16)
    .addOption(new Option("--log-level <level>", "to standard error").choices(LOG_LEVELS).default("info"))
    .option("--log-text", "let the log hold what prompts and responses say");

/** How requests reach a reward model. Times are in seconds, but for `maxWait`. */
export type ModelFlags = {
  maxBatch: number;
  maxWait: number;
  maxQueue: number;
  maxItems: number;
  modelTimeout: number;
};

export const modelOptions = (command: Command): Command =>
  command
    .option("--max-batch <n>", "responses that a reward model gets at once", positiveWholeNumber, 256)
    .option("--max-wait <ms>", "how long a batch waits for more", atMost(notNegative, LONGEST_TIMER_MS), 0)
    .option(
      "--max-queue <n>",
      "responses that may wait; more are refused with 429",
      positiveWholeNumber,
      8192,
    )
    .option("--max-items <n>", "responses in one request", positiveWholeNumber, 4096)
    .option(
      "--model-timeout <seconds>",
      "how long a reward model may take over a batch",
      positiveSeconds,
      30,
    );

/**
 * @throws UsageError for a variable that is not set or a request larger than the queue; InputError for a file that can't be
 *   read or a key that can be guessed
 */
export async function keysOf({ keyFile, keyEnv }: ServerFlags): Promise<Keys | undefined> {
  if (keyFile !== undefined) {
    try {
      return createKeys(parseKeys(await readFile(keyFile, "utf8")), `--key-file ${keyFile}`);
    } catch (error) {
      throw systemFault(error, keyFile, "read");
    }
  }
  if (keyEnv === undefined) return undefined;
  const text = process.env[keyEnv];
  if (text === undefined) throw new UsageError(`--key-env ${keyEnv}: there is no such environment variable`);
  return createKeys(parseKeys(text), `the variable ${keyEnv}`);
}

/** @throws UsageError where a request that is allowed would never fit the queue */
export function checkMaxItems({ maxItems, maxQueue }: ModelFlags): void {
  if (maxItems <= maxQueue) return;
  throw new UsageError(
    `--max-items ${maxItems} is more than --max-queue ${maxQueue}: such a request would always be refused`,
  );
}

export function servedModelOptions({ maxBatch, maxWait, maxQueue, modelTimeout }: ModelFlags) {
  return { maxBatch, maxWaitMs: maxWait, maxQueued: maxQueue, timeoutMs: 1000 * modelTimeout };
}

function portNumber(text: string): number {
  const port = wholeNumber(text);
  if (port >= 0 && port <= 65_535) return port;
  throw new InvalidArgumentError("a number from 0 to 65535 is needed.");
}
