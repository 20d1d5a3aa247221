import type { Message } from "./types.ts";

const markers = { user: "\n\nHuman:", assistant: "\n\nAssistant:" } as const;

/** True for a dialogue as one text: it begins with a Human turn. */
export const isTranscript = (text: string): boolean => /^\s*Human:/.test(text);

/**
 * The turns of a dialogue written as `\n\nHuman: …\n\nAssistant: …` (Anthropic HH), contents trimmed. Text before the
 * first turn becomes a system message.
 */
export function parseTranscript(text: string): Message[] {
  const messages: Message[] = [];
  const dialogue = isTranscript(text) ? `\n\n${text.trimStart()}` : text;
  let role: Message["role"] = "system";
  let start = 0;
  for (;;) {
    const next = nextTurn(dialogue, start);
    const content = dialogue.slice(start, next.at).trim();
    if (role !== "system" || content !== "") messages.push({ role, content });
    if (next.at === undefined) return messages;
    role = next.role;
    start = next.at + markers[next.role].length;
  }
}

type Turn = { at: number; role: "user" | "assistant" } | { at: undefined };

const marker = /\n\n(?:Human|Assistant):/g;

function nextTurn(text: string, from: number): Turn {
  marker.lastIndex = from;
  const found = marker.exec(text);
  if (found === null) return { at: undefined };
  return { at: found.index, role: found[0] === markers.user ? "user" : "assistant" };
}

/** Cuts a dialogue before its last Assistant turn, without parsing it: the text before, and the turn's trimmed content. */
export function cutLastAssistantTurn(text: string): { before: string; response: string } | undefined {
  const at = text.lastIndexOf(markers.assistant);
  if (at === -1 || text.indexOf(markers.user, at) !== -1 || !isTranscript(text)) return undefined;
  return { before: text.slice(0, at), response: text.slice(at + markers.assistant.length).trim() };
}
