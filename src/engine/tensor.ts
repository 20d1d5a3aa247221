export type Dtype = "float32" | "float64" | "int64" | "bool";

/** What each data type is in ONNX (`TensorProto.DataType`) and in memory. A bool takes one byte. */
export const DTYPES = {
  float32: { code: 1, array: Float32Array, bytes: 4 },
  float64: { code: 11, array: Float64Array, bytes: 8 },
  int64: { code: 7, array: BigInt64Array, bytes: 8 },
  bool: { code: 9, array: Uint8Array, bytes: 1 },
} as const satisfies Record<Dtype, object>;

export type TensorData<D extends Dtype = Dtype> = {
  float32: Float32Array;
  float64: Float64Array;
  int64: BigInt64Array;
  bool: Uint8Array;
}[D];

/** Concrete sizes, outermost first; `[]` is a scalar. */
export type Shape = readonly number[];

/** What is known of a tensor before it has numbers. */
export type TensorType = { readonly dtype: Dtype; readonly shape: Shape };
export type NamedType = TensorType & { readonly name: string };

/** A tensor with numbers, row-major. */
export type Value<D extends Dtype = Dtype> = {
  [E in D]: { readonly dtype: E; readonly shape: Shape; readonly data: TensorData<E> };
}[D];

/** A graph that can't be built: shapes, types or axes that do not fit. The message names the operator and the shapes. */
export class GraphError extends Error {
  override readonly name = "GraphError";
}

export const sizeOf = (shape: Shape): number => shape.reduce((product, size) => product * size, 1);

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((size, i) => size === b[i]);

/** `float32[2,3]` */
export const showType = ({ dtype, shape }: TensorType): string => `${dtype}[${shape.join(",")}]`;

export const isFloat = (dtype: Dtype): boolean => dtype === "float32" || dtype === "float64";

/** Float32 numbers with a shape; one axis if none is given. A Float32Array is taken as it is, without a copy. */
export function float32(data: ArrayLike<number>, shape: Shape = [data.length]): Value<"float32"> {
  return checked({
    dtype: "float32",
    shape,
    data: data instanceof Float32Array ? data : Float32Array.from(data),
  });
}

/** Float64 numbers with a shape; meant for checking gradients. A Float64Array is taken without a copy. */
export function float64(data: ArrayLike<number>, shape: Shape = [data.length]): Value<"float64"> {
  return checked({
    dtype: "float64",
    shape,
    data: data instanceof Float64Array ? data : Float64Array.from(data),
  });
}

/** Whole numbers (token ids, indices) with a shape. A BigInt64Array is taken without a copy. */
export function int64(data: ArrayLike<number> | BigInt64Array, shape: Shape = [data.length]): Value<"int64"> {
  const array =
    data instanceof BigInt64Array
      ? data
      : BigInt64Array.from({ length: data.length }, (_, i) => BigInt(data[i]!));
  return checked({ dtype: "int64", shape, data: array });
}

/** Truth values with a shape. */
export function bool(data: ArrayLike<boolean | number>, shape: Shape = [data.length]): Value<"bool"> {
  return checked({
    dtype: "bool",
    shape,
    data: Uint8Array.from({ length: data.length }, (_, i) => (data[i] ? 1 : 0)),
  });
}

export function zeros({ dtype, shape }: TensorType): Value {
  return { dtype, shape, data: new DTYPES[dtype].array(sizeOf(shape)) } as Value;
}

function checked<V extends Value>(value: V): V {
  if (value.data.length !== sizeOf(value.shape)) {
    throw new GraphError(`${value.data.length} numbers do not fill ${showType(value)}`);
  }
  return value;
}
