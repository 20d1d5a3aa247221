import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { memorySource } from "./byte-source.fixture.ts";
import { openBytes } from "./byte-source.ts";
import { feed } from "./damage.fixture.ts";
import {
  bfloat16ToFloat32,
  float16ToFloat32,
  float32ToBfloat16,
  float32ToFloat16,
} from "./half-precision.ts";
import { openSafetensors, readSafetensors } from "./safetensors.ts";
import { type OutTensor, type WriteDtype, writeSafetensors } from "./safetensors-writer.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "safetensors-"));
});
afterAll(() => rm(folder, { recursive: true }));

const out = (name: string, shape: number[], values: ArrayLike<number>): OutTensor => ({
  name,
  shape,
  values: () => Float32Array.from(values),
});

const rounded: Record<WriteDtype, (values: Float32Array) => Float32Array> = {
  F32: (values) => values,
  F16: (values) => float16ToFloat32(float32ToFloat16(values)),
  BF16: (values) => bfloat16ToFloat32(float32ToBfloat16(values)),
};

/** A file from a header (as text or object) and data. */
function assemble(header: unknown, data: Uint8Array = new Uint8Array(), claimed?: bigint): Buffer {
  const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(claimed ?? BigInt(json.length));
  return Buffer.concat([length, json, data]);
}

const open = (bytes: Uint8Array) => readSafetensors(memorySource(bytes, "m.safetensors"));

describe("reading and writing", () => {
  it("gives back names, shapes and numbers in each type", async () => {
    const tensor = fc
      .tuple(fc.string({ unit: "grapheme" }), fc.array(fc.nat(4), { maxLength: 3 }))
      .filter(([name]) => name !== "__metadata__")
      .chain(([name, shape]) => {
        const length = shape.reduce((a, b) => a * b, 1);
        const numbers = fc.array(fc.float({ noNaN: true }), { minLength: length, maxLength: length });
        return numbers.map((values) => ({ name, shape, values: Float32Array.from(values) }));
      });
    const tensors = fc.uniqueArray(tensor, { selector: ({ name }) => name, maxLength: 5 });
    const dtypes = fc.constantFrom<WriteDtype[]>("F32", "F16", "BF16");
    let n = 0;
    await fc.assert(
      fc.asyncProperty(tensors, dtypes, async (written, dtype) => {
        const file = join(folder, `round-${n++}.safetensors`);
        await writeSafetensors(
          file,
          written.map(({ name, shape, values }) => ({ name, shape, values: () => values })),
          { dtype, metadata: { format: "pt" } },
        );
        const found = await openSafetensors(file);
        expect(found.metadata).toEqual({ format: "pt" });
        expect(new Set(found.tensors.keys())).toEqual(new Set(written.map(({ name }) => name)));
        for (const { name, shape, values } of written) {
          expect(found.tensors.get(name)!.shape).toEqual(shape);
          expect(found.tensors.get(name)!.dtype).toBe(dtype);
          expect(await found.read(name)).toEqual(rounded[dtype](values));
        }
        await found.close();
      }),
      { numRuns: 150 },
    );
  });

  it("gives the same bytes for the same tensors, with aligned data", async () => {
    const tensors = [out("b", [2], [1, 2]), out("a", [1, 1], [3])];
    const [first, second] = [join(folder, "one"), join(folder, "two")];
    await writeSafetensors(first, tensors);
    await writeSafetensors(second, tensors);
    const bytes = await readFile(first);
    expect(bytes.equals(await readFile(second))).toBe(true);
    expect(Number(bytes.readBigUInt64LE()) % 8).toBe(0);
  });

  it("reads F64 and I32, and sees, but does not read, other whole numbers", async () => {
    const data = Buffer.concat([
      Buffer.from(new Float64Array([1.5, -2]).buffer),
      Buffer.from(Int32Array.of(2 ** 24 - 1, -7).buffer),
    ]);
    const file = await open(
      assemble(
        {
          d: { dtype: "F64", shape: [2], data_offsets: [0, 16] },
          w: { dtype: "I32", shape: [2], data_offsets: [16, 24] },
          i: { dtype: "I64", shape: [], data_offsets: [24, 32] },
        },
        Buffer.concat([data, Buffer.alloc(8)]),
      ),
    );
    expect(await file.read("d")).toEqual(Float32Array.of(1.5, -2));
    expect(await file.read("w")).toEqual(Float32Array.of(2 ** 24 - 1, -7));
    expect(file.tensors.get("i")!.dtype).toBe("I64");
    await expect(file.read("i")).rejects.toThrow(/m\.safetensors: a tensor's type.*field "i", found I64/);
    await expect(file.read("x")).rejects.toThrow(/a tensor is missing \(field "x"\)/);
  });

  it("leaves the old file, and nothing else, where writing fails", async () => {
    const inside = await mkdtemp(join(folder, "atomic-"));
    const file = join(inside, "m.safetensors");
    await writeSafetensors(file, [out("a", [1], [1])]);
    await expect(writeSafetensors(file, [out("a", [1], [2]), out("b", [3], [1])])).rejects.toThrow(
      RangeError,
    );
    const found = await openSafetensors(file);
    expect(await found.read("a")).toEqual(Float32Array.of(1));
    await found.close();
    expect(await readdir(inside)).toEqual(["m.safetensors"]);
    await expect(writeSafetensors(file, [out("a", [1], [2]), out("a", [1], [1])])).rejects.toThrow(
      /same name/,
    );
  });

  it("says so where the file shrinks while it is open", async () => {
    const file = join(folder, "shrinks");
    await writeSafetensors(file, [out("a", [4], [1, 2, 3, 4])]);
    const found = await openSafetensors(file);
    await truncate(file, 70);
    await expect(found.read("a")).rejects.toThrow(/shorter while it was read/);
    await found.close();
  });
});

const f32 = (begin: number, end: number, shape = [(end - begin) / 4]) => ({
  dtype: "F32",
  shape,
  data_offsets: [begin, end],
});

describe("bad input", () => {
  const data = new Uint8Array(16);
  it.each<[string, Buffer, RegExp]>([
    ["an empty file", Buffer.alloc(0), /too short for a safetensors file \(found 0 bytes/],
    [
      "a length beyond the file",
      assemble({}, data, 1000n),
      /header's length can't be right \(found 1000 bytes, expected 2 to 18/,
    ],
    ["a length of 2^63", assemble({}, data, 2n ** 63n), /header's length can't be right/],
    ["a length of 0", assemble({}, data, 0n), /header's length can't be right/],
    ["a header that is no JSON", assemble("{]", data), /the header is not JSON.*character 2/],
    [
      "a header that is no object",
      assemble("[1]", data),
      /the header is not an object \(found a list of 1\)/,
    ],
    ["a header that is no UTF-8", assemble("{}", data).fill(0xff, 8, 9), /the header is not valid UTF-8/],
    [
      "a repeated name",
      assemble(
        '{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"\\u0061":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}',
        data,
      ),
      /name stands twice.*field "a"/,
    ],
    [
      "a truncated file",
      assemble({ a: f32(0, 16), b: f32(16, 32) }, data),
      /lies outside the file.*field "b", found bytes 16 to 32, expected within 0 to 16/,
    ],
    [
      "offsets in the wrong order",
      assemble({ a: { ...f32(0, 16), data_offsets: [16, 0] } }, data),
      /lies outside the file/,
    ],
    [
      "overlapping tensors",
      assemble({ a: f32(0, 12), b: f32(8, 16) }, data),
      /two tensors overlap \(field "b", found begins at byte 8, expected 12, where "a" ends/,
    ],
    ["the same place twice", assemble({ a: f32(0, 16), b: f32(0, 16) }, data), /two tensors overlap/],
    ["a gap", assemble({ a: f32(0, 4), b: f32(8, 16) }, data), /a gap between tensors \(field "b"/],
    [
      "bytes after the last tensor",
      assemble({ a: f32(0, 12) }, data),
      /bytes follow the last tensor \(found 4 bytes/,
    ],
    [
      "a shape that does not fit",
      assemble({ a: f32(0, 16, [5]) }, data),
      /do not fit its bytes \(field "a", found 16 bytes, expected 20 for F32 \[5\]/,
    ],
    ["a shape that overflows", assemble({ a: f32(0, 16, [2 ** 50, 2 ** 50]) }, data), /do not fit its bytes/],
    [
      "a negative shape",
      assemble({ a: f32(0, 16, [-2, -2]) }, data),
      /shape is negative \(field "a\.shape\.0", found -2/,
    ],
    [
      "an unknown type",
      assemble({ a: { ...f32(0, 16), dtype: "F4" } }, data),
      /type that we do not read \(field "a", found "F4", expected F32, F16/,
    ],
    [
      "a type named like a method",
      assemble({ a: { ...f32(0, 16), dtype: "toString" } }, data),
      /type that we do not read/,
    ],
    [
      "no shape",
      assemble({ a: { dtype: "F32", data_offsets: [0, 16] } }, data),
      /a field is missing \(field "a\.shape"/,
    ],
    [
      "an entry that is no object",
      assemble({ a: 1 }, data),
      /entry in the header is not an object \(field "a", found 1/,
    ],
    ["metadata that is no text", assemble({ __metadata__: { a: 1 } }), /field "__metadata__\.a"/],
    [
      "deep nesting",
      assemble(`{"a":${"[".repeat(50_000)}${"]".repeat(50_000)}}`),
      /entry in the header is not an object/,
    ],
  ])("refuses %s", async (_, bytes, message) => {
    await expect(open(bytes)).rejects.toMatchObject({
      name: "InputError",
      message: expect.stringMatching(message),
    });
    await expect(open(bytes)).rejects.toThrow(/^m\.safetensors: /);
  });

  it("names the file where it is missing, a folder or a device", async () => {
    await expect(openSafetensors(join(folder, "none"))).rejects.toThrow(/none: can't read it: no such file/);
    await expect(openSafetensors(folder)).rejects.toThrow(/not a regular file.*a folder/);
    await expect(openSafetensors("/dev/zero")).rejects.toThrow(/not a regular file.*a device/);
  });
});

describe("damaged files", () => {
  it("are taken or refused, and never read beyond their size", async () => {
    const file = join(folder, "whole");
    await writeSafetensors(file, [out("w", [2, 3], [1, 2, 3, 4, 5, 6]), out("b", [3], [7, 8, 9])], {
      dtype: "F16",
      metadata: { format: "pt" },
    });
    const counts = await feed(await readFile(file), async (bytes) => {
      const source = memorySource(bytes);
      try {
        const found = await readSafetensors(source);
        let size = 0;
        for (const [name, info] of found.tensors) {
          const values = await found.read(name);
          expect(values.length).toBe(info.shape.reduce((a, b) => a * b, 1));
          size += info.size;
        }
        expect(size).toBeLessThan(bytes.length);
      } finally {
        expect(source.bytesRead).toBeLessThanOrEqual(bytes.length);
      }
    });
    expect(counts.taken).toBeGreaterThan(100);
    expect(counts.refused).toBeGreaterThan(3000);
  });

  it("hold no more memory than their size, whatever length they claim", async () => {
    const file = join(folder, "liar");
    await writeFile(file, assemble({}, new Uint8Array(8), 99_999_999n));
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 20; i++) await expect(openSafetensors(file)).rejects.toThrow(/header's length/);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
  });
});

it("reading past the end of a source is an error of ours", async () => {
  const source = await openBytes(import.meta.filename);
  await expect(source.read(source.size - 1, 2)).rejects.toThrow(RangeError);
  await expect(source.read(-1, 2)).rejects.toThrow(RangeError);
  await expect(source.read(0, Number.NaN)).rejects.toThrow(RangeError);
  await source.close();
});
