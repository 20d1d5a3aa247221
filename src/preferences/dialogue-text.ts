/**
 * A dialogue that a chat template has made into one text, read back into messages. Trainers send such texts
 * (OpenRLHF's `query`), and model servers score them.
 * @module
 */
import { InputError, show } from "../io/errors.ts";
import { isTranscript, parseTranscript } from "./transcript.ts";
import type { Message } from "./types.ts";

/**
 * The messages of a text in any of these forms; contents lose the white space that the form's template trims:
 *
 * - Anthropic HH: `\n\nHuman: …\n\nAssistant: …`, also after a system message
 * - ChatML (Qwen and others): `<|im_start|>user\n…<|im_end|>`
 * - Llama 3 and 4: `<|start_header_id|>user<|end_header_id|>\n\n…<|eot_id|>`, `<|header_start|>…<|header_end|>…<|eot|>`
 * - Gemma: `<start_of_turn>user\n…<end_of_turn>`
 * - Mistral and Llama 2: `[INST] … [/INST] …</s>`
 * - Zephyr, Phi-3 and the tokenizers made here: `<|user|>…<|assistant|>…`
 *
 * Any other text is one message of the user. An assistant turn at the end that is open and empty is what a template adds
 * for the model to go on from, so it is left out. The last turn may be open: a response that ran to its length limit.
 *
 * @throws InputError where a text begins in one of the forms and then does not keep to it, or has a turn of a role that
 * is not system, user or assistant
 */
export function parseDialogueText(text: string): Message[] {
  const { messages, open } = read(text);
  return open && isGenerationPrompt(messages.at(-1)!) ? messages.slice(0, -1) : messages;
}

/**
 * A text as prompt and response: the last turn, which must be the assistant's. An open and empty one is an empty
 * response.
 *
 * @throws InputError as {@link parseDialogueText}, and where the last turn is not the assistant's or none stands before it
 */
export function splitDialogueText(text: string): { prompt: Message[]; response: string } {
  const { messages } = read(text);
  const last = messages.at(-1);
  if (last?.role === "assistant" && messages.length > 1)
    return { prompt: messages.slice(0, -1), response: last.content };
  throw new InputError({
    problem: "this text is not a dialogue that ends with the assistant's response",
    found: show(text),
    expected: "a prompt and a response as a transcript (Human: … Assistant: …) or by a known chat template",
    fix: "Send messages, or text in one of the forms of docs/remote-rewards.md",
  });
}

/**
 * All turns of a text that a chat template has made, an empty one at the end among them; undefined for any other text, HH
 * transcripts included, and for one that does not keep to its form.
 */
export function readTemplated(text: string): Message[] | undefined {
  if (!templated.test(text)) return undefined;
  try {
    return read(text).messages;
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

const templated =
  /^\s*(?:(?:<\|begin_of_text\|>|<s>|<bos>|<\|startoftext\|>)\s*)*(?:<\|im_start\|>|<\|(?:start_header_id|header_start)\|>|<start_of_turn>|\[INST\]|\[SYSTEM_PROMPT\]|<\|(?:system|user|assistant)\|>)/;

type Dialogue = { messages: Message[]; open: boolean };

const beginning = /^(?:\s*(?:<\|begin_of_text\|>|<s>|<bos>|<\|startoftext\|>|<\|endoftext\|>))*/;
const between = /\s*(?:(?:<\/s>|<\|endoftext\|>|<\|end_of_text\|>|<eos>|<pad>|<\|pad\|>)\s*)*/y;
const ending = /(?:<\/s>|<\|endoftext\|>|<\|end_of_text\|>|<eos>|<pad>|<\|pad\|>|\[\/?PAD\])+$/;

function read(text: string): Dialogue {
  const body = text.slice(beginning.exec(text)![0].length);
  const start = body.trimStart();
  const marked = markedForms.find(({ open }) => matchAt(open, start, 0) !== null);
  if (marked !== undefined) return readMarked(start, marked);
  if (start.startsWith("[INST]") || start.startsWith("[SYSTEM_PROMPT]")) return readInstructions(start);
  if (matchAt(roleToken, start, 0) !== null) return readRoleTokens(start);
  if (isTranscript(body) || body.includes("\n\nHuman:")) {
    const messages = parseTranscript(body.replace(ending, ""));
    return { messages, open: messages.at(-1)?.role === "assistant" };
  }
  return { messages: [{ role: "user", content: text }], open: false };
}

/** What an open assistant turn holds before the model has said anything: nothing, or the tags that steer its thinking. */
const isGenerationPrompt = ({ role, content }: Message): boolean =>
  role === "assistant" && /^\s*(?:<think>\s*(?:<\/think>\s*)?)?$/.test(content);

type MarkedForm = {
  /** Opens a turn, at `lastIndex`; captures its role. */
  open: RegExp;
  /** Closes a turn; the last one may stay open. */
  close: RegExp;
};

const markedForms: readonly MarkedForm[] = [
  { open: /<\|im_start\|>(\w+)\n/y, close: /<\|im_end\|>/g },
  { open: /<\|start_header_id\|>(\w+)<\|end_header_id\|>\n\n/y, close: /<\|e(?:ot|om)_id\|>/g },
  { open: /<\|header_start\|>(\w+)<\|header_end\|>\n\n/y, close: /<\|e(?:ot|om)\|>/g },
  { open: /<start_of_turn>(\w+)\n/y, close: /<end_of_turn>/g },
];

function readMarked(text: string, { open, close }: MarkedForm): Dialogue {
  const messages: Message[] = [];
  const opensInside = new RegExp(open.source);
  for (let at = 0; ; ) {
    const opened = matchAt(open, text, at);
    if (opened === null) throw broken(text, at, "text between two turns");
    const from = at + opened[0].length;
    const closed = matchAt(close, text, from);
    const content = text.slice(from, closed?.index);
    if (opensInside.test(content)) throw broken(text, from, "a turn that is not closed before the next one");
    const role = roleOf(opened[1]!);
    if (closed === null) {
      messages.push({ role, content: content.replace(ending, "") });
      return { messages, open: true };
    }
    messages.push({ role, content });
    const after = closed.index + closed[0].length;
    at = after + matchAt(between, text, after)![0].length;
    if (at === text.length) return { messages, open: false };
  }
}

const instruction = /\[INST\]([\s\S]*?)\[\/INST\]/y;
const systemPrompt = /\[SYSTEM_PROMPT\]([\s\S]*?)\[\/SYSTEM_PROMPT\]/y;
const llama2System = /^\s*<<SYS>>\n?([\s\S]*?)\n?<<\/SYS>>/;

/** `[INST] user [/INST] assistant</s>`, the contents trimmed; each `</s>` may be followed by `<s>`. */
function readInstructions(text: string): Dialogue {
  const messages: Message[] = [];
  const system = matchAt(systemPrompt, text, 0);
  if (system !== null) messages.push({ role: "system", content: system[1]!.trim() });
  for (let at = system?.[0].length ?? 0; ; ) {
    at += /^\s*(?:<s>)?\s*/.exec(text.slice(at))![0].length;
    if (at === text.length) return { messages, open: false };
    const found = matchAt(instruction, text, at);
    if (found === null) throw broken(text, at, "something else than [INST] … [/INST]");
    messages.push(...withLlama2System(found[1]!));
    at += found[0].length;
    const next = /<\/s>|\[INST\]/.exec(text.slice(at));
    const content = text.slice(at, next === null ? undefined : at + next.index).trim();
    messages.push({ role: "assistant", content });
    if (next === null) return { messages, open: true };
    at += next.index + (next[0] === "</s>" ? next[0].length : 0);
  }
}

function withLlama2System(content: string): Message[] {
  const system = llama2System.exec(content);
  const user: Message = { role: "user", content: content.slice(system?.[0].length ?? 0).trim() };
  return system === null ? [user] : [{ role: "system", content: system[1]!.trim() }, user];
}

const roleToken = /<\|(system|user|assistant)\|>/y;
const closers = /(?:<\|end\|>|<\/s>|<\|endoftext\|>)\s*$/;

/** `<|user|>…<|assistant|>…`. Zephyr and Phi-3 put a newline after the role and close each turn; ours do neither. */
function readRoleTokens(text: string): Dialogue {
  const parts = text.split(/<\|(system|user|assistant)\|>/).slice(1);
  const turns = parts.flatMap((role, i) => (i % 2 === 0 ? [{ role, content: parts[i + 1]! }] : []));
  const closes = turns.some(({ content }) => closers.test(content));
  const isOpen = (content: string) => !closes || !closers.test(content);
  const messages = turns.map(({ role, content }): Message => {
    const own = closes ? content.replace(/^\n/, "").replace(closers, "") : content;
    return { role: roleOf(role), content: own };
  });
  return { messages, open: isOpen(turns.at(-1)!.content) };
}

const roles: Partial<Record<string, Message["role"]>> = {
  system: "system",
  developer: "system",
  user: "user",
  assistant: "assistant",
  model: "assistant",
};

function roleOf(name: string): Message["role"] {
  const role = roles[name];
  if (role !== undefined) return role;
  throw new InputError({
    problem: "a dialogue has a turn that a reward model of text can't read",
    found: `a turn of "${name}"`,
    expected: "turns of system, user and assistant",
  });
}

const broken = (text: string, at: number, problem: string): InputError =>
  new InputError({
    problem: `a dialogue in the form of a chat template has ${problem}`,
    found: `${show(text.slice(at, at + 60))} after ${at} characters`,
    fix: "Send the text as the chat template made it",
  });

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
