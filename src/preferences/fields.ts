/**
 * The fields that preference files are made of, as zod schemas. Tables hold nested values and numbers as text, so lists
 * may come as JSON text and numbers as digits.
 * @module
 */
import { z } from "zod";
import { numberOfText } from "../io/number-text.ts";
import { readTemplated } from "./dialogue-text.ts";
import { isTranscript, parseTranscript } from "./transcript.ts";
import type { Message } from "./types.ts";

const message = z.object({ role: z.enum(["system", "user", "assistant"]), content: z.string() });

/** A list, or JSON text of one. */
export const listOf = <Item extends z.ZodType>(item: Item) => z.preprocess(fromJsonText, z.array(item));

/** An object, or JSON text of one. */
export const objectOf = <Value extends z.ZodType>(value: Value) =>
  z.preprocess(fromJsonText, z.record(z.string(), value));

/** A finite number, or text of one; see `numberOfText`. */
export const number = z.unknown().transform((value, context) => {
  const found = typeof value === "string" ? numberOfText(value) : value;
  if (typeof found === "number" && Number.isFinite(found)) return found;
  context.addIssue({ code: "custom", message: "a finite number" });
  return z.NEVER;
});

/** A field that may be absent, null or, in a table, an empty cell. */
export const optional = <Field extends z.ZodType>(field: Field) =>
  z.preprocess((value) => (value === null || value === "" ? undefined : value), field.optional());

/** An id: text or a number. */
export const id = optional(z.union([z.string(), z.number().transform(String)], "text or a number"));

/** A prompt: text (one user turn, an HH transcript, or what a chat template made), or a list of messages. */
export const prompt = z.unknown().transform((value, context): Message[] => {
  const messages = typeof value === "string" ? promptFromText(value) : messageList(value);
  if (messages !== undefined) return messages;
  context.addIssue({ code: "custom", message: "text or a list of {role, content}" });
  return z.NEVER;
});

/** A response with the messages before it, where the file repeats them. */
export type Completion = { before: Message[]; response: string };

/** A response: text, or a dialogue (messages, HH transcript) whose last turn is the assistant's. */
export const completion = z.unknown().transform((value, context): Completion => {
  const messages = typeof value === "string" ? dialogueFromText(value) : messageList(value);
  const last = messages?.at(-1);
  if (last?.role === "assistant") return { before: messages!.slice(0, -1), response: last.content };
  if (typeof value === "string") return { before: [], response: value };
  context.addIssue({
    code: "custom",
    message: "text or a list of {role, content} that ends with the assistant",
  });
  return z.NEVER;
});

function promptFromText(text: string): Message[] {
  const turns = dialogueFromText(text);
  if (turns === undefined) return [{ role: "user", content: text }];
  // one that ends with an empty turn of the assistant asks for that turn
  const last = turns.at(-1)!;
  return last.role === "assistant" && last.content === "" ? turns.slice(0, -1) : turns;
}

function dialogueFromText(text: string): Message[] | undefined {
  if (text.startsWith("[{")) return messageList(fromJsonText(text));
  return isTranscript(text) ? parseTranscript(text) : readTemplated(text);
}

function messageList(value: unknown): Message[] | undefined {
  const parsed = z.array(message).min(1).safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

function fromJsonText(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
