const COLOURS = ["a", "b", "c", "d", "e", "f"] as const;
const DASHES = ["", "7 3", "2 3", "10 3 2 3", "5 2 1 2", "1 4"] as const;

export type SeriesStyle = { colour: string; dash: string };

/** Colour and dash of the i-th curve: no two of the first 36 look alike, and no two of any six share a dash. */
export const seriesStyle = (i: number): SeriesStyle => ({
  colour: `var(--${COLOURS[i % COLOURS.length]})`,
  dash: DASHES[(i + Math.floor(i / COLOURS.length)) % DASHES.length]!,
});
