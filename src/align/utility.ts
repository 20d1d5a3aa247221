import { InputError } from "../io/errors.ts";
import type { RolloutBatch } from "./rollout.ts";

/** What a batch of rollouts is turned into a utility from: prompts, groups and raw rewards. */
export type RewardedBatch = Pick<RolloutBatch, "prompts" | "n" | "rewards">;

/**
 * How several rewards become the one number that alignment raises. Rollouts of one prompt stand together: rollout i
 * belongs to prompt ⌊i/n⌋.
 */
export type Utility = {
  readonly name: string;
  /** One sentence: what it is. */
  readonly describe: string;
  /** u of each rollout; finite. */
  utilities(batch: RewardedBatch): Float64Array;
  /** Learns from a batch after the policy did: multipliers of constraints. */
  update?(batch: RewardedBatch): void;
  /** What it has learned, as plain JSON, for checkpoints. */
  state?(): unknown;
  restore?(state: unknown): void;
};

/** @throws InputError where a utility is not a finite number */
export function utilitiesOf(utility: Utility, batch: RewardedBatch): Float64Array {
  const u = utility.utilities(batch);
  const wrong = u.findIndex((value) => !Number.isFinite(value));
  if (wrong === -1) return u;
  throw new InputError({
    problem: `the utility "${utility.name}" is not a finite number`,
    found: `${u[wrong]} from rewards ${batch.rewards.map((column) => column[wrong]).join(", ")}`,
    expected: "a finite number",
  });
}
