/**
 * IEEE 754 binary16 (F16) and bfloat16 (BF16) to and from float32, on whole arrays. Both are kept as 16-bit patterns.
 * Rounding is to nearest, ties to even; subnormals, infinities and NaN are kept.
 * @module
 */

/** Exact: every F16 value is a float32. */
export function float16ToFloat32(bits: Uint16Array): Float32Array {
  const table = float16Table();
  const out = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) out[i] = table[bits[i]!]!;
  return out;
}

/** Values beyond ±65,504 that round up become ±infinity. A NaN stays a NaN (quiet, its payload is not kept). */
export function float32ToFloat16(values: Float32Array): Uint16Array {
  const patterns = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < out.length; i++) out[i] = roundToFloat16(patterns[i]!);
  return out;
}

/** Exact: BF16 is the upper half of a float32. */
export function bfloat16ToFloat32(bits: Uint16Array): Float32Array {
  const patterns = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) patterns[i] = bits[i]! << 16;
  return new Float32Array(patterns.buffer);
}

/** Values that round beyond the largest finite BF16 become ±infinity. A NaN stays a NaN. */
export function float32ToBfloat16(values: Float32Array): Uint16Array {
  const patterns = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < out.length; i++) {
    const x = patterns[i]!;
    const nan = (x & 0x7fffffff) > 0x7f800000;
    // adding 0x7fff plus the lowest kept bit carries exactly where the dropped half rounds up
    out[i] = nan ? (x >>> 16) | 0x40 : (x + 0x7fff + ((x >>> 16) & 1)) >>> 16;
  }
  return out;
}

/** float32 bits: 1 sign, 8 exponent (bias 127), 23 fraction. float16 bits: 1 sign, 5 exponent (bias 15), 10 fraction. */
function roundToFloat16(x: number): number {
  const sign = (x >>> 16) & 0x8000;
  const magnitude = x & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x47800000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) {
    // normal in float16: move the bias, drop 13 bits; a carry runs into the exponent, and from 65,520 on into infinity
    return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
  }
  const shift = 126 - (magnitude >>> 23);
  if (shift > 24) return sign;
  // subnormal: the fraction with its hidden bit, counted in units of 2^-24
  const fraction = (magnitude & 0x7fffff) | 0x800000;
  const kept = fraction >>> shift;
  const dropped = fraction & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return sign | (kept + (dropped > half || (dropped === half && (kept & 1) === 1) ? 1 : 0));
}

let table: Float32Array | undefined;

/** The value of each of the 65,536 patterns, made on first use. */
function float16Table(): Float32Array {
  if (table === undefined) {
    table = new Float32Array(0x10000);
    for (let bits = 0; bits < table.length; bits++) {
      const exponent = (bits >>> 10) & 31;
      const fraction = bits & 0x3ff;
      const size =
        exponent === 0
          ? fraction * 2 ** -24
          : exponent < 31
            ? (1 + fraction / 1024) * 2 ** (exponent - 15)
            : fraction === 0
              ? Number.POSITIVE_INFINITY
              : Number.NaN;
      table[bits] = bits & 0x8000 ? -size : size;
    }
  }
  return table;
}
