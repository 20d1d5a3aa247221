/** What an OpenAI-compatible server says in place of an answer. */
import { z } from "zod";
import { type Fault, InputError, show } from "../io/errors.ts";
import { retryAfterSeconds } from "../io/retrying.ts";

/** A server that asks for a longer wait than this, in seconds, is not waited for. */
const LONGEST_WAIT = 120;

/** A request without an answer that can be used. */
export class OpenAiRequestError extends InputError {
  /** Undefined where there was no answer at all. */
  readonly status: number | undefined;
  /** The field that the server names. */
  readonly param: string | undefined;
  /** Whether the same request may well succeed later. */
  readonly passing: boolean;
  /** Seconds, where the server says so. */
  readonly retryAfter: number | undefined;

  constructor(
    fault: Fault,
    about: ErrorOptions & Partial<Pick<OpenAiRequestError, "status" | "param" | "passing" | "retryAfter">>,
  ) {
    super(fault, about);
    this.status = about.status;
    this.param = about.param;
    this.passing = about.passing ?? false;
    this.retryAfter = about.retryAfter;
  }
}

const saidSchema = z.looseObject({
  error: z.union([
    z.string(),
    z.looseObject({
      message: z.string().nullish(),
      param: z.string().nullish(),
      code: z.unknown().optional(),
    }),
  ]),
});

/** What an answer other than 2xx says. */
export function refusal(response: Response, text: string, url: string): OpenAiRequestError {
  const { status } = response;
  const { message, param, code } = said(text);
  const retryAfter = retryAfterSeconds(response);
  const late = retryAfter !== undefined && retryAfter > LONGEST_WAIT;
  const later = status === 408 || status === 429 || (status >= 500 && status !== 501);
  return new OpenAiRequestError(
    {
      problem: `the server answered ${status}`,
      file: url,
      found: message,
      ...(FIX[status] !== undefined && { fix: FIX[status] }),
      ...(late && { fix: `Come again in ${retryAfter} seconds, as it says` }),
    },
    {
      status,
      ...(param && { param }),
      // a quota that is used up is not there again in a minute
      passing: later && !late && code !== "insufficient_quota",
      ...(retryAfter !== undefined && { retryAfter }),
    },
  );
}

const FIX: Record<number, string> = {
  401: "Name the environment variable that holds its key with --policy-key-env",
  403: "Name the environment variable that holds its key with --policy-key-env",
  404: "Check the address, and the model's name (--policy-model)",
};

/** The server's own words: OpenAI's form, a plain string, or the body as it stands. */
function said(text: string): { message: string; param?: string | null | undefined; code?: unknown } {
  const parsed = saidSchema.safeParse(jsonOr(text));
  if (!parsed.success) return { message: show(text) };
  const { error } = parsed.data;
  if (typeof error === "string") return { message: show(error) };
  return {
    message: error.message ? longer(error.message) : show(text),
    param: error.param,
    code: error.code,
  };
}

/** Up to 500 characters, without what could steer a terminal. */
function longer(message: string): string {
  const printable = message.replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ");
  return printable.length > 500 ? `${printable.slice(0, 500)}…` : printable;
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
