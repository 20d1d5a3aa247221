import fc from "fast-check";
import { expect, test } from "vitest";
import { promptHash } from "./prompt-hash.ts";
import { promptHashes } from "./prompt-hashes.ts";

test("is promptHash, also of lone surrogates and repeated prompts", async () => {
  const message = fc.record({
    role: fc.constantFrom("system" as const, "user" as const, "assistant" as const),
    content: fc.string({ unit: "binary" }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(message, { maxLength: 3 }), { maxLength: 5 }), async (prompts) => {
      const twice = [...prompts, [{ role: "user" as const, content: "\ud800" }], ...prompts];
      expect(await promptHashes(twice)).toEqual(twice.map(promptHash));
    }),
  );
});
