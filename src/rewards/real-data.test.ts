import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { promptHash, readPairs } from "../preferences/index.ts";
import { judgePairs } from "./judge-pairs.ts";
import { accuracyOf } from "./quality.ts";
import { trainNgram } from "./train.ts";

const file = (name: string) =>
  fileURLToPath(new URL(`../../../shared/data/hh-rlhf/${name}/test.jsonl.gz`, import.meta.url));
const files = { helpful: file("helpful-base"), harmless: file("harmless-base") };
const missing = Object.values(files).filter((path) => !existsSync(path));
if (missing.length > 0) console.warn(`skipped, because it is absent: ${missing.join(", ")}`);

describe.skipIf(missing.length > 0)("on Anthropic HH", () => {
  test("each value's model beats length and 0.60 on its own pairs, and is below a coin on the other's", async () => {
    const pairs = {
      helpful: (await readPairs([files.helpful], { value: "helpful" })).pairs,
      harmless: (await readPairs([files.harmless], { value: "harmless" })).pairs,
    };
    for (const [own, other] of [
      ["helpful", "harmless"],
      ["harmless", "helpful"],
    ] as const) {
      const { model, info } = await trainNgram(pairs[own], { seed: 1 });
      expect(info.heldOut.accuracy).toBeGreaterThan(0.6);
      expect(info.heldOut.accuracy).toBeGreaterThan(info.lengthBaseline.accuracy);
      expect(info.calibration.temperature).toBeGreaterThan(0.5);
      expect(info.calibration.temperature).toBeLessThan(2);
      const crossed = await judgePairs(
        model,
        pairs[other].map((pair) => ({ ...pair, promptHash: promptHash(pair.prompt) })),
      );
      expect(accuracyOf(crossed, { seed: 1, resamples: 200 }).ci95[1]).toBeLessThan(0.5);
    }
  });
});
