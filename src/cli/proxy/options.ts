import { type Command, InvalidArgumentError, Option } from "commander";
import { UsageError } from "../../io/errors.ts";
import type { ReferenceSpec } from "../../objective/index.ts";
import { DEFAULT_PROXY_SETTINGS, type ProxySettings } from "../../serve/index.ts";
import { notNegative, positiveWholeNumber, wholeNumber } from "../options.ts";
import { positiveSeconds, type ServerFlags, seconds, serverOptions } from "../serve/options.ts";

/** Times are in seconds, as given. */
export type ProxyFlags = ServerFlags & {
  upstream: string;
  objective: string;
  k: number;
  maxK?: number;
  minK?: number;
  gamma: number;
  earlyStop?: number;
  onRewardFailure: ProxySettings["onRewardFailure"];
  upstreamKeyEnv?: string;
  upstreamRequests: number;
  attempts: number;
  keepAlive: number;
  otherwise?: ReferenceSpec["otherwise"];
  reload: number;
  modelTimeout: number;
  seed: number;
};

const { k, maxK, gamma, onRewardFailure, deadlineMs, keepAliveMs } = DEFAULT_PROXY_SETTINGS;
/** Node waits no longer for the head of an answer. */
const LONGEST_DEADLINE = 290;

export const proxyOptions = (command: Command): Command =>
  serverOptions(
    command
      .requiredOption("--upstream <url>", "OpenAI-compatible server to sample from", upstreamUrl)
      .requiredOption("--objective <file>", "what to choose by; it is read again when it changes")
      .option("-k, --k <n>", "candidates of a request", positiveWholeNumber, k)
      .option(
        "--max-k <n>",
        `the most that a request may ask for (default: ${maxK}, or k)`,
        positiveWholeNumber,
      )
      .option(
        "--min-k <n>",
        "choose among fewer, where the rest can't be had (default: k)",
        positiveWholeNumber,
      )
      .option("--gamma <number>", "γ of soft best-of-k; 0: the best", notNegative, gamma)
      .option("--early-stop <p=number>", "sample in rounds, and stop at a p(goal) of this", probability)
      .addOption(
        new Option("--on-reward-failure <what>", "what a request gets whose candidates can't be scored")
          .choices(["error", "first"])
          .default(onRewardFailure),
      )
      .option("--upstream-key-env <name>", "environment variable that holds the upstream's key")
      .option("--upstream-requests <n>", "requests to the upstream at a time", positiveWholeNumber, 64)
      .option("--attempts <n>", "tries of a request to the upstream", positiveWholeNumber, 3)
      .option("--keep-alive <seconds>", "between comments in a stream", positiveSeconds, keepAliveMs / 1000)
      .addOption(
        new Option(
          "--otherwise <what>",
          "what a prompt without base samples gets, whatever the file says",
        ).choices(["error", "global", "estimator"]),
      )
      .option("--reload <seconds>", "how often the file is looked at; 0: never", seconds, 1)
      .option(
        "--model-timeout <seconds>",
        "how long a reward model may take over a batch",
        positiveSeconds,
        30,
      )
      .option("--seed <n>", "of soft choices, where a request has no seed", wholeNumber, 1),
    8081,
    deadlineMs / 1000,
  );

/** @throws UsageError for numbers that do not go together */
export function proxySettings(flags: ProxyFlags): ProxySettings {
  const { k, minK, earlyStop, deadline } = flags;
  refuseKeyIn(new URL(flags.upstream));
  const most = flags.maxK ?? Math.max(maxK, k);
  if (most < k)
    throw new UsageError(
      `--max-k ${most} is less than the ${k} candidates of every request: raise it, or lower -k`,
    );
  if (minK !== undefined && minK > k)
    throw new UsageError(`--min-k ${minK} is more than the ${k} candidates of a request`);
  if (deadline > LONGEST_DEADLINE)
    throw new UsageError(
      `--deadline ${deadline}: at most ${LONGEST_DEADLINE} seconds are waited for an upstream`,
    );
  return {
    ...{ k, maxK: most, gamma: flags.gamma, onRewardFailure: flags.onRewardFailure },
    ...(minK !== undefined && { minK }),
    ...(earlyStop !== undefined && { earlyStop }),
    deadlineMs: 1000 * deadline,
    keepAliveMs: 1000 * flags.keepAlive,
  };
}

/** Not the option's parser: that would print the address, and the key with it. */
function refuseKeyIn({ username, password }: URL): void {
  if (username === "" && password === "") return;
  throw new UsageError(
    "--upstream: a key in an address shows up in lists of processes: use --upstream-key-env",
  );
}

function upstreamUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new InvalidArgumentError("an address is needed, such as http://localhost:8000/v1.");
  if (url.search !== "" || url.hash !== "")
    throw new InvalidArgumentError("an address without ? and # is needed.");
  return text;
}

function probability(text: string): number {
  const p = Number(/^p=(.+)$/.exec(text)?.[1]);
  if (p > 0 && p <= 1) return p;
  throw new InvalidArgumentError("a probability is needed, such as p=0.9.");
}
