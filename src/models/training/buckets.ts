/**
 * The length that a sequence is padded to: the least of 16, 24, 32, 48, 64, 96, 128, … that holds it, and `most` at most.
 * Shapes are concrete, so each length has a program of its own; at most a third of a row is padding.
 */
export function bucketLength(length: number, most: number): number {
  for (let size = 16; ; size *= 2) {
    if (length <= size) return Math.min(size, most);
    if (length <= 1.5 * size) return Math.min(1.5 * size, most);
  }
}
