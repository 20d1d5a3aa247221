/** `--policy DIR_OR_URL`: a language model to sample from, in this process or behind a server; one place for all commands. */
import { type Command, Option } from "commander";
import { UsageError } from "../io/errors.ts";
import { headerKey } from "../io/header-key.ts";
import { LocalPolicy, OpenAiPolicy, type Policy, type PromptFormat } from "../policies/index.ts";
import { type DataRecord, recordModel } from "./lm/data.ts";
import { loadWithTokenizer } from "./lm/load.ts";
import { positiveNumber, positiveWholeNumber } from "./options.ts";
import { providerOption, type SessionFlags, sessionOptions, threadsOption } from "./session-options.ts";

/** Which model, and how it is reached. */
export type PolicyFlags = SessionFlags & {
  policy: string;
  policyModel?: string;
  policyKeyEnv?: string;
  concurrency?: number;
  tokenizer?: string;
  promptFormat?: PromptFormat;
};

/** What of a policy changes its samples. */
export type PolicyIdentity = { files: DataRecord[]; format: PromptFormat } | { url: string; model: string };

/** The options of a policy's address. */
export const policyOptions = (command: Command): Command =>
  command
    .option(
      "--policy <dir-or-url>",
      "a language model to sample from: a folder, or an OpenAI-compatible server",
    )
    .option("--policy-model <name>", "of a server: the model's name there")
    .option("--policy-key-env <variable>", "of a server: the environment variable that holds its key")
    .option("--concurrency <n>", "of a server: requests at a time (default: 8)", positiveWholeNumber)
    .option("--tokenizer <path>", "of a folder that has none: tokenizer.json, or llama2.c's .bin")
    .addOption(threadsOption("of a folder: "))
    .addOption(providerOption("of a folder: "));

/** How prompts reach a policy in this process. @param about stands before the description */
export const promptFormatOption = (about: string): Option =>
  new Option("--prompt-format <how>", `${about}prompts as turns of a dialogue, or as text to go on with`)
    .choices(["dialogue", "text"])
    .default("dialogue");

/** The options of a policy that stands in for a file of candidates, but for the number of its samples. */
export const policySampleOptions = (command: Command): Command =>
  policyOptions(command)
    .option("--prompts <file...>", "with --policy: any rows with a prompt")
    .addOption(promptFormatOption("of a folder: "))
    .option("--max-new-tokens <n>", "with --policy: longest response", positiveWholeNumber, 128)
    .option("--policy-temperature <number>", "with --policy: 1 samples the policy itself", positiveNumber, 1);

export const isServer = (policy: string): boolean => /^[a-z][a-z0-9+.-]*:\/\//i.test(policy);

/**
 * @param maxBatch of a folder: samples that grow side by side at most
 * @throws UsageError for options that don't go together; InputError where the model can't be read
 */
export async function openPolicy(
  flags: PolicyFlags,
  maxBatch?: number,
): Promise<{ policy: Policy; identity: PolicyIdentity }> {
  return isServer(flags.policy) ? openServer(flags) : openLocal(flags, maxBatch);
}

/** A policy in this process. @throws as `openPolicy` */
export async function openLocal(
  flags: PolicyFlags,
  maxBatch?: number,
): Promise<{ policy: LocalPolicy; identity: PolicyIdentity }> {
  refuse(flags, ["policyModel", "policyKeyEnv", "concurrency"], "is for servers", flags.policy);
  const { policy: path, promptFormat: format = "dialogue" } = flags;
  const { model, tokenizer } = await loadWithTokenizer(path, flags.tokenizer);
  const files = await recordModel(path);
  const policy = new LocalPolicy(model, tokenizer, {
    ...sessionOptions(flags),
    format,
    ...(maxBatch !== undefined && { maxBatch }),
  });
  return { policy, identity: { files, format } };
}

function openServer(flags: PolicyFlags): { policy: Policy; identity: PolicyIdentity } {
  const { policy: url, policyModel: model, policyKeyEnv: variable, concurrency } = flags;
  refuse(flags, ["tokenizer", "threads", "provider"], "is for models in this process", url);
  if (flags.promptFormat === "text")
    throw new UsageError(`--policy ${url} is a server, which takes dialogues`);
  if (model === undefined)
    throw new UsageError(`--policy ${url} is a server: name its model with --policy-model`);
  const given = variable === undefined ? undefined : process.env[variable];
  if (variable !== undefined && !given) {
    throw new UsageError(
      `--policy-key-env ${variable}: there is no such environment variable, or it is empty`,
    );
  }
  const policy = new OpenAiPolicy({
    url,
    model,
    ...(variable !== undefined && given && { key: headerKey(given, variable) }),
    ...(concurrency !== undefined && { concurrency }),
  });
  return { policy, identity: { url, model } };
}

function refuse(flags: PolicyFlags, names: (keyof PolicyFlags)[], why: string, policy: string): void {
  const given = names.find((name) => flags[name] !== undefined);
  if (given === undefined) return;
  const option = given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new UsageError(`--${option} ${why}, and --policy ${policy} is none`);
}
