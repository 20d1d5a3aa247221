import { describe, expect, test } from "vitest";
import { serverWords } from "./server-words.ts";

describe("the words of servers that were asked for real", () => {
  test.each([
    [
      "vLLM 0.32.0, another model",
      '{"error":{"message":"The model `nope` does not exist. Valid aliases: policy.","type":"NotFoundError","param":"model","code":404}}',
      { message: "The model `nope` does not exist. Valid aliases: policy.", param: "model" },
    ],
    [
      "SGLang 0.5.23, too long a prompt",
      `{"object":"error","message":"The input (410 tokens) is longer than the model's context length (256 tokens).","type":"BadRequestError","param":null,"code":400}`,
      { message: "The input (410 tokens) is longer than the model's context length (256 tokens)." },
    ],
    [
      "SGLang 0.5.23's /classify",
      '{"error":{"message":"At least one of text, input_ids, image, video, or audio should be provided"}}',
      { message: "At least one of text, input_ids, image, video, or audio should be provided" },
    ],
    [
      "llama.cpp's server, n beyond its slots",
      `{"error":{"code":400,"message":"Field 'n': Value must be between 1 <= value <= 4, but got 5","type":"invalid_request_error"}}`,
      { message: "Field 'n': Value must be between 1 <= value <= 4, but got 5" },
    ],
    [
      "llama-cpp-python 0.3.36, too long a prompt",
      '{"error":{"message":"you requested 414 tokens","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}',
      { message: "you requested 414 tokens", param: "messages", code: "context_length_exceeded" },
    ],
    [
      "transformers 5.24.0, another model",
      `{"detail":"Server is pinned to '/models/policy'; requested 'nope'."}`,
      { message: "Server is pinned to '/models/policy'; requested 'nope'." },
    ],
    [
      "transformers 5.24.0, a body that is not JSON",
      '{"detail":[{"type":"json_invalid","loc":["body",1],"msg":"JSON decode error","input":{},"ctx":{"error":"Expecting property name"}}]}',
      { message: "body.1: JSON decode error", param: "1" },
    ],
  ])("%s", (_, body, words) => {
    expect(serverWords(body)).toEqual(words);
  });
});

test.each([
  [
    "OpenAI's",
    '{"error":{"message":"too long","param":null,"code":"context_length_exceeded"}}',
    { message: "too long", code: "context_length_exceeded" },
  ],
  ["TEI's", '{"error":"batch size 33 > 32","error_type":"Validation"}', { message: "batch size 33 > 32" }],
  [
    "old vLLM's",
    '{"object":"error","message":"no","type":"BadRequestError","param":null,"code":400}',
    { message: "no" },
  ],
  ["a page", "<html>502</html>", {}],
  ["other JSON", '{"status":"bad","error":null}', {}],
  ["no words", '{"error":{"message":""}}', {}],
])("%s form", (_, body, words) => {
  expect(serverWords(body)).toEqual(words);
});

test("words are cut, and can't steer a terminal", () => {
  const { message } = serverWords(JSON.stringify({ detail: `\u001b[31m${"a".repeat(1000)}` }));
  expect(message).toBe(` [31m${"a".repeat(495)}…`);
});
