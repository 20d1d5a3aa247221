/**
 * The log: one JSON line a request and event. What prompts and responses say stays out of it unless it is asked for, and
 * so do messages of errors, which may quote them.
 * @module
 */
import { type DestinationStream, type Logger, pino } from "pino";
import { kindOf } from "./guarded.ts";
import type { ServeError } from "./serve-error.ts";

export type Log = Logger;

export const LOG_LEVELS = ["silent", "error", "warn", "info", "debug"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** @param destination standard error where absent */
export function createLog(level: LogLevel, destination?: DestinationStream): Log {
  return pino(
    {
      ...{ level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
      formatters: { level: (label) => ({ level: label }) },
    },
    destination ?? pino.destination({ dest: 2, sync: true }),
  );
}

/**
 * What the log says of a refusal.
 * @param text whether messages may be logged
 */
export function describeError(error: ServeError, text: boolean): Record<string, unknown> {
  const { code, message, cause } = error;
  return {
    code,
    ...(text && { message }),
    ...(cause !== undefined && { cause: describeCause(cause, text, code === "internal") }),
  };
}

/** @param frames whether to say where it was thrown: for what was not foreseen */
function describeCause(cause: unknown, text: boolean, frames: boolean): Record<string, unknown> {
  const stack = frames && cause instanceof Error ? cause.stack : undefined;
  return {
    kind: kindOf(cause),
    ...(text && cause instanceof Error && { message: cause.message }),
    // the frames alone: above them stands the message
    ...(stack !== undefined && { stack: stack.split("\n").filter((line) => /^\s+at /.test(line)) }),
  };
}
