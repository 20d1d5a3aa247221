import {
  add,
  embedding,
  type Graph,
  gelu,
  graph,
  layerNorm,
  linear,
  logProb,
  matmul,
  mean,
  mul,
  neg,
  reshape,
  softmax,
  type Tensor,
  transpose,
  type Value,
} from "../src/engine/index.ts";
import { createRandom } from "../src/stats/random.ts";

/** A GPT-2-shaped model, small enough to read: what the benchmark trains. */
export type GptShape = {
  vocabulary: number;
  width: number;
  layers: number;
  heads: number;
  batch: number;
  length: number;
};

export const BENCH_SHAPE: GptShape = {
  vocabulary: 2048,
  width: 256,
  layers: 4,
  heads: 4,
  batch: 16,
  length: 128,
};

/** Multiplications and additions in the matrix products of a forward pass. */
export function forwardFlops({ vocabulary, width, layers, batch, length }: GptShape): number {
  const dense = 2 * batch * length * (12 * width ** 2 * layers + width * vocabulary);
  const attention = 2 * 2 * batch * length ** 2 * width * layers;
  return dense + attention;
}

/** The mean next-token loss over `ids` and `targets` [batch, length], and the parameters in order. */
export function gptLoss(shape: GptShape): { loss: Tensor; parameters: Tensor[] } {
  const { vocabulary, width, layers, batch, length } = shape;
  const g = graph();
  const parameters: Tensor[] = [];
  const parameter = (name: string, ...sizes: number[]) => {
    const tensor = g.input(name, "float32", sizes);
    parameters.push(tensor);
    return tensor;
  };
  const norm = (name: string, x: Tensor) =>
    layerNorm(x, parameter(`${name}.gain`, width), parameter(`${name}.bias`, width));
  const dense = (name: string, x: Tensor, outputs: number) =>
    linear(x, parameter(`${name}.weight`, x.shape.at(-1)!, outputs), parameter(`${name}.bias`, outputs));

  const tokens = embedding(parameter("tokens", vocabulary, width), g.input("ids", "int64", [batch, length]));
  // activations are kept as [batch·length, width]: every product is then one plain matrix product
  let x = reshape(add(tokens, parameter("positions", length, width)), [batch * length, width]);
  for (let layer = 0; layer < layers; layer++) {
    const name = `layer${layer}`;
    const normal = norm(`${name}.norm1`, x);
    // three products instead of one that is split: cutting and joining costs more than it saves
    const projections = ["query", "key", "value"].map((part) => dense(`${name}.${part}`, normal, width));
    x = add(x, dense(`${name}.out`, attention(g, projections, shape), width));
    const hidden = gelu(dense(`${name}.up`, norm(`${name}.norm2`, x), 4 * width));
    x = add(x, dense(`${name}.down`, hidden, width));
  }
  const logits = linear(norm("norm", x), parameter("head", width, vocabulary));
  const targets = g.input("targets", "int64", [batch * length]);
  return { loss: neg(mean(logProb(logits, targets))), parameters };
}

/** Causal self-attention over queries, keys and values, each [batch·length, width], as is the result. */
function attention(g: Graph, projections: readonly Tensor[], shape: GptShape): Tensor {
  const { batch, length, heads, width } = shape;
  const size = width / heads;
  const [q, k, v] = projections.map((x) => transpose(reshape(x, [batch, length, heads, size]), [0, 2, 1, 3]));
  const scores = mul(matmul(q!, transpose(k!)), 1 / Math.sqrt(size));
  const weights = softmax(add(scores, causalMask(g, length)));
  return reshape(transpose(matmul(weights, v!), [0, 2, 1, 3]), [batch * length, width]);
}

function causalMask(g: Graph, length: number): Tensor {
  const data = Float32Array.from({ length: length * length }, (_, i) =>
    i % length > Math.floor(i / length) ? -1e9 : 0,
  );
  return g.constant({ dtype: "float32", shape: [length, length], data });
}

/** Matrices normal with deviation 0.02, gains 1, biases 0. */
export function initialise(parameters: readonly Tensor[], seed: number): Record<string, Value> {
  const random = createRandom(seed);
  return Object.fromEntries(
    parameters.map(({ name, shape }) => {
      const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
      if (shape.length === 2) for (let i = 0; i < data.length; i++) data[i] = 0.02 * random.normal();
      else if (name.endsWith("gain")) data.fill(1);
      return [name, { dtype: "float32", shape, data } as const];
    }),
  );
}
