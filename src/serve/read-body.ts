import type { z } from "zod";
import type { ServeContext } from "./context.ts";
import { ServeError } from "./serve-error.ts";

/**
 * The body of a request as JSON, whatever content type it claims (curl says that it sends a form), by a schema.
 * @throws ServeError `bad_request` by the first field that is wrong
 */
export const readBody = async <T>(c: ServeContext, schema: z.ZodType<T>): Promise<T> =>
  parseBody(await c.req.text(), schema);

/** @throws ServeError as {@link readBody} */
export function parseBody<T>(text: string, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw new ServeError("bad_request", `${path.length === 0 ? "the body" : path.join(".")}: ${message}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const found = text === "" ? "it is empty" : (cause as SyntaxError).message;
    throw new ServeError("bad_request", `the body is not JSON: ${found}`, { cause });
  }
}
