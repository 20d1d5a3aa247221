/**
 * Rows a second of a compiled goal against the same formula written by hand over Float64Array.
 * Run: npx tsx bench/objective.ts [--json]
 */
import { compileGoal } from "../src/objective/index.ts";
import { createRandom } from "../src/stats/random.ts";
import { compare, printComparisons } from "./compare.ts";

const ROWS = 200_000;
const random = createRandom(1);
const columns = Array.from({ length: 6 }, () =>
  Float64Array.from({ length: ROWS }, () => 3 * random.normal()),
);

const logSigmoid = (x: number) => Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x)));
const logAddExp = (a: number, b: number) => Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));

function and(): Float64Array {
  const [a, b] = columns as [Float64Array, Float64Array];
  const u = new Float64Array(ROWS);
  for (let i = 0; i < ROWS; i++) u[i] = logSigmoid(a[i]!) + logSigmoid(b[i]!);
  return u;
}

const ENTANGLED = "(a or b) and (a or c) and (not b or d) and (e or not f)";

/** The same by hand: expanded on a, then on b; both sides of a leaf from one exponential. */
function entangled(): Float64Array {
  const [a, b, c, d, e, f] = columns as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const u = new Float64Array(ROWS);
  for (let i = 0; i < ROWS; i++) {
    const sharedA = Math.log1p(Math.exp(-Math.abs(a[i]!)));
    const sharedB = Math.log1p(Math.exp(-Math.abs(b[i]!)));
    const [yesA, noA] = [Math.min(a[i]!, 0) - sharedA, Math.min(-a[i]!, 0) - sharedA];
    const [yesB, noB] = [Math.min(b[i]!, 0) - sharedB, Math.min(-b[i]!, 0) - sharedB];
    const yesD = logSigmoid(d[i]!);
    // a: then "not b or d"; not a: then b, c and d
    const ifA = logAddExp(noB, yesB + yesD);
    const ifNotA = yesB + logSigmoid(c[i]!) + yesD;
    const notE = logSigmoid(-e[i]!);
    const lastFails = notE + logSigmoid(f[i]!);
    const last =
      lastFails < -Math.LN2
        ? Math.log1p(-Math.exp(lastFails))
        : logAddExp(logSigmoid(e[i]!), notE + logSigmoid(-f[i]!));
    u[i] = logAddExp(yesA + ifA, noA + ifNotA) + last;
  }
  return u;
}

function check(sentence: string, byHand: () => Float64Array): () => Float64Array {
  const goal = compileGoal(sentence);
  const z = goal.values.map((name) => columns["abcdef".indexOf(name)]!);
  const expected = byHand();
  goal.logProb(z).forEach((u, i) => {
    if (Math.abs(u - expected[i]!) > 1e-12)
      throw new Error(`${sentence}, row ${i}: ${u} is not ${expected[i]}`);
  });
  return () => goal.logProb(z);
}

printComparisons(
  [
    { name: "a and b", byHand: and },
    { name: ENTANGLED, byHand: entangled },
  ].map(({ name, byHand }) =>
    compare({ name, unit: "rows/s", work: ROWS, rounds: 21, ours: check(name, byHand), baseline: byHand }),
  ),
);
