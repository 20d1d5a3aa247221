import { expect, test } from "vitest";
import { InputError } from "../io/errors.ts";
import { batchOf } from "./utilities/batch.fixture.ts";
import { type Utility, utilitiesOf } from "./utility.ts";

const first: Utility = { name: "the first", describe: "", utilities: ({ rewards }) => rewards[0]! };

test("finite utilities come through as they are", () => {
  expect([...utilitiesOf(first, batchOf([[1, -1e300, 0]], 3))]).toEqual([1, -1e300, 0]);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
  "%s is refused, with the rewards that it came from",
  (bad) => {
    const run = () =>
      utilitiesOf(
        first,
        batchOf(
          [
            [1, bad, 3],
            [4, 5, 6],
          ],
          3,
        ),
      );
    expect(run).toThrow(InputError);
    expect(run).toThrow(
      `the utility "the first" is not a finite number (found ${bad} from rewards ${bad}, 5`,
    );
  },
);
