/**
 * The header of a safetensors file: eight bytes of length, then JSON with each tensor's type, shape and place.
 * The rules are those of the reference implementation (huggingface/safetensors): tensors lie end to end, without
 * overlap and without holes, and fill the file; at most 100 MB of header.
 * @module
 */
import { z } from "zod";
import { InputError } from "../io/errors.ts";
import { findJsonFault } from "../io/json-fault.ts";
import type { ByteSource } from "./byte-source.ts";
import { describe, parseWith } from "./json-file.ts";

/** Types whose size we know. */
export type Dtype =
  | "F32"
  | "F16"
  | "BF16"
  | "F64"
  | "BOOL"
  | "U8"
  | "I8"
  | "F8_E4M3"
  | "F8_E5M2"
  | "U16"
  | "I16"
  | "U32"
  | "I32"
  | "U64"
  | "I64";

/** Bytes an element takes, for each type whose size we know; `TensorFile.read` reads the floating-point ones. */
const elementBytes: Record<Dtype, number> = {
  F32: 4,
  F16: 2,
  BF16: 2,
  F64: 8,
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  U16: 2,
  I16: 2,
  U32: 4,
  I32: 4,
  U64: 8,
  I64: 8,
};

/** Where a tensor lies. `shape` is row-major; an empty one is a single number. */
export type TensorInfo = {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Offset in the file, in bytes. */
  readonly offset: number;
  /** In bytes. */
  readonly size: number;
};

export type SafetensorsHeader = {
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  readonly metadata: Readonly<Record<string, string>>;
};

const maxHeaderBytes = 100_000_000;
const lengthBytes = 8;
const fetchAgain = "Fetch or make the file again";

const entrySchema = z.object(
  {
    dtype: z.string("a tensor's dtype is not text"),
    shape: z.array(
      z.int("a tensor's shape has a number that is not whole").min(0, "a tensor's shape is negative"),
      {
        error: "a tensor's shape is not a list",
      },
    ),
    data_offsets: z.tuple([z.int().min(0), z.int().min(0)], {
      error: "a tensor's data_offsets are not two offsets",
    }),
  },
  { error: "a tensor's entry in the header is not an object" },
);

/** @throws InputError: the header is cut off, lies about its length, or describes tensors that can't be there */
export async function readHeader(source: ByteSource): Promise<SafetensorsHeader> {
  const { file } = source;
  const length = await headerLength(source);
  const start = lengthBytes + length;
  const entries = Object.entries(parseHeader(file, await source.read(lengthBytes, length)));
  const tensors = new Map<string, TensorInfo>();
  let metadata: Record<string, string> = {};
  for (const [name, entry] of entries) {
    if (name === "__metadata__") {
      metadata = parseWith(
        z.record(z.string(), z.string(), { error: "the metadata is not an object of texts" }),
        entry,
        file,
        name,
      );
    } else tensors.set(name, tensorInfo(file, name, entry, start, source.size - start));
  }
  checkLayout(file, [...tensors.values()], start, source.size);
  return { tensors, metadata };
}

async function headerLength(source: ByteSource): Promise<number> {
  const { file, size } = source;
  if (size < lengthBytes + 2) {
    throw new InputError({
      problem: "too short for a safetensors file",
      file,
      found: `${size} bytes`,
      expected: `at least ${lengthBytes + 2}`,
      fix: fetchAgain,
    });
  }
  const length = Buffer.from(await source.read(0, lengthBytes)).readBigUInt64LE();
  const most = Math.min(maxHeaderBytes, size - lengthBytes);
  if (length > most || length < 2) {
    throw new InputError({
      problem: "not a safetensors file, or a truncated one: the header's length can't be right",
      file,
      found: `${length} bytes`,
      expected: `2 to ${most}`,
      fix: fetchAgain,
    });
  }
  return Number(length);
}

function parseHeader(file: string, bytes: Uint8Array): Record<string, unknown> {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new InputError(
      { problem: "the header is not valid UTF-8", file, fix: fetchAgain },
      { cause: error },
    );
  }
  try {
    value = JSON.parse(text);
  } catch (error) {
    const { offset, problem } = findJsonFault(text);
    const fault = { problem: `the header is not JSON: ${problem}`, file, found: `character ${offset + 1}` };
    throw new InputError({ ...fault, fix: fetchAgain }, { cause: error });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new InputError({ problem: "the header is not an object", file, found: describe(value) });
  }
  const twice = firstRepeatedKey(text);
  if (twice !== undefined) {
    throw new InputError({ problem: "a tensor's name stands twice in the header", file, field: twice });
  }
  return value as Record<string, unknown>;
}

/** The first key that an object repeats at its top level; JSON.parse would keep the last one in silence. */
function firstRepeatedKey(json: string): string | undefined {
  const seen = new Set<string>();
  let depth = 0;
  let text = "";
  for (let i = 0; i < json.length; i++) {
    const character = json[i];
    if (character === '"') {
      const start = i++;
      while (json[i] !== '"') i += json[i] === "\\" ? 2 : 1;
      if (depth === 1) text = json.slice(start, i + 1);
    } else if (character === "{" || character === "[") depth += 1;
    else if (character === "}" || character === "]") depth -= 1;
    else if (character === ":" && depth === 1) {
      const key: string = JSON.parse(text);
      if (seen.has(key)) return key;
      seen.add(key);
    }
  }
  return undefined;
}

function tensorInfo(
  file: string,
  name: string,
  entry: unknown,
  start: number,
  available: number,
): TensorInfo {
  const { dtype, shape, data_offsets } = parseWith(entrySchema, entry, file, name);
  if (!Object.hasOwn(elementBytes, dtype)) {
    throw new InputError({
      problem: "a tensor of a type that we do not read",
      file,
      field: name,
      found: describe(dtype),
      expected: Object.keys(elementBytes).join(", "),
      fix: "Convert the file to F32, F16 or BF16",
    });
  }
  const [begin, end] = data_offsets;
  const size = elementBytes[dtype as Dtype] * shape.reduce((product, n) => product * n, 1);
  if (begin > end || end > available) {
    throw new InputError({
      problem: "a tensor lies outside the file, which may be truncated",
      file,
      field: name,
      found: `bytes ${begin} to ${end}`,
      expected: `within 0 to ${available}`,
      fix: fetchAgain,
    });
  }
  if (end - begin !== size) {
    throw new InputError({
      problem: "a tensor's shape and type do not fit its bytes",
      file,
      field: name,
      found: `${end - begin} bytes`,
      expected: `${size} for ${dtype} [${shape.slice(0, 8).join(", ")}]`,
    });
  }
  return { name, dtype: dtype as Dtype, shape, offset: start + begin, size };
}

/** Tensors must lie end to end from `start` to `end`. */
function checkLayout(file: string, tensors: TensorInfo[], start: number, end: number): void {
  let filled = start;
  let before = "";
  for (const { name, offset, size } of tensors.sort((a, b) => a.offset - b.offset || a.size - b.size)) {
    if (offset !== filled) {
      throw new InputError({
        problem: offset < filled ? "two tensors overlap" : "a gap between tensors",
        file,
        field: name,
        found: `begins at byte ${offset - start}`,
        expected: `${filled - start}${before === "" ? "" : `, where ${JSON.stringify(before)} ends`}`,
      });
    }
    filled += size;
    before = name;
  }
  if (filled !== end) {
    throw new InputError({
      problem: "bytes follow the last tensor",
      file,
      found: `${end - filled} bytes`,
      fix: fetchAgain,
    });
  }
}
