import { expect, test } from "vitest";
import { promptHash } from "../../preferences/index.ts";
import { candidateText, conversationOf } from "./conversation.ts";

test("system, user and assistant are what a file of prompts holds, so that references are found", () => {
  const messages = [
    { role: "system" as const, content: "Be brief." },
    { role: "user" as const, content: "Hi" },
    { role: "assistant" as const, content: "Hello" },
    { role: "user" as const, content: "Who are you?" },
  ];
  const { prompt, unseen } = conversationOf(messages);
  expect(prompt).toEqual(messages);
  expect(promptHash(prompt)).toBe(promptHash(messages));
  expect(unseen).toEqual([]);
});

test("developer, tools, parts", () => {
  const call = { id: "1", type: "function", function: { name: "add", arguments: "[1, 2" } };
  expect(
    conversationOf([
      { role: "developer", content: "Be brief." },
      {
        role: "user",
        content: [
          { type: "text", text: "What is this?" },
          { type: "image_url", image_url: { url: "data:" } },
          { type: "text", text: "Answer." },
        ],
      },
      { role: "assistant", content: null, tool_calls: [call] },
      { role: "tool", tool_call_id: "1", content: "3" },
    ]),
  ).toEqual({
    prompt: [
      { role: "system", content: "Be brief." },
      { role: "user", content: "What is this?\n[image_url]\nAnswer." },
      { role: "assistant", content: '{"name":"add","arguments":"[1, 2"}' },
      { role: "user", content: "3" },
    ],
    unseen: ["image_url"],
  });
});

test("candidates: text, refusals, calls of any kind", () => {
  const role = "assistant" as const;
  expect(candidateText({ role, content: "yes" })).toBe("yes");
  expect(candidateText({ role, content: null })).toBe("");
  expect(candidateText({ role, content: null, refusal: "no" })).toBe("no");
  const custom = { id: "1", type: "custom", custom: { name: "sh", input: "ls" } };
  expect(candidateText({ role, content: "so", tool_calls: [custom] })).toBe(
    'so\n{"type":"custom","custom":{"name":"sh","input":"ls"}}',
  );
});
