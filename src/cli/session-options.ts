import { Option } from "commander";
import { PROVIDERS, type Provider, type SessionOptions } from "../engine/index.ts";
import { positiveWholeNumber } from "./options.ts";

/** Where and on how many threads a language model runs. */
export type SessionFlags = { threads?: number; provider?: Provider };

/** @param about stands before the description */
export function threadsOption(about = ""): Option {
  return new Option("--threads <n>", `${about}processor threads (default: all cores)`).argParser(
    positiveWholeNumber,
  );
}

export function providerOption(about = ""): Option {
  return new Option(
    "--provider <name>",
    `${about}what runs the model, where the installed runtime has it`,
  ).choices(PROVIDERS);
}

export function sessionOptions({ threads, provider }: SessionFlags): SessionOptions {
  return { ...(threads !== undefined && { threads }), ...(provider !== undefined && { provider }) };
}
