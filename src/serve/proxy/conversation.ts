/**
 * What rewards see of a conversation. Everything goes to the upstream as it came; this is only what is judged.
 * @module
 */
import { z } from "zod";
import type { Message } from "../../preferences/index.ts";
import type { ChatChoice, ChatMessageParam } from "../chat/schema.ts";
import { jsonText } from "../read-body.ts";

const ROLES = {
  system: "system",
  developer: "system",
  user: "user",
  // what a tool said stands on the side of what the assistant answers to
  tool: "user",
  function: "user",
  assistant: "assistant",
} as const satisfies Record<ChatMessageParam["role"], Message["role"]>;

export type Conversation = {
  /** Its `promptHash` finds the references. */
  prompt: Message[];
  /** Kinds of content that the rewards can't see, such as `image_url`. */
  unseen: string[];
};

/**
 * Messages of OpenAI's form as the prompt of an objective: `developer` is `system`, a tool's result is the user's turn, parts
 * of text are joined by line ends, and calls of tools are written as {@link toolCallText}.
 */
export function conversationOf(messages: readonly ChatMessageParam[]): Conversation {
  const unseen = new Set<string>();
  const prompt = messages.map(({ role, content, tool_calls }) => ({
    role: ROLES[role],
    content: textOf(contentText(content, unseen), tool_calls),
  }));
  return { prompt, unseen: [...unseen] };
}

function contentText(content: ChatMessageParam["content"], unseen: Set<string>): string {
  if (typeof content === "string" || content === null || content === undefined) return content ?? "";
  return content
    .map((part) => {
      if ("text" in part && typeof part.text === "string") return part.text;
      if ("refusal" in part && typeof part.refusal === "string") return part.refusal;
      unseen.add(part.type);
      return `[${part.type}]`;
    })
    .join("\n");
}

/** What is scored of a candidate: its text, or its refusal, and a line for each tool that it calls. */
export function candidateText({ content, refusal, tool_calls }: ChatChoice["message"]): string {
  return textOf(content ?? refusal ?? "", tool_calls);
}

function textOf(text: string, calls: ChatMessageParam["tool_calls"]): string {
  return [...(text === "" ? [] : [text]), ...(calls ?? []).map(toolCallText)].join("\n");
}

const functionCall = z.object({ function: z.object({ name: z.string(), arguments: z.string() }) });

/** `{"name":…,"arguments":{…}}`; a call of another kind as the JSON that it is, without its id. */
function toolCallText(call: Record<string, unknown>): string {
  const { success, data } = functionCall.safeParse(call);
  const { id: _, ...rest } = call;
  if (!success) return jsonText(rest);
  return jsonText({ name: data.function.name, arguments: parsedOrText(data.function.arguments) });
}

function parsedOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
