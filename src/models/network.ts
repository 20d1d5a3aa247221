/**
 * The parts of the transformer that every pass shares: weights as inputs of a graph, norms, projections, feed-forward,
 * and the order in which a layer uses them. How tokens attend to each other is passed in.
 * @module
 */
import {
  add,
  embedding,
  float32,
  type Graph,
  gelu,
  layerNorm,
  linear,
  matmul,
  mul,
  rmsNorm,
  silu,
  type Tensor,
  transpose,
  type Value,
} from "../engine/index.ts";
import type { TransformerConfig } from "./config.ts";
import { checkWeights, type Weights, weightShapes } from "./weights.ts";

/** One matrix of the network at work: x [rows, in], weight [in, out], bias [out]. */
export type Projection = {
  /** As in `weightShapes`, without `.weight`: `layers.0.query`. */
  readonly name: string;
  readonly x: Tensor;
  readonly weight: Tensor;
  readonly bias?: Tensor;
};

export type NetworkOptions = {
  /** Tensors that stand in for inputs of their names: shared by two passes, or computed from something else. */
  parameters?: ReadonlyMap<string, Tensor>;
  /** Takes the place of x·weight + bias in the layers (not in the logits): an adapter adds its product here. */
  project?: (projection: Projection) => Tensor;
};

export type Network = {
  readonly config: TransformerConfig;
  /** All weights by name, in the order of `weightShapes`. */
  readonly parameters: ReadonlyMap<string, Tensor>;
  readonly project: (projection: Projection) => Tensor;
};

/** The weights of a config as float32 inputs of a graph. */
export function network(
  g: Graph,
  config: TransformerConfig,
  { parameters, project = ({ x, weight, bias }) => linear(x, weight, bias) }: NetworkOptions = {},
): Network {
  const inputs = [...weightShapes(config)].map(([name, shape]): [string, Tensor] => [
    name,
    parameters?.get(name) ?? g.input(name, "float32", shape),
  ]);
  return { config, parameters: new Map(inputs), project };
}

/** Weights as values to feed or to start a state with; the arrays are shared, not copied. */
export function weightValues(config: TransformerConfig, weights: Weights): Record<string, Value> {
  checkWeights(config, weights);
  return Object.fromEntries(
    [...weightShapes(config)].map(([name, shape]) => [name, float32(weights.get(name)!, shape)]),
  );
}

/** From queries [rows, heads·headDim] and keys and values [rows, kvHeads·headDim] to mixed values, shaped as queries. */
export type Attend = (layer: number, query: Tensor, key: Tensor, value: Tensor) => Tensor;

/** All layers and the final norm: embedded tokens [rows, dim] → [rows, dim]. */
export function runLayers(net: Network, tokens: Tensor, attend: Attend): Tensor {
  let x = tokens;
  for (let layer = 0; layer < net.config.layers; layer++) {
    const name = `layers.${layer}`;
    const normal = norm(net, `${name}.attentionNorm`, x);
    // three products instead of one that is split: cutting and joining costs more than it saves
    const mixed = attend(
      layer,
      project(net, `${name}.query`, normal),
      project(net, `${name}.key`, normal),
      project(net, `${name}.value`, normal),
    );
    x = add(x, project(net, `${name}.output`, mixed));
    x = add(x, feedForward(net, name, norm(net, `${name}.mlpNorm`, x)));
  }
  return norm(net, "finalNorm", x);
}

/** Token vectors, with learned positions added where the config has them: ids [..], positions [..] → [.., dim]. */
export function embed(net: Network, ids: Tensor, positions: Tensor): Tensor {
  const tokens = embedding(parameter(net, "tokenEmbedding"), ids);
  if (net.config.positions.kind !== "learned") return tokens;
  return add(tokens, embedding(parameter(net, "positionEmbedding"), positions));
}

/** Scores of the next token: hidden [rows, dim] → [rows, vocabSize]. */
export function unembed(net: Network, hidden: Tensor): Tensor {
  const table = parameter(net, net.config.tiedEmbeddings ? "tokenEmbedding" : "unembedding");
  return matmul(hidden, transpose(table));
}

function norm(net: Network, name: string, x: Tensor): Tensor {
  const { kind, epsilon } = net.config.norm;
  const gain = parameter(net, `${name}.weight`);
  return kind === "rms"
    ? rmsNorm(x, gain, epsilon)
    : layerNorm(x, gain, parameter(net, `${name}.bias`), epsilon);
}

function feedForward(net: Network, layer: string, x: Tensor): Tensor {
  const up = project(net, `${layer}.up`, x);
  const inner = net.config.activation === "gelu" ? gelu(up) : mul(silu(project(net, `${layer}.gate`, x)), up);
  return project(net, `${layer}.down`, inner);
}

function project(net: Network, name: string, x: Tensor): Tensor {
  const bias = net.parameters.get(`${name}.bias`);
  return net.project({ name, x, weight: parameter(net, `${name}.weight`), ...(bias && { bias }) });
}

function parameter(net: Network, name: string): Tensor {
  const found = net.parameters.get(name);
  if (found === undefined) throw new RangeError(`the config has no weight ${name}`);
  return found;
}
