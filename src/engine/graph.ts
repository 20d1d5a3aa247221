import { createHash } from "node:crypto";
import {
  DTYPES,
  type Dtype,
  GraphError,
  type NamedType,
  type Shape,
  sizeOf,
  type TensorType,
  type Value,
} from "./tensor.ts";

/** A tensor of a graph: a name for a result, with its type, how it is made and how gradients pass through it. */
export type Tensor = NamedType & {
  readonly graph: Graph;
  /** Order of creation: whatever a tensor is made from has a smaller id. */
  readonly id: number;
  /** Absent for inputs and constants. */
  readonly node?: GraphNode;
  /** Absent where no gradient rule is known; see gradient.ts. */
  readonly rule?: Rule;
};

/**
 * One vector–Jacobian rule: from the cotangents of `outputs` (the gradients of a scalar with regard to them) to those
 * of `inputs`. It is written in public operators, so that gradients have gradients too.
 */
export type Rule = {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly pullBack: (cotangents: readonly (Tensor | undefined)[]) => readonly (Tensor | undefined)[];
};

/** ONNX's attribute kinds that are in use: INT, INTS, STRING and FLOAT. */
export type Attribute = number | readonly number[] | string | { readonly float: number };

/** One ONNX operator with its operands. */
export type GraphNode = {
  readonly op: string;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly attributes: Readonly<Record<string, Attribute>>;
};

/**
 * A graph under construction. Tensors are symbols with concrete shapes; nothing is computed before the graph is
 * compiled (program.ts) and run (session.ts). Equal constants are kept once, and so are equal nodes: every operator is
 * a pure function, so asking twice for the same result gives the same node.
 */
export class Graph {
  readonly #constants = new Map<string, Tensor>();
  readonly #values = new Map<Tensor["name"], Value>();
  readonly #nodes = new Map<string, GraphNode>();
  readonly #inputs = new Map<string, Tensor>();
  #count = 0;

  /** A tensor whose numbers are fed at each run: data or a parameter. Names are unique in a graph. */
  input(name: string, dtype: Dtype, shape: Shape): Tensor {
    if (this.#inputs.has(name)) throw new GraphError(`input: ${JSON.stringify(name)} exists already`);
    if (name === "" || name.startsWith("%")) {
      throw new GraphError(
        `input: a name is not empty and does not start with %, got ${JSON.stringify(name)}`,
      );
    }
    if (!shape.every((size) => Number.isSafeInteger(size) && size > 0)) {
      throw new GraphError(
        `input ${JSON.stringify(name)}: sizes are whole numbers ≥ 1, got [${shape.join(",")}]`,
      );
    }
    const tensor = this.#tensor({ dtype, shape }, name);
    this.#inputs.set(name, tensor);
    return tensor;
  }

  /** The names of all inputs. */
  get inputNames(): string[] {
    return [...this.#inputs.keys()];
  }

  /** A tensor whose numbers are part of the graph. */
  constant(value: Value): Tensor {
    const { data } = value;
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const key = `${value.dtype}[${value.shape}]${createHash("sha256").update(bytes).digest("base64")}`;
    let tensor = this.#constants.get(key);
    if (tensor === undefined) {
      tensor = this.#tensor({ dtype: value.dtype, shape: [...value.shape] });
      this.#constants.set(key, tensor);
      this.#values.set(tensor.name, { ...value, data: data.slice() } as Value);
    }
    return tensor;
  }

  /** One number as a constant of shape []. */
  scalar(number: number, dtype: Dtype = "float32"): Tensor {
    const data = new DTYPES[dtype].array(1);
    data[0] = dtype === "int64" ? BigInt(number) : number;
    return this.constant({ dtype, shape: [], data } as Value);
  }

  /** Shapes and axes are int64 operands in ONNX. */
  indices(numbers: readonly number[]): Tensor {
    return this.constant({
      dtype: "int64",
      shape: [numbers.length],
      data: BigInt64Array.from(numbers, BigInt),
    });
  }

  /** The numbers of a constant; undefined for any other tensor. */
  valueOf(tensor: Tensor): Value | undefined {
    return this.#values.get(tensor.name);
  }

  /** Adds one ONNX operator, or finds an equal one. Its results have no gradient rule yet: see `differentiable`. */
  node(
    op: string,
    inputs: readonly Tensor[],
    outputs: readonly TensorType[],
    attributes: GraphNode["attributes"] = {},
  ): readonly Tensor[] {
    for (const input of inputs) {
      if (input.graph !== this) throw new GraphError(`${op}: ${input.name} belongs to another graph`);
    }
    const key = JSON.stringify([op, inputs.map(({ name }) => name), outputs.length, attributes]);
    const known = this.#nodes.get(key);
    if (known !== undefined) return known.outputs;
    const results: Tensor[] = [];
    const node: GraphNode = { op, inputs, outputs: results, attributes };
    for (const type of outputs) results.push(this.#tensor(type, undefined, node));
    this.#nodes.set(key, node);
    return results;
  }

  /** The same result under a gradient rule: a new symbol for an old value. */
  ruled(tensor: Tensor, rule: Rule): Tensor {
    return { ...tensor, id: this.#count++, rule };
  }

  #tensor({ dtype, shape }: TensorType, name?: string, node?: GraphNode): Tensor {
    if (!Number.isSafeInteger(sizeOf(shape)))
      throw new GraphError(`a tensor of shape [${shape.join(",")}] is too large`);
    const id = this.#count++;
    return { graph: this, id, name: name ?? `%${id}`, dtype, shape, ...(node && { node }) };
  }
}

export const graph = (): Graph => new Graph();

/**
 * Gives a result its vector–Jacobian rule.
 * @param pullBack from the cotangent of the result, and the result, to one cotangent for each of `inputs`; undefined
 *   where no gradient passes (indices, truth values)
 */
export function differentiable(
  result: Tensor,
  inputs: readonly Tensor[],
  pullBack: (cotangent: Tensor, result: Tensor) => readonly (Tensor | undefined)[],
): Tensor {
  return differentiableAll([result], inputs, ([cotangent], [y]) => pullBack(cotangent!, y!))[0]!;
}

/** As `differentiable`, for an operator with several results; at least one cotangent is defined. */
export function differentiableAll(
  results: readonly Tensor[],
  inputs: readonly Tensor[],
  pullBack: (
    cotangents: readonly (Tensor | undefined)[],
    results: readonly Tensor[],
  ) => readonly (Tensor | undefined)[],
): readonly Tensor[] {
  const outputs: Tensor[] = [];
  const rule: Rule = { inputs, outputs, pullBack: (cotangents) => pullBack(cotangents, outputs) };
  for (const result of results) outputs.push(result.graph.ruled(result, rule));
  return outputs;
}
