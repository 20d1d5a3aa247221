import { retryAfterSeconds } from "../../io/retrying.ts";
import { serverWords } from "../../io/server-words.ts";
import { ChatError } from "../chat/openai-error.ts";
import type { ServeErrorCode } from "../serve-error.ts";

/** A client that is told to wait longer than this, in seconds, is told so at once: it can wait as well as the proxy. */
const LONGEST_WAIT = 10;

/** An upstream that did not answer as it should. */
export class UpstreamError extends ChatError {
  /**
   * `refused`: the request is at fault, and would be again. `limited`: it came too early. `failed`: the upstream is at fault,
   * with this request at least. `down`: no request gets through to it.
   */
  readonly kind: "refused" | "limited" | "failed" | "down";

  constructor(
    kind: UpstreamError["kind"],
    code: ServeErrorCode,
    message: string,
    options: ErrorOptions & { retryAfter?: number; param?: string; openAiCode?: string } = {},
  ) {
    super(code, message, options);
    this.kind = kind;
  }

  /** Whether the same request may well succeed in a moment. */
  get passing(): boolean {
    return this.kind !== "refused" && (this.retryAfter ?? 0) <= LONGEST_WAIT;
  }
}

/**
 * What an answer other than 2xx means for the client: a request that the upstream refuses is refused in the upstream's words;
 * a key that it refuses is the client's fault only where it is the client's key.
 *
 * @param ownKey whether the proxy sent a key of its own
 */
export function errorOfStatus(response: Response, text: string, ownKey: boolean): UpstreamError {
  const { status } = response;
  // a page of HTML says nothing to the client, and may say too much
  const { message: said, param, code: openAiCode } = serverWords(text);
  const message = `the upstream answered ${status}${said === undefined ? "" : `: ${said}`}`;
  const options = { ...(param && { param }), ...(openAiCode && { openAiCode }), ...retryAfterOf(response) };
  switch (status) {
    case 401:
    case 403:
      if (!ownKey) return new UpstreamError("refused", "unauthorized", message, options);
      return new UpstreamError(
        "refused",
        "upstream_failed",
        `the upstream refused the proxy's key (${status})`,
      );
    case 404:
      return new UpstreamError("refused", "not_found", message, options);
    case 413:
      return new UpstreamError("refused", "too_large", message, options);
    case 429: {
      const kind = openAiCode === "insufficient_quota" ? "refused" : "limited";
      return new UpstreamError(kind, "busy", message, options);
    }
    case 501:
      return new UpstreamError("refused", "upstream_failed", message, options);
    case 503:
      return new UpstreamError("down", "upstream_down", message, retryAfterOf(response));
    case 502:
    case 504:
      return new UpstreamError("down", "upstream_failed", message, retryAfterOf(response));
    case 408:
      return new UpstreamError("failed", "upstream_failed", message);
  }
  if (status >= 400 && status < 500) return new UpstreamError("refused", "bad_request", message, options);
  return new UpstreamError("failed", "upstream_failed", message, retryAfterOf(response));
}

function retryAfterOf(response: Response): { retryAfter?: number } {
  const retryAfter = retryAfterSeconds(response);
  return retryAfter === undefined ? {} : { retryAfter };
}
