/**
 * The transformer of a config in plain loops and float64: slow, whole sequence, no cache. The oracle for the fast one.
 * @module
 */
import type { TransformerConfig } from "./config.ts";
import type { Weights } from "./weights.ts";

type Vector = Float64Array;

/** Logits at each position: row t is [vocabSize], of the token after t. `ids` is one sequence, at most `context` long. */
export function referenceForward(
  config: TransformerConfig,
  weights: Weights,
  ids: readonly number[],
): Vector[] {
  if (ids.length > config.context)
    throw new RangeError(`${ids.length} tokens, the context has ${config.context}`);
  const embedding = weights.get("tokenEmbedding")!;
  const learned = weights.get("positionEmbedding");
  let stream = ids.map((id, t) => {
    const x = row(embedding, id, config.dim);
    return learned === undefined ? x : plus(x, row(learned, t, config.dim));
  });
  for (let layer = 0; layer < config.layers; layer++) {
    const prefix = `layers.${layer}.`;
    const attended = attention(
      config,
      weights,
      prefix,
      stream.map(normed(config, weights, `${prefix}attentionNorm`)),
    );
    stream = stream.map((x, t) => plus(x, attended[t]!));
    const fed = stream
      .map(normed(config, weights, `${prefix}mlpNorm`))
      .map((x) => feedForward(config, weights, prefix, x));
    stream = stream.map((x, t) => plus(x, fed[t]!));
  }
  const unembedding = weights.get(config.tiedEmbeddings ? "tokenEmbedding" : "unembedding")!;
  return stream.map(normed(config, weights, "finalNorm")).map((x) => {
    const logits = new Float64Array(config.vocabSize);
    for (let v = 0; v < logits.length; v++) {
      let sum = 0;
      for (let i = 0; i < x.length; i++) sum += x[i]! * unembedding[v * x.length + i]!;
      logits[v] = sum;
    }
    return logits;
  });
}

/** log softmax. */
export function logProbs(logits: Vector): Vector {
  const most = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const total = logits.reduce((sum, x) => sum + Math.exp(x - most), 0);
  return logits.map((x) => x - most - Math.log(total));
}

/** Most likely tokens one after another, with their log-probs. */
export function referenceGreedy(
  config: TransformerConfig,
  weights: Weights,
  prompt: readonly number[],
  newTokens: number,
): { ids: number[]; logProbs: number[] } {
  const ids = [...prompt];
  const found: number[] = [];
  for (let n = 0; n < newTokens; n++) {
    const scores = logProbs(referenceForward(config, weights, ids).at(-1)!);
    const best = scores.reduce((top, score, id) => (score > scores[top]! ? id : top), 0);
    ids.push(best);
    found.push(scores[best]!);
  }
  return { ids, logProbs: found };
}

function attention(config: TransformerConfig, weights: Weights, prefix: string, inputs: Vector[]): Vector[] {
  const { heads, kvHeads, headDim } = config;
  const project = (name: string) => inputs.map((x) => linear(weights, `${prefix}${name}`, x));
  const rotate = (xs: Vector[]) => xs.map((x, t) => rotated(config, x, t));
  const queries = rotate(project("query"));
  const keys = rotate(project("key"));
  const values = project("value");
  return queries.map((query, t) => {
    const mixed = new Float64Array(heads * headDim);
    for (let head = 0; head < heads; head++) {
      const shared = Math.floor(head / (heads / kvHeads)) * headDim;
      const scores = Float64Array.from({ length: t + 1 }, (_, s) => {
        let dot = 0;
        for (let i = 0; i < headDim; i++) dot += query[head * headDim + i]! * keys[s]![shared + i]!;
        return dot / Math.sqrt(headDim);
      });
      const shares = logProbs(scores).map(Math.exp);
      for (let s = 0; s <= t; s++) {
        for (let i = 0; i < headDim; i++) mixed[head * headDim + i]! += shares[s]! * values[s]![shared + i]!;
      }
    }
    return linear(weights, `${prefix}output`, mixed);
  });
}

/** Su et al. 2021, with dimension i of a head turning together with i + headDim/2. */
function rotated({ positions, headDim }: TransformerConfig, x: Vector, position: number): Vector {
  if (positions.kind === "learned") return x;
  const out = new Float64Array(x.length);
  const half = headDim / 2;
  for (let head = 0; head < x.length; head += headDim) {
    for (let i = 0; i < half; i++) {
      const angle = position * positions.theta ** (-i / half);
      const [a, b] = [x[head + i]!, x[head + half + i]!];
      out[head + i] = a * Math.cos(angle) - b * Math.sin(angle);
      out[head + half + i] = a * Math.sin(angle) + b * Math.cos(angle);
    }
  }
  return out;
}

function feedForward(config: TransformerConfig, weights: Weights, prefix: string, x: Vector): Vector {
  const up = linear(weights, `${prefix}up`, x);
  if (config.activation === "gelu") return linear(weights, `${prefix}down`, up.map(gelu));
  const gate = linear(weights, `${prefix}gate`, x).map((z) => z / (1 + Math.exp(-z)));
  return linear(
    weights,
    `${prefix}down`,
    up.map((u, i) => u * gate[i]!),
  );
}

const gelu = (x: number) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

const normed = (config: TransformerConfig, weights: Weights, name: string) => (x: Vector) => {
  const mean = config.norm.kind === "layer" ? x.reduce((sum, v) => sum + v, 0) / x.length : 0;
  const variance = x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / x.length;
  const scale = weights.get(`${name}.weight`)!;
  const shift = weights.get(`${name}.bias`);
  return x.map(
    (v, i) => ((v - mean) / Math.sqrt(variance + config.norm.epsilon)) * scale[i]! + (shift?.[i] ?? 0),
  );
};

/** x · W + b, W stored [in, out]. */
function linear(weights: Weights, name: string, x: Vector): Vector {
  const matrix = weights.get(`${name}.weight`)!;
  const outputs = matrix.length / x.length;
  const out = Float64Array.from(weights.get(`${name}.bias`) ?? new Float64Array(outputs));
  for (let i = 0; i < x.length; i++) {
    for (let o = 0; o < outputs; o++) out[o]! += x[i]! * matrix[i * outputs + o]!;
  }
  return out;
}

const row = (matrix: Float32Array, index: number, width: number): Vector =>
  Float64Array.from(matrix.subarray(index * width, (index + 1) * width));

const plus = (a: Vector, b: Vector): Vector => a.map((x, i) => x + b[i]!);
