/**
 * What a model server says in place of an answer. Forms as servers sent them: `{"error": {…}}` of OpenAI, vLLM and llama.cpp,
 * `{"error": "…"}` of Text Embeddings Inference and Ollama, `{"detail": …}` of FastAPI (transformers, and unknown paths of others),
 * `{"message": "…"}` of SGLang and old vLLM.
 * @module
 */
import { z } from "zod";

/** The server's own words, the field at fault, and OpenAI's code, where they are there. */
export type ServerWords = { message?: string; param?: string; code?: string };

const aboutField = z.looseObject({
  message: z.string().min(1),
  param: z.unknown().optional(),
  code: z.unknown().optional(),
});
/** FastAPI's list of what is wrong with a body. */
const validation = z.looseObject({ loc: z.array(z.union([z.string(), z.number()])), msg: z.string() });

const forms = z.union([
  z.looseObject({ error: aboutField }).transform(({ error }) => wordsOf(error)),
  z.looseObject({ error: z.string().min(1) }).transform(({ error }) => wordsOf({ message: error })),
  z.looseObject({ detail: z.string().min(1) }).transform(({ detail }) => wordsOf({ message: detail })),
  z.looseObject({ detail: z.array(validation).min(1) }).transform(({ detail }) =>
    wordsOf({
      message: detail.map(({ loc, msg }) => `${loc.join(".")}: ${msg}`).join("; "),
      param: detail[0]!.loc.slice(1).join("."),
    }),
  ),
  aboutField.transform(wordsOf),
]);

/** Reads the body of an error; nothing is found in a page of HTML, or in JSON of no known form. */
export function serverWords(body: string): ServerWords {
  const parsed = forms.safeParse(parsedJson(body));
  return parsed.success ? parsed.data : {};
}

/** A code that is a number is the status once more, as in vLLM: not one of OpenAI's. */
function wordsOf({
  message,
  param,
  code,
}: {
  message: string;
  param?: unknown;
  code?: unknown;
}): ServerWords {
  return {
    message: printable(message),
    ...(typeof param === "string" && param !== "" && { param }),
    ...(typeof code === "string" && code !== "" && { code }),
  };
}

/** Up to 500 characters, without what could steer a terminal. */
function printable(message: string): string {
  const text = message.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g, " ");
  return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
