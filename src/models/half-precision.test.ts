import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bfloat16ToFloat32,
  float16ToFloat32,
  float32ToBfloat16,
  float32ToFloat16,
} from "./half-precision.ts";

const everyPattern = Uint16Array.from({ length: 0x10000 }, (_, i) => i);

const formats = {
  F16: { read: float16ToFloat32, write: float32ToFloat16, infinity: 0x7c00, step: 2 ** -24 },
  BF16: { read: bfloat16ToFloat32, write: float32ToBfloat16, infinity: 0x7f80, step: 2 ** -133 },
};

/** Rounds by looking through all values of the format: the reference for the bit arithmetic. */
function nearest(x: number, values: Float32Array, infinity: number): number {
  // patterns 0 … infinity are in increasing order; infinity stands at the value after the largest finite one
  const largest = values[infinity - 1]!;
  const next = largest + (largest - values[infinity - 2]!);
  const sizeOf = (i: number) => (i === infinity ? next : values[i]!);
  const size = Math.abs(x);
  let low = 0;
  let high = infinity;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (sizeOf(middle) <= size) low = middle;
    else high = middle;
  }
  const below = size - sizeOf(low);
  const above = sizeOf(high) - size;
  const chosen = above < below || (above === below && low % 2 === 1) ? high : low;
  return chosen | (Object.is(x, -0) || x < 0 ? 0x8000 : 0);
}

describe.each(Object.entries(formats))("%s", (_, { read, write, infinity, step }) => {
  const values = read(everyPattern);

  it("gives back each of its 65,536 patterns", () => {
    const again = write(values);
    const wrong = everyPattern.filter((bits) =>
      Number.isNaN(values[bits]) ? (again[bits]! & 0x7fff) <= infinity : again[bits] !== bits,
    );
    expect(wrong).toEqual(new Uint16Array());
  });

  it("rounds any float32 to the nearest value, ties to even", () => {
    const numbers = fc.oneof(
      fc.float({ noNaN: true, noDefaultInfinity: true }),
      // halfway points, and their float32 neighbours
      fc.tuple(fc.nat(infinity - 2), fc.constantFrom(-1, 0, 1), fc.boolean()).map(([i, nudge, negative]) => {
        const middle = new Float32Array([values[i]! / 2 + values[i + 1]! / 2]);
        const bits = new Uint32Array(middle.buffer);
        if (middle[0] !== 0) bits[0]! += nudge;
        return negative ? -middle[0]! : middle[0]!;
      }),
    );
    fc.assert(
      fc.property(numbers, (x) => {
        expect(write(new Float32Array([x]))[0]).toBe(nearest(x, values, infinity));
      }),
      { numRuns: 20_000 },
    );
  });

  it("keeps the smallest subnormal, signed zero, infinities and NaN", () => {
    const input = new Float32Array([
      step,
      -step,
      step / 2,
      step * 0.75,
      0,
      -0,
      Number.POSITIVE_INFINITY,
      Number.NaN,
    ]);
    expect([...read(write(input))]).toEqual([
      step,
      -step,
      0,
      step,
      0,
      -0,
      Number.POSITIVE_INFINITY,
      Number.NaN,
    ]);
    expect(read(write(new Float32Array([-Infinity, 3.4028234663852886e38])))).toEqual(
      new Float32Array([-Infinity, Infinity]),
    );
  });
});

it("reads published F16 and BF16 patterns", () => {
  // IEEE 754-2008 examples: 1, −2, 65,504, 2^-14, 1/3
  expect([...float16ToFloat32(Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0400))]).toEqual([
    1,
    -2,
    65504,
    2 ** -14,
  ]);
  expect(float16ToFloat32(Uint16Array.of(0x3555))[0]).toBeCloseTo(1 / 3, 3);
  expect([...bfloat16ToFloat32(Uint16Array.of(0x3f80, 0xc000, 0x4049))]).toEqual([1, -2, 3.140625]);
});

it("rounds at the edge of the range as the standard says", () => {
  expect([...float32ToFloat16(new Float32Array([65519.99609375, 65520, 65536, 1e9]))]).toEqual([
    0x7bff, 0x7c00, 0x7c00, 0x7c00,
  ]);
});
