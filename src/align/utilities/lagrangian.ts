import { z } from "zod";
import { InputError, show } from "../../io/errors.ts";
import type { RewardedBatch, Utility } from "../utility.ts";
import { eachRollout } from "./rows.ts";
import { type StandardisedValue, standardiser } from "./standardised.ts";

/** A value that is raised, or held above its threshold, or both. */
export type LagrangianValue = StandardisedValue & { readonly role: "maximise" | "constrain" | "both" };

export type LagrangianOptions = {
  /** Step of log λ for each T by which a batch misses its threshold. Default 0.1. */
  learningRate?: number;
  /** λ of every constraint at the start. Default 1. */
  initial?: number;
};

/** λ stays within these, so that it can always come back. */
const LEAST = 1e-3;
const MOST = 1e3;

/**
 * Constraints in place of AND: raise the mean of some values subject to E[r_i] ≥ d_i(x) for others (the Lagrangian form of
 * Safe-RLHF, Dai et al. 2024). In units of temperature, z = (r − d)/T:
 *
 *   u = (z₀ + Σ λ_i z_i)/(1 + Σ λ_i),
 *
 * z₀ being the mean z of the values that are raised; for these d only shifts u by a number a prompt. The divisor keeps the
 * pull of u against the KL alike for every λ, so that what is solved is max E[z₀] − γ(1 + Σ λ) KL under the constraints.
 *
 * `update` steps each multiplier up where the batch misses its threshold on average, and down where it does not:
 * log λ ← log λ − rate · clip(mean z_i, ±1), within [0.001, 1000]. Its rest is complementary slackness: E[z_i] = 0, or λ
 * at its least. (A gradient in log λ would have a further factor λ and hardly move where λ is small.) One batch is one
 * step, and the clip keeps one extreme batch from being the last word. Thresholds that no policy meets drive their λ to
 * the upper bound, where u is all but the weighted mean of their z.
 *
 * @param values in the order of the batch's reward columns; `reference` is the threshold d(x), for example the q-quantile of
 *   base samples by `computeReferences`
 * @throws RangeError as `standardiser` does, or where no value is raised or none constrained, or an option is not above 0
 */
export function lagrangianUtility(
  values: readonly LagrangianValue[],
  { learningRate = 0.1, initial = 1 }: LagrangianOptions = {},
): Utility {
  const standardised = standardiser(values);
  const raised = values.flatMap(({ role }, v) => (role === "constrain" ? [] : [v]));
  const constrained = values.flatMap(({ role }, v) => (role === "maximise" ? [] : [v]));
  if (raised.length === 0 || constrained.length === 0)
    throw new RangeError("a Lagrangian needs a value to maximise and one to constrain");
  for (const [name, number] of Object.entries({ learningRate, initial })) {
    if (!(number > 0 && Number.isFinite(number)))
      throw new RangeError(`${name} is a finite number above 0, got ${number}`);
  }
  const nameOf = (v: number) => values[v]!.value;
  const names = (list: readonly number[]) => list.map(nameOf).join(", ");
  let logs = constrained.map(() => Math.log(held(initial)));
  return {
    name: "Lagrangian",
    describe: `Raises ${names(raised)} while holding ${names(constrained)} at or above their thresholds on average.`,
    utilities(batch) {
      const lambdas = logs.map(Math.exp);
      const total = lambdas.reduce((sum, lambda) => sum + lambda, 1);
      return eachRollout(standardised(batch), values.length, (row) => {
        const first = raised.reduce((sum, v) => sum + row[v]! / raised.length, 0);
        return constrained.reduce((sum, v, k) => sum + lambdas[k]! * row[v]!, first) / total;
      });
    },
    update(batch: RewardedBatch) {
      const columns = standardised(batch);
      logs = logs.map((log, k) => {
        const column = columns[constrained[k]!]!;
        const mean = column.reduce((sum, each) => sum + each, 0) / column.length;
        const step = learningRate * Math.min(1, Math.max(-1, mean));
        return Math.min(Math.log(MOST), Math.max(Math.log(LEAST), log - step));
      });
    },
    state: (): LagrangianState => ({
      logMultipliers: Object.fromEntries(constrained.map((v, k) => [nameOf(v), logs[k]!])),
    }),
    restore(saved) {
      const { logMultipliers } = parseState(saved);
      const expected = constrained.map(nameOf);
      const found = Object.keys(logMultipliers);
      if (found.length !== expected.length || !expected.every((name) => Object.hasOwn(logMultipliers, name)))
        throw new InputError({
          problem: "the saved multipliers are of other constraints",
          found: found.join(", "),
          expected: expected.join(", "),
          fix: "Go on with the values that the run began with",
        });
      logs = expected.map((name) => logMultipliers[name]!);
    },
  };
}

const held = (lambda: number): number => Math.min(MOST, Math.max(LEAST, lambda));

// logarithms, since what is saved and read back must be the same bits
const stateSchema = z.strictObject({
  logMultipliers: z.record(z.string(), z.number().min(Math.log(LEAST)).max(Math.log(MOST))),
});
type LagrangianState = z.infer<typeof stateSchema>;

function parseState(saved: unknown): LagrangianState {
  const parsed = stateSchema.safeParse(saved);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new InputError({
    problem: `the saved state of the Lagrangian can't be used: ${issue.message}`,
    field: issue.path.join("."),
    found: show(saved),
    expected: `{"logMultipliers": {<value>: a number}}`,
    fix: "Start the run again, or take another checkpoint",
  });
}
