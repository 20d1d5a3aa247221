import { Template } from "@huggingface/jinja";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CHAT_TEMPLATE } from "../models/index.ts";
import { CHAT_TEMPLATES } from "./chat-templates.fixture.ts";
import { parseDialogueText, splitDialogueText } from "./dialogue-text.ts";
import { parsePrompt } from "./parse-prompt.ts";
import type { Message } from "./types.ts";

const templates = Object.entries({ ...CHAT_TEMPLATES, ours: CHAT_TEMPLATE }).map(
  ([name, text]) => [name, new Template(text)] as const,
);
const special: Record<string, { bos_token: string; eos_token: string }> = {
  llama3: { bos_token: "<|begin_of_text|>", eos_token: "<|eot_id|>" },
  gemma: { bos_token: "<bos>", eos_token: "<eos>" },
};

function render(
  name: string,
  template: Template,
  messages: readonly Message[],
  add_generation_prompt = false,
): string {
  const tokens = special[name] ?? { bos_token: "<s>", eos_token: "</s>" };
  return template.render({ messages, add_generation_prompt, ...tokens });
}

/** Words with spaces and newlines inside, but neither at an end: that some templates trim. */
const content = fc
  .array(
    fc.constantFrom("Hi", "no.", "a\n\nb", "Human", "<b>", "[1]", "é", "👍", "|x|", "{{ y }}", "user\n- z"),
    {
      minLength: 1,
      maxLength: 5,
    },
  )
  .map((words) => words.join(" "));

const dialogue = fc
  .record({
    system: fc.option(content, { nil: undefined }),
    turns: fc.array(fc.tuple(content, content), { minLength: 1, maxLength: 3 }),
  })
  .map(({ system, turns }): Message[] => [
    ...(system === undefined ? [] : [{ role: "system" as const, content: system }]),
    ...turns.flatMap(([user, assistant]): Message[] => [
      { role: "user", content: user },
      { role: "assistant", content: assistant },
    ]),
  ]);

const transcript = (messages: readonly Message[]) =>
  messages
    .map(({ role, content }) => {
      if (role === "system") return content;
      return `\n\n${role === "user" ? "Human" : "Assistant"}: ${content}`;
    })
    .join("");

describe("a prompt of a file", () => {
  const place = { file: "prompts.jsonl", line: 1 };

  test.each(templates)(
    "that the template of %s has made is its messages, so it has their hash",
    (name, template) => {
      fc.assert(
        fc.property(dialogue, (messages) => {
          const prompt = messages.slice(0, -1);
          const text = render(name, template, prompt, true);
          expect(parsePrompt(text, place)).toEqual(prompt);
        }),
        { numRuns: 50 },
      );
    },
  );

  test("that only begins like one is one message", () => {
    for (const text of [
      "<|im_start|>user\nhi<|im_end|> and more",
      "[INST] no end",
      "<|im_start|>nobody\nhi",
    ]) {
      expect(parsePrompt(text, place)).toEqual([{ role: "user", content: text }]);
    }
  });
});

describe("parseDialogueText", () => {
  test.each(templates)("reads back what the template of %s wrote", (name, template) => {
    fc.assert(
      fc.property(dialogue, (messages) => {
        const text = render(name, template, messages);
        expect(parseDialogueText(text)).toEqual(messages);
        expect(splitDialogueText(text)).toEqual({
          prompt: messages.slice(0, -1),
          response: messages.at(-1)!.content,
        });
      }),
      { numRuns: 200 },
    );
  });

  test.each(templates)(
    "of a prompt by %s, up to where the response begins, reads the prompt",
    (name, template) => {
      fc.assert(
        fc.property(dialogue, content, (messages, response) => {
          const prompt = messages.slice(0, -1);
          const before = render(name, template, prompt, true);
          expect(parseDialogueText(before)).toEqual(prompt);
          expect(splitDialogueText(before + response)).toEqual({ prompt, response });
          expect(splitDialogueText(before)).toEqual({ prompt, response: "" });
        }),
        { numRuns: 100 },
      );
    },
  );

  test("reads back a transcript", () => {
    fc.assert(
      fc.property(dialogue, (messages) => {
        expect(parseDialogueText(transcript(messages))).toEqual(messages);
        expect(parseDialogueText(`<s>${transcript(messages.slice(0, -1))}\n\nAssistant:`)).toEqual(
          messages.slice(0, -1),
        );
      }),
    );
  });

  test("leaves out the empty thinking that some templates begin a response with", () => {
    const text = "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n";
    expect(parseDialogueText(text)).toEqual([{ role: "user", content: "Hi" }]);
  });

  test("leaves out padding and end tokens after the last turn, closed or open", () => {
    const turns = "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nYes.";
    const expected = { prompt: [{ role: "user", content: "Hi" }], response: "Yes." };
    expect(splitDialogueText(`${turns}<|im_end|>\n<|endoftext|><|endoftext|>`)).toEqual(expected);
    expect(splitDialogueText(`${turns}<|endoftext|>`)).toEqual(expected);
  });

  test("any other text is what a user says", () => {
    fc.assert(
      fc.property(content, (text) => {
        expect(parseDialogueText(text)).toEqual([{ role: "user", content: text }]);
      }),
    );
    const about = "What does <|im_start|>user\n mean, and [INST]?";
    expect(parseDialogueText(about)).toEqual([{ role: "user", content: about }]);
  });

  test.each([
    ["a turn that is not closed", "<|im_start|>user\nHi<|im_start|>assistant\nYes<|im_end|>", /not closed/],
    ["text between turns", "<|im_start|>user\nHi<|im_end|> and <|im_start|>assistant\nYes", /text between/],
    ["a role of a tool", "<|im_start|>tool\n42<|im_end|>", /turn of "tool"/],
    ["an instruction that does not end", "<s>[INST] Hi", /something else than \[INST\]/],
  ])("refuses %s", (_, text, message) => {
    expect(() => parseDialogueText(text)).toThrow(message);
  });

  test.each(["Just a text.", "\n\nHuman: Hi", "\n\nAssistant: Hi", ""])(
    "no response is made up of %j",
    (text) => {
      expect(() => splitDialogueText(text)).toThrow(/ends with the assistant's response/);
    },
  );

  test("long texts without an end take no long time", () => {
    const text = `Hi${"\n\nHuman: a".repeat(200_000)}`;
    expect(parseDialogueText(text)).toHaveLength(200_001);
    expect(parseDialogueText(`<|im_start|>user\n${"<|im_end|".repeat(200_000)}`)).toHaveLength(1);
  });
});
