import type { ObjectiveFile, ReferenceSpec, ReferenceValue } from "./file.ts";
import { compileGoal, type Explanation, type Goal } from "./goal/goal.ts";
import { logSigmoid, logSumExp } from "./math.ts";

/** Which of a file's references a prompt got. */
export type ReferenceSource = "prompt" | "estimator" | "global";

/** A prompt whose reference is not in the file, where the file says that this is an error. */
export class MissingReferenceError extends Error {
  override readonly name = "MissingReferenceError";
}

/**
 * r_ref(x) for one value.
 *
 * @param estimate applies the spec's estimator to the prompt; needed where `otherwise` is `estimator`
 * @throws MissingReferenceError if the prompt is not in the spec and `otherwise` is `error`
 */
export function resolveReference(
  spec: ReferenceSpec,
  promptHash: string,
  estimate?: () => number,
): { value: ReferenceValue; from: ReferenceSource } {
  const own =
    spec.prompts !== undefined && Object.hasOwn(spec.prompts, promptHash)
      ? spec.prompts[promptHash]
      : undefined;
  if (own !== undefined) return { value: own, from: "prompt" };
  if (spec.otherwise === "global" && spec.global !== undefined) return { value: spec.global, from: "global" };
  if (spec.otherwise === "estimator" && estimate !== undefined)
    return { value: estimate(), from: "estimator" };
  throw new MissingReferenceError(
    `no reference for prompt ${promptHash}: calibrate on base samples of it, or with "--otherwise global" or "--otherwise estimator"`,
  );
}

/**
 * z = (r − r_ref)/T, so that p(good) = σ(z). Several reference responses are a fair draw among them:
 * p = mean_m σ((r − r_m)/T) (PAR), and z = logit p, in log space.
 */
export function standardise(reward: number, reference: ReferenceValue, temperature: number): number {
  if (!Array.isArray(reference)) return (reward - reference) / temperature;
  const gaps = reference.map((r) => (reward - r) / temperature);
  return logSumExp(gaps.map(logSigmoid)) - logSumExp(gaps.map((z) => logSigmoid(-z)));
}

/** dz/dr. With several references: Σ p_m q_m / (Σ p_m · Σ q_m / M) / T, in log space. */
function standardiseSlope(reward: number, reference: ReferenceValue, temperature: number): number {
  if (!Array.isArray(reference)) return 1 / temperature;
  const p = reference.map((r) => logSigmoid((reward - r) / temperature));
  const q = reference.map((r) => logSigmoid((r - reward) / temperature));
  const both = p.map((log, m) => log + q[m]!);
  return (Math.exp(logSumExp(both) - logSumExp(p) - logSumExp(q)) * reference.length) / temperature;
}

export type ObjectiveResult = Omit<Explanation, "gradient" | "values"> & {
  /** ∂u/∂r: what a unit more of each raw reward would bring. */
  gradient: Record<string, number>;
  values: Record<string, { r: number; reference: ReferenceValue; z: number; p: number }>;
};

/** An objective file, ready to be evaluated. */
export type Objective = {
  file: ObjectiveFile;
  goal: Goal;
  /** Values that the goal names, in its order. */
  values: string[];
  /**
   * Everything about one (x, y).
   *
   * @param rewards finite raw rewards by value
   * @param references r_ref(x) by value, from {@link resolveReference}
   */
  evaluate(
    rewards: Readonly<Record<string, number>>,
    references: Readonly<Record<string, ReferenceValue>>,
  ): ObjectiveResult;
  /**
   * z of many at once, one column a value: what the goal takes. With the goal's `logProb` it gives u alone, at a fraction of
   * the cost of everything.
   *
   * @param rewards and `references` as for `evaluateAll`
   */
  standardiseAll(
    rewards: readonly ArrayLike<number>[],
    references: readonly Readonly<Record<string, ReferenceValue>>[],
  ): Float64Array[];
  /**
   * Everything about many at once, several times as fast.
   *
   * @param rewards one column a value of `values`, finite, all of one length
   * @param references one entry a row
   */
  evaluateAll(
    rewards: readonly ArrayLike<number>[],
    references: readonly Readonly<Record<string, ReferenceValue>>[],
  ): ObjectiveResult[];
};

/** @throws GoalError as {@link compileGoal} does */
export function createObjective(file: ObjectiveFile): Objective {
  const goal = compileGoal(file.goal, Object.keys(file.values));
  return {
    file,
    goal,
    values: goal.values,
    evaluate(rewards, references) {
      // one that is missing is told below
      const columns = goal.values.map((name) => [rewards[name]!]);
      return evaluateAll(file, goal, columns, [references])[0]!;
    },
    standardiseAll: (rewards, references) => standardiseAll(file, goal, rewards, references),
    evaluateAll: (rewards, references) => evaluateAll(file, goal, rewards, references),
  };
}

function standardiseAll(
  file: ObjectiveFile,
  goal: Goal,
  rewards: readonly ArrayLike<number>[],
  references: readonly Readonly<Record<string, ReferenceValue>>[],
): Float64Array[] {
  return goal.values.map((name, v) => {
    const { temperature } = file.values[name]!;
    const z = new Float64Array(references.length);
    for (let row = 0; row < z.length; row++) {
      const r = rewards[v]![row];
      const reference = references[row]![name];
      if (r === undefined || !Number.isFinite(r))
        throw new RangeError(`the reward of "${name}" is ${r}, not finite`);
      if (reference === undefined) throw new RangeError(`no reference for "${name}"`);
      z[row] = standardise(r, reference, temperature);
    }
    return z;
  });
}

function evaluateAll(
  file: ObjectiveFile,
  goal: Goal,
  rewards: readonly ArrayLike<number>[],
  references: readonly Readonly<Record<string, ReferenceValue>>[],
): ObjectiveResult[] {
  const temperatures = goal.values.map((name) => file.values[name]!.temperature);
  const z = standardiseAll(file, goal, rewards, references);
  return goal.explainAll(z).map((explanation, row) => {
    const gradient: Record<string, number> = {};
    const values: ObjectiveResult["values"] = {};
    for (const [v, name] of goal.values.entries()) {
      const [r, reference] = [rewards[v]![row]!, references[row]![name]!];
      gradient[name] = explanation.gradient[name]! * standardiseSlope(r, reference, temperatures[v]!);
      values[name] = { r, reference, ...explanation.values[name]! };
    }
    const { u, p, bindingValue } = explanation;
    return { u, p, bindingValue, gradient, values };
  });
}
