import fc from "fast-check";
import { expect, test } from "vitest";
import { bucketLength } from "../models/index.ts";
import { flatTokens, layOut, perResponse, shapeKey } from "./token-layout.ts";

const numbers = (data: ArrayLike<number | bigint>) => Array.from(data, Number);
const ids = fc.array(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 20 });
const responses = fc.array(fc.record({ promptIds: ids, tokens: ids }), { minLength: 1, maxLength: 6 });

test("worked by hand", () => {
  const some = [
    { promptIds: [5, 6], tokens: [7, 8, 9] },
    { promptIds: [4], tokens: [3] },
  ];
  const { shape, count, feeds } = layOut(some, 3, 64);
  // 16 is the least length of a program; a quarter of the 48 places holds the response tokens
  expect(shape).toEqual({ rows: 3, length: 16, tokens: 12 });
  expect(shapeKey(shape)).toBe("3×16/12");
  expect(count).toBe(4);
  expect(numbers(feeds.ids.data)).toEqual([5, 6, 7, 8, 9, ...zeros(11), 4, 3, ...zeros(14), ...zeros(16)]);
  // each from the place before it: the first of a response from the end of its prompt
  expect(numbers(feeds.at.data)).toEqual([1, 2, 3, 16, ...zeros(8)]);
  expect(numbers(feeds.targets.data)).toEqual([7, 8, 9, 3, ...zeros(8)]);
  expect(feeds.ids.shape).toEqual([3, 16]);
});

test("every response token is read where it stands and foretold from the place before, in order", () =>
  fc.assert(
    fc.property(responses, fc.nat(3), (some, spare) => {
      const { shape, count, feeds } = layOut(some, some.length + spare, 64);
      const [read, at, targets] = [feeds.ids, feeds.at, feeds.targets].map(({ data }) => numbers(data));
      const longest = Math.max(...some.map(({ promptIds, tokens }) => promptIds.length + tokens.length));
      expect(shape.length).toBe(bucketLength(longest, 64));
      expect(shape.tokens).toBeGreaterThanOrEqual(count);
      expect(targets!.slice(0, count)).toEqual(some.flatMap(({ tokens }) => tokens));
      for (let k = 0; k < count; k++) expect(read![at![k]! + 1]).toBe(targets![k]);
      for (const [row, { promptIds, tokens }] of some.entries()) {
        const start = row * shape.length;
        const own = [...promptIds, ...tokens];
        expect(read!.slice(start, start + shape.length)).toEqual([
          ...own,
          ...zeros(shape.length - own.length),
        ]);
      }
    }),
  ));

test("numbers a token go into the flat list and come back", () =>
  fc.assert(
    fc.property(responses, (some) => {
      const layout = layOut(some, some.length, 64);
      const own = some.map(({ tokens }, i) => tokens.map((token, t) => token + i * 100 + t / 8));
      const flat = flatTokens(own, layout);
      expect(flat.length).toBe(layout.shape.tokens);
      expect(flat.subarray(layout.count).every((x) => x === 0)).toBe(true);
      expect(perResponse(flat, some).map((list) => [...list])).toEqual(own);
    }),
  ));

test("response tokens are padded to quarters of all places, so that few shapes occur", () => {
  const long = (tokens: number) => ({ promptIds: [1], tokens: Array.from({ length: tokens }, () => 2) });
  const size = (...lengths: number[]) => layOut(lengths.map(long), 8, 512).shape.tokens;
  // 8 rows of 96
  expect([size(95, 1), size(95, 95), size(95, 95, 3)]).toEqual([192, 192, 384]);
});

test("a sequence as long as the context fits", () => {
  const { shape } = layOut([{ promptIds: [1, 2], tokens: [3, 4, 5, 6, 7, 8, 9] }], 1, 9);
  expect(shape).toEqual({ rows: 1, length: 9, tokens: 9 });
});

function zeros(count: number): number[] {
  return new Array<number>(count).fill(0);
}
