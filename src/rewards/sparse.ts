/** A sparse vector: ascending, distinct indices and their values. */
export type SparseVector = { indices: Int32Array; values: Float64Array };

/** Rows of a sparse matrix, one after the other (CSR): row i has the entries `starts[i]` to `starts[i + 1]`. */
export type SparseRows = {
  columns: number;
  starts: Int32Array;
  indices: Int32Array;
  values: Float64Array;
};

/** a − b; entries that cancel exactly are dropped. */
export function subtract(a: SparseVector, b: SparseVector): SparseVector {
  const indices: number[] = [];
  const values: number[] = [];
  for (let i = 0, j = 0; i < a.indices.length || j < b.indices.length; ) {
    const left = a.indices[i] ?? Number.POSITIVE_INFINITY;
    const right = b.indices[j] ?? Number.POSITIVE_INFINITY;
    const value = (left <= right ? a.values[i++]! : 0) - (right <= left ? b.values[j++]! : 0);
    if (value === 0) continue;
    indices.push(Math.min(left, right));
    values.push(value);
  }
  return { indices: Int32Array.from(indices), values: Float64Array.from(values) };
}

/** Stacks vectors over only the columns that occur; `columns[k]` is the original index of column k. */
export function stack(vectors: readonly SparseVector[]): { rows: SparseRows; columns: Int32Array } {
  const columns = Int32Array.from(new Set(vectors.flatMap(({ indices }) => [...indices]))).sort();
  const position = new Map<number, number>();
  columns.forEach((column, k) => {
    position.set(column, k);
  });
  const starts = new Int32Array(vectors.length + 1);
  vectors.forEach(({ indices }, i) => {
    starts[i + 1] = starts[i]! + indices.length;
  });
  const indices = new Int32Array(starts.at(-1)!);
  const values = new Float64Array(starts.at(-1)!);
  vectors.forEach((vector, i) => {
    indices.set(
      vector.indices.map((index) => position.get(index)!),
      starts[i]!,
    );
    values.set(vector.values, starts[i]!);
  });
  return { rows: { columns: columns.length, starts, indices, values }, columns };
}

/** Row i times a dense vector. */
export function rowDot({ starts, indices, values }: SparseRows, i: number, x: Float64Array): number {
  let sum = 0;
  for (let k = starts[i]!; k < starts[i + 1]!; k++) sum += values[k]! * x[indices[k]!]!;
  return sum;
}

/** Adds `by` times row i to a dense vector. */
export function addRow(
  { starts, indices, values }: SparseRows,
  i: number,
  by: number,
  to: Float64Array,
): void {
  for (let k = starts[i]!; k < starts[i + 1]!; k++) to[indices[k]!]! += by * values[k]!;
}

/** A sparse vector times a dense one over the original indices. */
export function dot({ indices, values }: SparseVector, x: { readonly [index: number]: number }): number {
  let sum = 0;
  for (let k = 0; k < indices.length; k++) sum += values[k]! * x[indices[k]!]!;
  return sum;
}
