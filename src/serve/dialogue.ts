/**
 * Texts of dialogues, as trainers send them, as messages.
 * @module
 */
import { InputError } from "../io/errors.ts";
import { type Message, parseDialogueText, splitDialogueText } from "../preferences/index.ts";
import { ServeError } from "./serve-error.ts";

/** Prompts remembered, and the longest that is. */
const REMEMBERED = 512;
const LONGEST = 16_384;

/** Trainers send a prompt once for each of its responses; models remember what they know of a prompt by its identity. */
const known = new Map<string, Message[]>();

/**
 * The messages of a prompt: text, an HH transcript, or what a chat template wrote.
 * @param field for the error message
 * @throws ServeError `bad_request` where the text does not keep to its form
 */
export function parseText(text: string, field: string): Message[] {
  const found = known.get(text);
  if (found !== undefined) return found;
  const messages = refusing(field, () => parseDialogueText(text));
  if (messages.length === 0) throw new ServeError("bad_request", `${field}: there is no message in it`);
  if (text.length > LONGEST) return messages;
  if (known.size >= REMEMBERED) known.delete(known.keys().next().value!);
  known.set(text, messages);
  return messages;
}

/**
 * Prompt and response of a whole dialogue, cut at the last turn, which must be the assistant's.
 * @throws ServeError `bad_request`
 */
export function splitText(text: string, field: string): { prompt: Message[]; response: string } {
  return refusing(field, () => splitDialogueText(text));
}

function refusing<T>(field: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof InputError)
      throw new ServeError("bad_request", `${field}: ${error.message}`, { cause: error });
    throw error;
  }
}

const SPECIAL =
  /^(?:\s*(?:<s>|<bos>|<\|begin_of_text\|>|<\|startoftext\|>|<\|endoftext\|>|<｜begin▁of▁sentence｜>))+$/;
/** What ends a turn or a text, or fills a batch's rows, in the templates of usual models. */
const ENDS = [
  ...[
    "<|im_end|>",
    "<|eot_id|>",
    "<|eom_id|>",
    "<|eot|>",
    "<|eom|>",
    "<end_of_turn>",
    "<|end|>",
    "<|return|>",
    // GLM-4 ends its turn with the beginning of the user's
    "<|user|>",
  ],
  ...["<|end_of_text|>", "<|endoftext|>", "<|end_of_sentence|>", "<｜end▁of▁sentence｜>", "</s>", "<eos>"],
  ...["<|END_OF_TURN_TOKEN|>", "<pad>", "<|pad|>", "<|finetune_right_pad_id|>", "[PAD]"],
];

/**
 * What follows the prompt in a text of both, without the tokens that end a turn, a text or a batch's row, and without the
 * white space around it, as in the files that rewards are learned from. A tokenizer may have put its token for the
 * beginning before the prompt.
 *
 * @returns undefined if the text does not begin with the prompt
 */
export function cutPrompt(text: string, prompt: string): string | undefined {
  const at = text.startsWith(prompt) ? 0 : text.indexOf(prompt);
  if (at > 0 && !SPECIAL.test(text.slice(0, at))) return undefined;
  if (at < 0) return undefined;
  return trimEnds(text.slice(at + prompt.length)).trimStart();
}

const LAST = new Set(ENDS.map((token) => token.at(-1)!));

/** By hand: a pattern would look at each place of a long text, and at runs of white space again and again. */
function trimEnds(text: string): string {
  let left = text.trimEnd();
  for (;;) {
    // most texts end with something else
    const end = LAST.has(left.at(-1) ?? "") ? ENDS.find((token) => left.endsWith(token)) : undefined;
    if (end === undefined) return left;
    left = left.slice(0, -end.length).trimEnd();
  }
}
