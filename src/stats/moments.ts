export type Moments = { mean: number; std: number };

/** Mean and population standard deviation of a non-empty column. Equal numbers give a spread of exactly 0. */
export function moments(column: ArrayLike<number>): Moments {
  let mean = 0;
  let squares = 0;
  // Welford's updates: no digits lost where the mean is far larger than the spread
  for (let i = 0; i < column.length; i++) {
    const step = column[i]! - mean;
    mean += step / (i + 1);
    squares += step * (column[i]! - mean);
  }
  return { mean, std: Math.sqrt(squares / column.length) };
}
