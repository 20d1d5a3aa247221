import { Template } from "@huggingface/jinja";
import { InputError } from "../../io/errors.ts";
import type { Message } from "../../preferences/types.ts";
import type { RewardItem } from "../reward-model.ts";
import type { Rendered } from "./description.ts";

/** The whole dialogue, the response last. */
export const dialogueOf = ({ prompt, response }: RewardItem): Message[] => [
  ...prompt,
  { role: "assistant", content: response },
];

/** How a dialogue becomes the text that the model reads. @throws InputError for a chat template that does not parse */
export function createRenderer(text: Rendered): (dialogue: readonly Message[]) => string {
  if (text === "transcript") return transcript;
  const { chatTemplate, bosToken, eosToken } = text;
  const template = orInputError(() => new Template(chatTemplate));
  return (dialogue) =>
    orInputError(() =>
      template.render({
        messages: dialogue.map(({ role, content }) => ({ role, content })),
        add_generation_prompt: false,
        bos_token: bosToken,
        eos_token: eosToken,
      }),
    );
}

const openings = { system: "", user: "\n\nHuman: ", assistant: "\n\nAssistant: " } as const;

/** Anthropic HH: `\n\nHuman: …\n\nAssistant: …`; a system message stands before. */
const transcript = (dialogue: readonly Message[]): string =>
  dialogue.map(({ role, content }) => `${openings[role]}${content}`).join("");

/** A prompt beside its response, for models of two texts: what the user says, or the transcript of several turns. */
export const promptText = (prompt: readonly Message[]): string =>
  prompt.length === 1 && prompt[0]!.role === "user" ? prompt[0]!.content : transcript(prompt).trimStart();

function orInputError<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const problem = "the chat template of a remote reward can't be used";
    throw new InputError(
      { problem, found: error instanceof Error ? error.message : String(error) },
      { cause: error },
    );
  }
}
