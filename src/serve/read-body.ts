import { isUtf8 } from "node:buffer";
import type { z } from "zod";
import type { ServeContext } from "./context.ts";
import { ServeError } from "./serve-error.ts";

/**
 * The body of a request as JSON, whatever content type it claims (curl says that it sends a form), by a schema.
 * @throws ServeError `bad_request` by the first field that is wrong
 */
export const readBody = async <T>(c: ServeContext, schema: z.ZodType<T>): Promise<T> =>
  parseBody(await readText(c), schema);

export const readText = async (c: ServeContext): Promise<string> =>
  textOf(Buffer.from(await c.req.arrayBuffer()));

/**
 * The text of a body.
 * @throws ServeError `bad_request` for bytes that are no UTF-8: other characters in their place would get another reward
 */
export function textOf(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new ServeError("bad_request", "the body is not UTF-8: send JSON, not compressed");
  const text = bytes.toString();
  return text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text;
}

const BYTE_ORDER_MARK = 0xfeff;

/** @throws ServeError as {@link readBody} */
export function parseBody<T>(text: string, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw new ServeError("bad_request", `${path.length === 0 ? "the body" : path.join(".")}: ${message}`);
}

/**
 * JSON of what holds parts of a request's body: its answer, or what is passed on.
 * @throws ServeError `bad_request` where the body is nested deeper than can be written: it can be read however deep it is
 */
export function jsonText(value: object): string {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new ServeError("bad_request", "the body is nested too deeply", { cause });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const found = text === "" ? "it is empty" : (cause as SyntaxError).message;
    throw new ServeError("bad_request", `the body is not JSON: ${found}`, { cause });
  }
}
