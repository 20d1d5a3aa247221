import type { Attribute, GraphNode, Tensor } from "./graph.ts";
import {
  ATTRIBUTE_TYPE,
  type AttributeProto,
  encodeModel,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "./onnx-proto.ts";
import { DTYPES, GraphError, type NamedType, sameShape, showType, type Value } from "./tensor.ts";

/** An output that becomes an input of the next run: parameters, optimiser state, caches. */
export type StateLink = NamedType & {
  /** The output that replaces the input of this name. */
  readonly output: string;
  /** Starts at zero where it is not given: the moments of an optimiser, a sum of gradients. */
  readonly startsAtZero: boolean;
};

/** A graph made ready to run: ONNX bytes, and what goes in and comes out. */
export type Program = {
  readonly model: Uint8Array;
  readonly inputs: readonly NamedType[];
  /** Inputs of the graph that nothing here needs: feeding them is allowed and does nothing. */
  readonly idle: readonly string[];
  readonly outputs: readonly NamedType[];
  readonly state: readonly StateLink[];
};

/** What an input turns into, for `compile`. */
export type NextState = { readonly input: Tensor; readonly next: Tensor; readonly startsAtZero?: boolean };

/**
 * The part of a graph that `outputs` and `state` need; everything else is left out.
 * @param state inputs that each run replaces by a result of the run
 */
export function compile(
  outputs: Readonly<Record<string, Tensor>>,
  state: readonly NextState[] = [],
): Program {
  const links = state.map(linkOf);
  const results: [string, Tensor][] = [
    ...Object.entries(outputs),
    ...state.map(({ next }, i): [string, Tensor] => [links[i]!.output, next]),
  ];
  if (results.length === 0) throw new GraphError("compile: needs at least one output");
  const { nodes, leaves } = reachable(results.map(([, tensor]) => tensor));
  const inputs = leaves.filter((leaf) => leaf.graph.valueOf(leaf) === undefined);
  const constants = leaves.flatMap((leaf) => {
    const value = leaf.graph.valueOf(leaf);
    return value === undefined ? [] : [tensorProto(leaf.name, value)];
  });
  const names = [...inputs.map(({ name }) => name), ...results.map(([name]) => name)];
  const clash = results.find(
    ([name]) => name === "" || name.startsWith("%") || names.indexOf(name) !== names.lastIndexOf(name),
  );
  if (clash !== undefined)
    throw new GraphError(`compile: ${JSON.stringify(clash[0])} can't be the name of an output`);

  const { renamed, copies } = nameResults(results);
  const model = encodeModel({
    name: "allgood",
    node: [...nodes.map((node) => nodeProto(node, renamed)), ...copies],
    initializer: constants,
    input: inputs.map((tensor) => valueInfo(tensor.name, tensor)),
    output: results.map(([name, tensor]) => valueInfo(name, tensor)),
  });
  const named = (name: string, { dtype, shape }: Tensor): NamedType => ({ name, dtype, shape });
  return {
    model,
    inputs: inputs.map((tensor) => named(tensor.name, tensor)),
    idle: results[0]![1].graph.inputNames.filter((name) => !inputs.some((input) => input.name === name)),
    outputs: Object.entries(outputs).map(([name, tensor]) => named(name, tensor)),
    state: links,
  };
}

function linkOf({ input, next, startsAtZero = false }: NextState): StateLink {
  const { name, dtype, shape } = input;
  if (input.node !== undefined || input.graph.valueOf(input) !== undefined) {
    throw new GraphError(`compile: state ${name} is not an input`);
  }
  if (next.dtype !== dtype || !sameShape(next.shape, shape)) {
    throw new GraphError(`compile: state ${name} is ${showType(input)}, its next value ${showType(next)}`);
  }
  return { name, dtype, shape, output: `${name}'`, startsAtZero };
}

/** The nodes that results need, in an order in which they can run, and the inputs and constants under them. */
function reachable(results: readonly Tensor[]): { nodes: GraphNode[]; leaves: Tensor[] } {
  const nodes = new Set<GraphNode>();
  const leaves = new Map<string, Tensor>();
  const visit = (tensor: Tensor) => {
    if (tensor.node === undefined) leaves.set(tensor.name, tensor);
    else nodes.add(tensor.node);
  };
  results.forEach(visit);
  for (const node of nodes) node.inputs.forEach(visit);
  const age = (node: GraphNode) => node.outputs[0]!.id;
  return {
    nodes: [...nodes].sort((a, b) => age(a) - age(b)),
    leaves: [...leaves.values()].sort((a, b) => a.id - b.id),
  };
}

/** Results take the names that they were given; a value that is a leaf or has a name already is copied. */
function nameResults(results: readonly [string, Tensor][]): {
  renamed: Map<string, string>;
  copies: NodeProto[];
} {
  const renamed = new Map<string, string>();
  const copies: NodeProto[] = [];
  for (const [name, tensor] of results) {
    if (tensor.node !== undefined && !renamed.has(tensor.name)) renamed.set(tensor.name, name);
    else
      copies.push({
        opType: "Identity",
        input: [renamed.get(tensor.name) ?? tensor.name],
        output: [name],
        attribute: [],
      });
  }
  return { renamed, copies };
}

function nodeProto({ op, inputs, outputs, attributes }: GraphNode, renamed: Map<string, string>): NodeProto {
  const name = (tensor: Tensor) => renamed.get(tensor.name) ?? tensor.name;
  return {
    opType: op,
    input: inputs.map(name),
    output: outputs.map(name),
    attribute: Object.entries(attributes).map(([key, value]) => attributeProto(key, value)),
  };
}

function attributeProto(name: string, value: Attribute): AttributeProto {
  if (typeof value === "number") return { name, type: ATTRIBUTE_TYPE.int, i: value };
  if (typeof value === "string")
    return { name, type: ATTRIBUTE_TYPE.string, s: new TextEncoder().encode(value) };
  if ("float" in value) return { name, type: ATTRIBUTE_TYPE.float, f: value.float };
  return { name, type: ATTRIBUTE_TYPE.ints, ints: value };
}

function tensorProto(name: string, { dtype, shape, data }: Value): TensorProto {
  const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { name, dataType: DTYPES[dtype].code, dims: shape, rawData };
}

function valueInfo(name: string, { dtype, shape }: Tensor): ValueInfoProto {
  const dim = shape.map((dimValue) => ({ dimValue }));
  return { name, type: { tensorType: { elemType: DTYPES[dtype].code, shape: { dim } } } };
}
