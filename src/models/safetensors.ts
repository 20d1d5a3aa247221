import { InputError } from "../io/errors.ts";
import { type ByteSource, openBytes } from "./byte-source.ts";
import { bfloat16ToFloat32, float16ToFloat32 } from "./half-precision.ts";
import { readHeader, type TensorInfo } from "./safetensors-header.ts";

/** Named tensors in one or more open files. */
export type TensorFile = {
  /** For messages: the file, or the index of a sharded model. */
  readonly file: string;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** The header's `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
  /**
   * The numbers of a tensor, row-major. F32 is read straight into the result; F16 and BF16 are widened exactly, F64 and
   * I32 (beyond 2²⁴) are rounded.
   * @throws InputError: no such tensor, or its type is another one
   */
  read(name: string): Promise<Float32Array>;
  close(): Promise<void>;
};

/** @throws InputError: see `readHeader` */
export async function openSafetensors(file: string): Promise<TensorFile> {
  const source = await openBytes(file);
  try {
    return await readSafetensors(source);
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** As `openSafetensors`, from a source that is open. Nothing but the header is read before a tensor is asked for. */
export async function readSafetensors(source: ByteSource): Promise<TensorFile> {
  const { tensors, metadata } = await readHeader(source);
  return {
    file: source.file,
    tensors,
    metadata,
    async read(name) {
      const info = tensors.get(name);
      if (info === undefined) throw noTensor(source.file, name);
      checkDtype(source.file, info);
      return decode(info, await source.read(info.offset, info.size));
    },
    close: () => source.close(),
  };
}

function checkDtype(file: string, { name, dtype }: TensorInfo): void {
  if (["F32", "F16", "BF16", "F64", "I32"].includes(dtype)) return;
  throw new InputError({
    problem: "a tensor's type is not one of those that we read",
    file,
    field: name,
    found: dtype,
    expected: "F32, F16, BF16, F64 or I32",
    fix: "Convert the weights to one of these (a quantised model must be dequantised)",
  });
}

/** `bytes` begin at the start of their buffer, so that they are aligned for any view. */
function decode({ dtype }: TensorInfo, { buffer }: Uint8Array<ArrayBuffer>): Float32Array {
  switch (dtype) {
    case "F16":
      return float16ToFloat32(new Uint16Array(buffer));
    case "BF16":
      return bfloat16ToFloat32(new Uint16Array(buffer));
    case "F64":
      return new Float32Array(new Float64Array(buffer));
    case "I32":
      return new Float32Array(new Int32Array(buffer));
    default:
      return new Float32Array(buffer);
  }
}

export function noTensor(file: string, name: string): InputError {
  return new InputError({ problem: "a tensor is missing", file, field: name });
}
