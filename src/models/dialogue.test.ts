import { expect, test } from "vitest";
import { trainBpe } from "./bpe-train.ts";
import { CHAT_TEMPLATE, encodePrompt, encodeResponse, TURN_TOKENS } from "./dialogue.ts";
import { createHfTokenizer } from "./hf-tokenizer.ts";

const prompt = [
  { role: "system", content: "Be brief." },
  { role: "user", content: "Hello" },
  { role: "assistant", content: "Hi." },
  { role: "user", content: "Why?" },
];

test("with the template of tokenizers made here, a role is one token", async () => {
  const files = await trainBpe([], { vocabSize: 260, special: TURN_TOKENS, chatTemplate: CHAT_TEMPLATE });
  const tokenizer = createHfTokenizer(files);
  const ids = encodePrompt(tokenizer, prompt);
  expect(tokenizer.decode(ids)).toBe(
    "<|system|>Be brief.<|user|>Hello<|assistant|>Hi.<|user|>Why?<|assistant|>",
  );
  expect(ids).toHaveLength(5 + 9 + 5 + 3 + 4);
  expect(tokenizer.decode(encodeResponse(tokenizer, "Because."))).toBe("Because.");
});

test("without a template it is a transcript", async () => {
  const tokenizer = createHfTokenizer(await trainBpe([], { vocabSize: 258, bos: "<s>" }));
  const text = tokenizer.decode([
    ...encodePrompt(tokenizer, prompt),
    ...encodeResponse(tokenizer, "Because."),
  ]);
  expect(text).toBe("<s>Be brief.\n\nHuman: Hello\n\nAssistant: Hi.\n\nHuman: Why?\n\nAssistant: Because.");
});
