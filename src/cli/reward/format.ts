export const decimals = (x: number): string => x.toFixed(3);

export function withInterval({
  accuracy,
  ci95: [low, high],
}: {
  accuracy: number;
  ci95: [number, number];
}): string {
  return `${decimals(accuracy)} [${decimals(low)}, ${decimals(high)}]`;
}
