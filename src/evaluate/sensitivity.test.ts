import fc from "fast-check";
import { expect, test } from "vitest";
import { sameForOneValue } from "./sensitivity.ts";

test("log σ is monotone: one value with a fixed reference ranks as the reward does", () => {
  const reward = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(fc.array(reward, { minLength: 2, maxLength: 8 }), reward, (rewards, reference) => {
      const column = Float64Array.from(rewards);
      expect(
        sameForOneValue(
          column,
          column.map((r) => r - reference),
        ),
      ).toBe(true);
    }),
  );
});

test("says so if the ranking were not the same", () => {
  expect(sameForOneValue(Float64Array.of(1, 2), Float64Array.of(2, 1))).toBe(false);
  // far above the reference log σ(z) rounds to 0 for both: the raw pick is still among the best
  expect(sameForOneValue(Float64Array.of(1000, 2000), Float64Array.of(1000, 2000))).toBe(true);
});
