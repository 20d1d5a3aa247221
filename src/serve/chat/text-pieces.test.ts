import { existsSync } from "node:fs";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadTokenizer } from "../../models/index.ts";
import type { LocalPolicy } from "../../policies/index.ts";
import { tinyPolicy } from "./chat-server.fixture.ts";
import { IncrementalText } from "./incremental-text.ts";
import { StopStrings } from "./stop-strings.ts";

let policy: LocalPolicy;
beforeAll(async () => {
  policy = await tinyPolicy();
});
afterAll(() => policy.dispose());

type Push = { push(piece: number): string; flush(): string };
const pieces = (text: Push, tokens: readonly number[]) =>
  [...tokens.map((token) => text.push(token)), text.flush()].join("");

describe("text token by token", () => {
  test("is the text of all tokens: whole characters, halves of some, and bytes that are none", () => {
    const { tokenizer } = policy;
    const special = new Set([tokenizer.bos, tokenizer.eos, tokenizer.pad]);
    const token = fc.nat(tokenizer.vocabSize - 1).filter((id) => !special.has(id));
    fc.assert(
      fc.property(
        fc.array(token, { minLength: 1 }),
        fc.array(token),
        fc.string({ unit: "grapheme" }),
        (prompt, tokens, text) => {
          const all = [...tokens, ...tokenizer.encode(text)];
          const before = tokenizer.decode(prompt);
          // the bytes of a prompt that ends within a character are not the response's to show
          fc.pre(!before.endsWith("\ufffd"));
          expect(pieces(new IncrementalText(tokenizer, prompt), all)).toBe(policy.decode(prompt, all));
        },
      ),
    );
  });

  test("shows no half of a character", () => {
    const { tokenizer } = policy;
    const text = new IncrementalText(tokenizer, tokenizer.encode("the"));
    const ids = tokenizer.encode("é🙂");
    expect(ids.length).toBeGreaterThan(2);
    const shown = ids.map((id) => text.push(id)).filter((piece) => piece !== "");
    expect(shown).toEqual(["é", "🙂"]);
  });

  const stories = new URL("../../../../shared/data/models/stories260K/tok512.bin", import.meta.url).pathname;
  const absent = !existsSync(stories);
  if (absent) console.warn(`skipped: ${stories} is not there`);
  test.skipIf(absent)("keeps the spaces of a tokenizer that drops the first of a text", async () => {
    const tokenizer = await loadTokenizer(stories);
    const prompt = tokenizer.encode("Once upon", { addSpecialTokens: true });
    const ids = tokenizer
      .encode("Once upon a time, there was a girl", { addSpecialTokens: true })
      .slice(prompt.length);
    expect(pieces(new IncrementalText(tokenizer, prompt), ids)).toBe(" a time, there was a girl");
  });
});

describe("stop texts", () => {
  const run = (stops: string[], given: string[]) => {
    const scanner = new StopStrings(stops);
    const shown = given.map((piece) => scanner.push(piece));
    return { shown, text: shown.join("") + scanner.flush(), stopped: scanner.stopped };
  };

  test("cut the text before the first of them, however it comes in pieces", () => {
    const letters = (maxLength: number) => fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength });
    fc.assert(
      fc.property(fc.array(letters(3)), fc.array(letters(3), { maxLength: 3 }), (given, stops) => {
        const whole = given.join("");
        const places = stops.filter((stop) => stop !== "").map((stop) => whole.indexOf(stop));
        const found = places.filter((at) => at >= 0);
        const { text, stopped } = run(stops, given);
        // among stops that overlap, the one that is whole first ends it
        if (found.length === 0) expect(text).toBe(whole);
        expect(stopped).toBe(found.length > 0);
        for (const stop of stops) if (stop !== "") expect(text).not.toContain(stop);
        expect(whole.startsWith(text)).toBe(true);
      }),
    );
  });

  test("hold back what could begin one, and no more", () => {
    expect(run(["END"], ["one E", "N", "x", " EN", "D tail"]).shown).toEqual(["one ", "", "ENx", " ", ""]);
    expect(run(["END"], ["one E"]).text).toBe("one E");
  });
});
