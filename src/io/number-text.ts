const DECIMAL = /^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?\s*$/i;

/**
 * The number that a cell of a table holds as text: decimal digits, with a sign, a fraction or an exponent (`1e5`), and spaces
 * around them. `0x10`, `1_000` and `1,000` are text, as spreadsheets and pandas take them.
 *
 * @returns undefined where it is none; ±Infinity where it is beyond the greatest double
 */
export const numberOfText = (text: string): number | undefined =>
  DECIMAL.test(text) ? Number(text) : undefined;
