/** A smooth function: its value at x, and its gradient written into `gradient`. */
export type SmoothFunction = (x: Float64Array, gradient: Float64Array) => number;

export type MinimiseOptions = {
  /** Stops where no component of the gradient exceeds this; 1e-6 where absent. */
  tolerance?: number;
  /** 500 where absent. */
  maxIterations?: number;
  /** Pairs of steps remembered; 10 where absent. */
  memory?: number;
};

export type Minimum = {
  x: Float64Array;
  value: number;
  /** Largest component of the gradient at x, in absolute value. */
  gradientNorm: number;
  iterations: number;
  /** False where the iterations ran out, or no step along the search direction made the function smaller. */
  converged: boolean;
};

/**
 * Limited-memory BFGS with the two-loop recursion and backtracking (Nocedal & Wright 2006, algorithms 7.4 and 3.1).
 * Full batch and no randomness: the same input gives the same bits. Meant for convex functions.
 *
 * @param start where to begin; not changed
 */
export function minimise(f: SmoothFunction, start: Float64Array, options: MinimiseOptions = {}): Minimum {
  const { tolerance = 1e-6, maxIterations = 500, memory = 10 } = options;
  const steps: Step[] = [];
  let x: Float64Array = Float64Array.from(start);
  let gradient: Float64Array = new Float64Array(x.length);
  let value = f(x, gradient);
  let iterations = 0;
  for (; iterations < maxIterations && maxNorm(gradient) > tolerance; iterations++) {
    const direction = descentDirection(gradient, steps);
    const next = search(f, x, value, gradient, direction, steps.length === 0);
    if (next === undefined) {
      // what is remembered may be stale: try steepest descent once before giving up
      if (steps.length === 0) break;
      steps.length = 0;
      continue;
    }
    remember(steps, difference(next.x, x), difference(next.gradient, gradient), memory);
    ({ x, value, gradient } = next);
  }
  const gradientNorm = maxNorm(gradient);
  return { x, value, gradientNorm, iterations, converged: gradientNorm <= tolerance };
}

type Point = { x: Float64Array; value: number; gradient: Float64Array };
type Step = { s: Float64Array; y: Float64Array; rho: number };

/** −H·gradient, where H is the inverse Hessian that the remembered steps imply. */
function descentDirection(gradient: Float64Array, steps: readonly Step[]): Float64Array {
  const d = gradient.map((g) => -g);
  const alphas: number[] = [];
  for (let k = steps.length - 1; k >= 0; k--) {
    const { s, y, rho } = steps[k]!;
    alphas[k] = rho * dot(s, d);
    addScaled(d, y, -alphas[k]!);
  }
  const last = steps.at(-1);
  if (last !== undefined) scale(d, 1 / (last.rho * dot(last.y, last.y)));
  for (const [k, { s, y, rho }] of steps.entries()) addScaled(d, s, alphas[k]! - rho * dot(y, d));
  return d;
}

/** Halves the step until the function falls enough (Armijo); undefined where it never does. */
function search(
  f: SmoothFunction,
  x: Float64Array,
  value: number,
  gradient: Float64Array,
  direction: Float64Array,
  first: boolean,
): Point | undefined {
  const slope = dot(gradient, direction);
  if (!(slope < 0)) return undefined;
  let step = first ? Math.min(1, 1 / Math.sqrt(-slope)) : 1;
  for (let tries = 0; tries < 40; tries++, step /= 2) {
    const to = Float64Array.from(x);
    addScaled(to, direction, step);
    const toGradient = new Float64Array(x.length);
    const toValue = f(to, toGradient);
    if (toValue <= value + 1e-4 * step * slope) return { x: to, value: toValue, gradient: toGradient };
  }
  return undefined;
}

/** Keeps a step if it saw positive curvature, which keeps the implied Hessian positive definite. */
function remember(steps: Step[], s: Float64Array, y: Float64Array, memory: number): void {
  const curvature = dot(s, y);
  if (!(curvature > 1e-12 * dot(y, y))) return;
  steps.push({ s, y, rho: 1 / curvature });
  if (steps.length > memory) steps.shift();
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function addScaled(to: Float64Array, x: Float64Array, by: number): void {
  for (let i = 0; i < to.length; i++) to[i]! += by * x[i]!;
}

function scale(x: Float64Array, by: number): void {
  for (let i = 0; i < x.length; i++) x[i]! *= by;
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value - b[i]!);
}

function maxNorm(x: Float64Array): number {
  let max = 0;
  for (const value of x) max = Math.max(max, Math.abs(value));
  return max;
}
