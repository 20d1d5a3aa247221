export type ScheduleOptions = {
  /** The highest rate. */
  learningRate: number;
  /** Steps of the whole run. */
  steps: number;
  /** Steps until the highest rate is reached. */
  warmup: number;
  /** What the rate falls to, as a share of the highest. */
  floor?: number;
};

/**
 * Linear warm-up, then half a cosine from the highest rate to the floor (Loshchilov & Hutter 2017, without restarts).
 * @param step from 1; rates beyond the last step stay at the floor
 */
export function learningRateAt(
  step: number,
  { learningRate, steps, warmup, floor = 0.1 }: ScheduleOptions,
): number {
  if (step <= warmup) return (learningRate * step) / warmup;
  const done = Math.min(1, (step - warmup) / Math.max(1, steps - warmup));
  return learningRate * (floor + (1 - floor) * 0.5 * (1 + Math.cos(Math.PI * done)));
}
