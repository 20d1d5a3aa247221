import { moments } from "../../stats/moments.ts";

/** Fewer rewards than this say nothing about a scale. */
const LEAST = 8;

/**
 * What looks wrong with the scale of raw rewards of one value, as sentences that say what to do. A reward model gives
 * logits: centred roughly on 0, of both signs. Empty where nothing does.
 *
 * @param rewards finite; of base samples, say
 */
export function scaleWarnings(rewards: ArrayLike<number>): string[] {
  if (rewards.length < LEAST) return [];
  const { mean, std } = moments(rewards);
  const [low, high] = range(rewards);
  if (low === high) return [`every reward is ${low}: check the address, the template and the model's output`];
  const warnings: string[] = [];
  if (low >= 0 && high <= 1) {
    warnings.push(
      `all rewards lie within 0 and 1 (${low.toPrecision(3)} to ${high.toPrecision(3)}), as after a sigmoid or softmax, which flattens the differences that count: ask the server for raw numbers (vLLM use_activation false, TEI raw_scores true); if they are truly a score from 0 to 1, fit a temperature with --pairs`,
    );
  }
  if (Math.abs(mean) >= 10 && Math.abs(mean) >= 2 * std) {
    warnings.push(
      `rewards lie around ${mean.toFixed(1)} (standard deviation ${std.toPrecision(2)}): references from base samples take that out, but fixed references and trainers that clip rewards do not; use a reference kind that comes from samples`,
    );
  }
  return warnings;
}

function range(column: ArrayLike<number>): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < column.length; i++) {
    low = Math.min(low, column[i]!);
    high = Math.max(high, column[i]!);
  }
  return [low, high];
}
