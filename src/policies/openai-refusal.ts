/** What an OpenAI-compatible server says in place of an answer. */
import { type Fault, InputError, show } from "../io/errors.ts";
import { retryAfterSeconds } from "../io/retrying.ts";
import { serverWords } from "../io/server-words.ts";

/** A server that asks for a longer wait than this, in seconds, is not waited for. */
const LONGEST_WAIT = 120;

/** A request without an answer that can be used. */
export class OpenAiRequestError extends InputError {
  /** Undefined where there was no answer at all. */
  readonly status: number | undefined;
  /** The field that the server names. */
  readonly param: string | undefined;
  /** OpenAI's word for what is wrong, where the server uses those. */
  readonly code: string | undefined;
  /** Whether the same request may well succeed later. */
  readonly passing: boolean;
  /** Seconds, where the server says so. */
  readonly retryAfter: number | undefined;

  constructor(
    fault: Fault,
    about: ErrorOptions &
      Partial<Pick<OpenAiRequestError, "status" | "param" | "code" | "passing" | "retryAfter">>,
  ) {
    super(fault, about);
    this.status = about.status;
    this.param = about.param;
    this.code = about.code;
    this.passing = about.passing ?? false;
    this.retryAfter = about.retryAfter;
  }
}

/** What an answer other than 2xx says. */
export function refusal(response: Response, text: string, url: string): OpenAiRequestError {
  const { status } = response;
  const { message, param, code } = serverWords(text);
  const retryAfter = retryAfterSeconds(response);
  const late = retryAfter !== undefined && retryAfter > LONGEST_WAIT;
  const later = status === 408 || status === 429 || (status >= 500 && status !== 501);
  return new OpenAiRequestError(
    {
      problem: `the server answered ${status}`,
      file: url,
      found: message ?? show(text),
      ...(FIX[status] !== undefined && { fix: FIX[status] }),
      ...(late && { fix: `Come again in ${retryAfter} seconds, as it says` }),
    },
    {
      status,
      ...(param && { param }),
      ...(code && { code }),
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
