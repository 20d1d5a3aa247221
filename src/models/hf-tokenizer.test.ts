import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseJson } from "../io/json.ts";
import { trainBpe } from "./bpe-train.ts";
import { smallLlama } from "./configs.fixture.ts";
import { feed } from "./damage.fixture.ts";
import { createHfTokenizer, type TokenizerFiles } from "./hf-tokenizer.ts";
import { llama2cTokenizerBytes } from "./llama2c.fixture.ts";
import { loadTokenizer } from "./load-tokenizer.ts";
import { checkVocabulary, decodeContinuation } from "./tokenizer.ts";

let folder: string;
let files: TokenizerFiles;
const chatTemplate =
  "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}{{ eos_token }}{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tokenizers-"));
  files = await trainBpe(["hello there hello there"], {
    vocabSize: 280,
    pad: "<pad>",
    special: ["<|user|>", "<|assistant|>"],
    chatTemplate,
  });
});
afterAll(() => rm(folder, { recursive: true }));

describe("saving and loading", () => {
  it("gives back the same tokenizer from its folder and its file", async () => {
    const tokenizer = createHfTokenizer(files);
    await tokenizer.save(folder);
    for (const path of [folder, join(folder, "tokenizer.json")]) {
      const again = await loadTokenizer(path);
      expect(again).toMatchObject({ vocabSize: tokenizer.vocabSize, bos: null, eos: 0, pad: 1 });
      expect(again.encode("hello, there!")).toEqual(tokenizer.encode("hello, there!"));
      expect(again.renderChat!([{ role: "user", content: "hi" }])).toBe("<|user|>hi<|endoftext|>");
    }
  });

  it("finds special tokens and the chat template in files of their own", async () => {
    const inside = join(folder, "apart");
    await createHfTokenizer({
      tokenizer: files.tokenizer,
      config: {},
      specialTokens: { eos_token: { content: "<|endoftext|>", lstrip: false }, pad_token: "<pad>" },
      chatTemplate: "{{ messages[0].content }}",
    }).save(inside);
    const tokenizer = await loadTokenizer(inside);
    expect(tokenizer).toMatchObject({ bos: null, eos: 0, pad: 1 });
    expect(tokenizer.renderChat!([{ role: "user", content: "hi" }])).toBe("hi");
  });

  it("reads llama2.c's tokenizer from a folder, and says what is missing", async () => {
    const inside = await mkdtemp(join(folder, "bin-"));
    await expect(loadTokenizer(inside)).rejects.toThrow(/no tokenizer in this folder/);
    await writeFile(join(inside, "tokenizer.bin"), llama2cTokenizerBytes([["a", -1]]));
    expect((await loadTokenizer(inside)).vocabSize).toBe(260);
    await expect(loadTokenizer(join(inside, "none.json"))).rejects.toThrow(/no such file/);
  });
});

describe("text", () => {
  it("keeps spaces before punctuation, whatever the config says of cleaning up", () => {
    const tokenizer = createHfTokenizer({ ...files, config: { clean_up_tokenization_spaces: true } });
    expect(tokenizer.decode(tokenizer.encode("hello , there ! do n't"))).toBe("hello , there ! do n't");
  });

  it("decodes nothing, unknown ids and parts of characters without a fault", () => {
    const { encode, decode } = createHfTokenizer(files);
    expect(decode([])).toBe("");
    expect(decode([5000])).toBe("");
    expect(decode([...encode("hello"), 5000])).toBe("hello");
    expect(decode(encode("€").slice(0, 1))).toBe("\ufffd");
    expect(() => decode([-1])).toThrow(RangeError);
    expect(() => decode([Number.NaN])).toThrow(RangeError);
  });

  it("joins a character that a prompt and its continuation share", () => {
    const tokenizer = createHfTokenizer(files);
    const euro = tokenizer.encode("a€");
    expect(decodeContinuation(tokenizer, euro.slice(0, 2), euro.slice(2))).toBe("€");
    expect(decodeContinuation(tokenizer, tokenizer.encode("hello"), tokenizer.encode(" there"))).toBe(
      " there",
    );
  });

  it("encodes a long text without white space", () => {
    const { encode, decode } = createHfTokenizer(files);
    const text = "hello".repeat(10_000);
    expect(decode(encode(text))).toBe(text);
  });
});

describe("chat", () => {
  it("renders roles, ends of text and the start of an answer", () => {
    const { renderChat, encode } = createHfTokenizer(files);
    const messages = [
      { role: "user", content: "hello" },
      { role: "assistant", content: "there" },
      { role: "user", content: "{{ 1 + 1 }}" },
    ];
    const text = renderChat!(messages, { addGenerationPrompt: true });
    expect(text).toBe(
      "<|user|>hello<|endoftext|><|assistant|>there<|endoftext|><|user|>{{ 1 + 1 }}<|endoftext|><|assistant|>",
    );
    expect(encode(text).filter((id) => id < 4)).toEqual([2, 0, 3, 0, 2, 0, 3]);
  });

  it("takes the default of several templates, and knows when there is none", () => {
    const named = (chat_template: unknown) =>
      createHfTokenizer({ ...files, config: { chat_template } }).renderChat;
    const list = [
      { name: "tool_use", template: "t" },
      { name: "default", template: "d" },
    ];
    expect(named(list)!([])).toBe("d");
    expect(named(list.slice(0, 1))).toBeNull();
    expect(named(undefined)).toBeNull();
  });

  it("reports a template that is broken, or that refuses the messages", () => {
    const render = (chat_template: string) => () =>
      createHfTokenizer({ ...files, config: { chat_template } }).renderChat!([{ role: "tool", content: "" }]);
    expect(render("{% for %}")).toThrow(/can't use the chat template.*field "chat_template"/s);
    expect(render("{{ raise_exception('only user') }}")).toThrow(/only user/);
  });
});

describe("bad input", () => {
  const withModel = (model: object) => ({ ...(files.tokenizer as object), model });
  it.each<[string, () => Partial<TokenizerFiles>, RegExp]>([
    ["no object", () => ({ tokenizer: [] }), /tokenizer\.json: the tokenizer is not an object/],
    ["no model", () => ({ tokenizer: {} }), /a field is missing \(field "model"/],
    [
      "no vocabulary",
      () => ({ tokenizer: withModel({ type: "BPE", merges: [] }) }),
      /a field is missing \(field "model\.vocab"/,
    ],
    [
      "a vocabulary that is a number",
      () => ({ tokenizer: withModel({ type: "BPE", vocab: 3, merges: [] }) }),
      /neither an object nor a list \(field "model\.vocab", found 3/,
    ],
    [
      "an id that is no number",
      () => ({ tokenizer: withModel({ type: "BPE", vocab: { a: "0" }, merges: [] }) }),
      /not a whole number \(field "model\.vocab\.a", found "0"/,
    ],
    [
      "a negative id",
      () => ({ tokenizer: withModel({ type: "BPE", vocab: { a: -1 }, merges: [] }) }),
      /negative \(field "model\.vocab\.a"/,
    ],
    [
      "an id used twice",
      () => ({ tokenizer: withModel({ type: "BPE", vocab: { a: 1, b: 1 }, merges: [] }) }),
      /same id.*found 1 for "a" and "b"/,
    ],
    [
      "an unknown kind of model",
      () => ({ tokenizer: withModel({ type: "WordLevel", vocab: {} }) }),
      /kind of tokenizer that we do not read \(field "model\.type", found "WordLevel"/,
    ],
    [
      "merges that are missing",
      () => ({ tokenizer: withModel({ type: "BPE", vocab: { a: 1 } }) }),
      /can't use tokenizer\.json/,
    ],
    [
      "a special token that is not there",
      () => ({ config: { eos_token: "<none>" } }),
      /tokenizer_config\.json: a special token is not in the vocabulary \(field "eos_token", found "<none>"/,
    ],
    ["a special token that is a number", () => ({ config: { eos_token: 3 } }), /field "eos_token", found 3/],
    ["a config that is no object", () => ({ config: 3 }), /tokenizer_config\.json: not an object/],
  ])("refuses %s", (_, change, message) => {
    const make = () => createHfTokenizer({ ...files, ...change() });
    expect(make).toThrow(expect.objectContaining({ name: "InputError" }));
    expect(make).toThrow(message);
  });

  it("refuses a text that the vocabulary has no token for", () => {
    const tokenizer = {
      model: { type: "WordPiece", vocab: { a: 0 }, unk_token: "[UNK]", continuing_subword_prefix: "##" },
    };
    expect(() => createHfTokenizer({ tokenizer, config: {} }).encode("b")).toThrow(
      /no token for a part of the text/,
    );
  });

  it("refuses a tokenizer with more tokens than the embedding has rows", () => {
    const tokenizer = createHfTokenizer(files);
    const config = { ...smallLlama, vocabSize: tokenizer.vocabSize };
    expect(() => checkVocabulary(tokenizer, config)).not.toThrow();
    expect(() => checkVocabulary(tokenizer, { ...config, vocabSize: config.vocabSize - 1 }, "m")).toThrow(
      new RegExp(`^m: the tokenizer does not fit.*found ${tokenizer.vocabSize} tokens, expected at most`),
    );
  });

  it("takes or refuses 10,000 damaged copies of tokenizer.json, and encodes with what it takes", async () => {
    const model = {
      type: "BPE",
      vocab: { h: 0, e: 1, l: 2, o: 3, Ġ: 4, he: 5, ll: 6 },
      merges: ["h e", "l l"],
      unk_token: null,
    };
    const whole = JSON.stringify({
      ...(files.tokenizer as object),
      model,
      added_tokens: [{ id: 7, content: "<s>", special: true }],
    });
    const counts = await feed(Buffer.from(whole), (bytes) => {
      const tokenizer = createHfTokenizer({ tokenizer: parseJson("t", bytes), config: {} });
      tokenizer.decode(tokenizer.encode("hello <s> there", { addSpecialTokens: true }));
    });
    expect(counts.taken).toBeGreaterThan(300);
    expect(counts.refused).toBeGreaterThan(3000);
  });

  it("takes or refuses 10,000 damaged copies of tokenizer_config.json", async () => {
    const whole = JSON.stringify({
      eos_token: { content: "<|endoftext|>" },
      pad_token: "<pad>",
      chat_template: "{% for m in messages %}{{ m.content + eos_token }}{% endfor %}",
    });
    const small = { model: { type: "BPE", vocab: { "<|endoftext|>": 0, "<pad>": 1 }, merges: [] } };
    const counts = await feed(Buffer.from(whole), (bytes) => {
      createHfTokenizer({ tokenizer: small, config: parseJson("t", bytes) }).renderChat?.([
        { role: "user", content: "x" },
      ]);
    });
    expect(counts.taken).toBeGreaterThan(300);
    expect(counts.refused).toBeGreaterThan(3000);
  });
});
