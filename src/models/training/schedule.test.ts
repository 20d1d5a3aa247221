import { expect, test } from "vitest";
import { Pace } from "./pace.ts";
import { learningRateAt } from "./schedule.ts";

const options = { learningRate: 2, steps: 110, warmup: 10 };

test.each([
  [1, 0.2],
  [5, 1],
  [10, 2],
  // half of the way down: the middle of 2 and 0.2
  [60, 1.1],
  [110, 0.2],
  [500, 0.2],
])("step %i: %f", (step, expected) => {
  expect(learningRateAt(step, options)).toBeCloseTo(expected, 12);
});

test("no warm-up, and as many steps of it as there are", () => {
  expect(learningRateAt(1, { learningRate: 1, steps: 1, warmup: 0, floor: 0 })).toBe(0);
  expect(learningRateAt(4, { learningRate: 1, steps: 4, warmup: 4 })).toBe(1);
});

test("pace counts work alone, and all time for what is left", () => {
  const clock = [0, 1000, 3000, 4000, 8000, 8000, 8000];
  const pace = new Pace(10, () => clock.shift()!);
  pace.start();
  pace.stop(100);
  pace.start();
  pace.stop(100);
  expect(pace.tokensPerSecond).toBe(100);
  // two steps in 8 s, eight left
  expect(pace.secondsLeft).toBe(32);
  expect(pace.toString()).toBe("100 tokens/s, 32 s left");
});
