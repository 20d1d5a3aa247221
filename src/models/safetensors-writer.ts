import { openAtomic } from "../io/atomic-file.ts";
import { float32ToBfloat16, float32ToFloat16 } from "./half-precision.ts";

/** The types that weights are written in. */
export type WriteDtype = "F32" | "F16" | "BF16";

/** A tensor to write. `values` is called once, when its turn has come, so that one tensor is converted at a time. */
export type OutTensor = {
  readonly name: string;
  readonly shape: readonly number[];
  values(): Float32Array;
};

const bytesOf: Record<WriteDtype, (values: Float32Array) => Uint8Array> = {
  F32: (values) => view(values),
  F16: (values) => view(float32ToFloat16(values)),
  BF16: (values) => view(float32ToBfloat16(values)),
};

/**
 * Writes tensors in the order given, atomically; the same tensors give the same bytes.
 * @throws InputError where the disk refuses; RangeError where a name repeats or values do not fill their shape
 */
export async function writeSafetensors(
  file: string,
  tensors: readonly OutTensor[],
  { dtype = "F32", metadata }: { dtype?: WriteDtype; metadata?: Record<string, string> } = {},
): Promise<void> {
  const header = makeHeader(tensors, dtype, metadata);
  const out = await openAtomic(file);
  try {
    await out.write(header);
    for (const { name, shape, values } of tensors) {
      const numbers = values();
      if (numbers.length !== elements(shape)) {
        throw new RangeError(`${name}: ${numbers.length} values do not fill [${shape.join(", ")}]`);
      }
      await out.write(bytesOf[dtype](numbers));
    }
    await out.commit();
  } catch (error) {
    await out.abort();
    throw error;
  }
}

/** Padded with spaces to a multiple of eight, so that the data is aligned for every type. */
function makeHeader(
  tensors: readonly OutTensor[],
  dtype: WriteDtype,
  metadata?: Record<string, string>,
): Uint8Array {
  const entries: [string, unknown][] = metadata === undefined ? [] : [["__metadata__", metadata]];
  let end = 0;
  for (const { name, shape } of tensors) {
    const begin = end;
    end += elements(shape) * (dtype === "F32" ? 4 : 2);
    entries.push([name, { dtype, shape, data_offsets: [begin, end] }]);
  }
  const byName = Object.fromEntries(entries);
  if (Object.keys(byName).length !== entries.length) throw new RangeError("two tensors have the same name");
  const json = Buffer.from(JSON.stringify(byName));
  const bytes = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, " ");
  bytes.writeBigUInt64LE(BigInt(bytes.length - 8));
  json.copy(bytes, 8);
  return bytes;
}

const elements = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 1);
const view = (values: Float32Array | Uint16Array) =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
