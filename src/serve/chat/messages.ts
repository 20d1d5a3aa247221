import type { Message } from "../../preferences/index.ts";
import { ChatError } from "./openai-error.ts";
import type { ChatMessageParam } from "./schema.ts";

/**
 * The dialogue that a request holds, as plain text: a developer's turn is a system's, parts of text stand on lines of their own.
 *
 * @throws ChatError for what is no text: images, sound, calls of tools and their results
 */
export function dialogueOf(messages: readonly ChatMessageParam[]): Message[] {
  return messages.map((message, i): Message => {
    const { role } = message;
    if (role === "tool" || role === "function") {
      throw refused(`messages.${i}.role`, `a message of role "${role}" is not supported by this model`);
    }
    if (message.tool_calls?.length) {
      throw refused(`messages.${i}.tool_calls`, "calls of tools are not supported by this model");
    }
    return {
      role: role === "developer" ? "system" : role,
      content: textOf(message, `messages.${i}.content`),
    };
  });
}

function textOf({ content }: ChatMessageParam, param: string): string {
  if (content === null || content === undefined) throw refused(param, `${param} is missing: text is needed`);
  if (typeof content === "string") return content;
  return content
    .map((part, i) => {
      if (part.type === "text" && typeof part.text === "string") return part.text;
      const what = `a part of type "${part.type}" is not supported by this model, which reads text alone`;
      throw refused(`${param}.${i}`, what);
    })
    .join("\n");
}

const refused = (param: string, message: string): ChatError =>
  new ChatError("bad_request", message, { param });
