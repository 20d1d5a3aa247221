import { describe, expect, test } from "vitest";
import { describeRemote } from "./describe.fixture.ts";
import { remoteReward } from "./remote-model.ts";

const url = "http://localhost:8000";

describe("the description of a remote reward", () => {
  test("gets what it leaves out", () => {
    expect(describeRemote({ protocol: "vllm-classify", url })).toMatchObject({
      text: "messages",
      activationField: "use_activation",
      batch: 32,
      concurrency: 8,
    });
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    ["an unknown protocol", { protocol: "vlm", url }, /test\.json: .*field "protocol", found "vlm"/],
    ["no protocol", { url }, /field "protocol", found nothing/],
    ["no address", { protocol: "vllm-score" }, /field "url", found nothing/],
    ["an address of files", { protocol: "vllm-score", url: "file:///etc" }, /begins with http/],
    ["a password in the address", { protocol: "vllm-score", url: "http://me:secret@host" }, /keyFrom/],
    ["a misspelt field", { protocol: "vllm-score", url, batsh: 2 }, /batsh/],
    ["a key in the file", { protocol: "vllm-score", url, key: "secret" }, /key/],
    ["another format", { format: "allgood-remote/2", protocol: "vllm-score", url }, /field "format"/],
    [
      "a value that no goal can name",
      { value: "very helpful", protocol: "vllm-score", url },
      /a goal sentence/,
    ],
    ["a value that is a word of goals", { value: "and", protocol: "vllm-score", url }, /a goal sentence/],
    [
      "SGLang's /v1/classify",
      { protocol: "sglang", url: `${url}/v1/classify`, text: "transcript" },
      /always applies softmax/,
    ],
    ["SGLang without a text", { protocol: "sglang", url }, /field "text".*"transcript", or {"chatTemplate"/],
    ["TEI with messages", { protocol: "tei", url, text: "messages" }, /field "text"/],
    ["a judge without a rubric", { protocol: "judge", url, model: "j" }, /field "rubric"/],
    [
      "a scale upside down",
      { protocol: "judge", url, model: "j", rubric: "r", scale: [9, 1] },
      /lower one first/,
    ],
    ["a pointer that is none", { protocol: "url", url, body: "{text}", answer: "score" }, /JSON pointer/],
    ["a batch of 0", { protocol: "vllm-score", url, batch: 0 }, /field "batch", found 0/],
  ])("with %s is refused by field", (_, fields, message) => {
    expect(() => describeRemote(fields)).toThrow(message);
  });

  test.each<[string, unknown, RegExp]>([
    ["without a placeholder", { text: "prompt" }, /found no placeholder/],
    ["with one and many", { a: "{text}", b: ["{texts}"] }, /for one item and for many/],
    ["with names of JavaScript's own", { a: "constructor" }, /found no placeholder/],
  ])("a body %s is refused", (_, body, message) => {
    expect(() => remoteReward(describeRemote({ protocol: "url", url, body, answer: "" }))).toThrow(message);
  });

  test("a chat template that does not parse is refused", () => {
    const text = { chatTemplate: "{% for" };
    expect(() => remoteReward(describeRemote({ protocol: "tei", url, text }))).toThrow(/chat template/);
  });
});
