/**
 * ONNX's file format, as much of it as we write: the field numbers of `onnx.proto` that we use, encoded by protobufjs.
 * @module
 */
import protobuf from "protobufjs/light.js";

/** The ONNX release line whose operators the graphs use, and the version of the file format. */
const OPSET = 21;
const IR_VERSION = 10;

export type AttributeProto = {
  name: string;
  type: number;
  f?: number;
  i?: number;
  s?: Uint8Array;
  ints?: readonly number[];
};
export const ATTRIBUTE_TYPE = { float: 1, int: 2, string: 3, ints: 7 } as const;

export type NodeProto = {
  input: readonly string[];
  output: readonly string[];
  opType: string;
  attribute: readonly AttributeProto[];
};
export type TensorProto = { name: string; dataType: number; dims: readonly number[]; rawData: Uint8Array };
export type ValueInfoProto = {
  name: string;
  type: { tensorType: { elemType: number; shape: { dim: readonly { dimValue: number }[] } } };
};
export type GraphProto = {
  name: string;
  node: readonly NodeProto[];
  initializer: readonly TensorProto[];
  input: readonly ValueInfoProto[];
  output: readonly ValueInfoProto[];
};

const field = (id: number, type: string) => ({ id, type });
const list = (id: number, type: string) => ({ id, type, rule: "repeated" });

const schema = protobuf.Root.fromJSON({
  nested: {
    ModelProto: {
      fields: {
        irVersion: field(1, "int64"),
        producerName: field(2, "string"),
        graph: field(7, "GraphProto"),
        opsetImport: list(8, "OperatorSetIdProto"),
      },
    },
    OperatorSetIdProto: { fields: { domain: field(1, "string"), version: field(2, "int64") } },
    GraphProto: {
      fields: {
        node: list(1, "NodeProto"),
        name: field(2, "string"),
        initializer: list(5, "TensorProto"),
        input: list(11, "ValueInfoProto"),
        output: list(12, "ValueInfoProto"),
      },
    },
    NodeProto: {
      fields: {
        input: list(1, "string"),
        output: list(2, "string"),
        opType: field(4, "string"),
        attribute: list(5, "AttributeProto"),
      },
    },
    AttributeProto: {
      fields: {
        name: field(1, "string"),
        f: field(2, "float"),
        i: field(3, "int64"),
        s: field(4, "bytes"),
        ints: list(8, "int64"),
        type: field(20, "int32"),
      },
    },
    TensorProto: {
      fields: {
        dims: list(1, "int64"),
        dataType: field(2, "int32"),
        name: field(8, "string"),
        rawData: field(9, "bytes"),
      },
    },
    ValueInfoProto: { fields: { name: field(1, "string"), type: field(2, "TypeProto") } },
    TypeProto: {
      fields: { tensorType: field(1, "Tensor") },
      nested: {
        Tensor: { fields: { elemType: field(1, "int32"), shape: field(2, "TensorShapeProto") } },
      },
    },
    TensorShapeProto: {
      fields: { dim: list(1, "Dimension") },
      nested: { Dimension: { fields: { dimValue: field(1, "int64") } } },
    },
  },
});
const ModelProto = schema.lookupType("ModelProto");

/** The bytes of an ONNX model with one graph over the standard operators. */
export function encodeModel(graph: GraphProto): Uint8Array {
  const model = {
    irVersion: IR_VERSION,
    producerName: "allgood",
    graph,
    opsetImport: [{ domain: "", version: OPSET }],
  };
  return ModelProto.encode(model).finish();
}
