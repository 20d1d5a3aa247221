import { describe, expect, test } from "vitest";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";

const tensors = {
  indices: { dtype: "I32", data: Int32Array.of(1, -2, 2 ** 31 - 1) },
  values: { dtype: "F32", data: Float32Array.of(0.5, -1e-30) },
} as const;

describe("safetensors", () => {
  test("come back as they went", () => {
    const bytes = encodeSafetensors(tensors);
    expect(decodeSafetensors(bytes, "w")).toEqual(tensors);
    // a view into a larger buffer that is not aligned
    const moved = new Uint8Array(bytes.length + 3);
    moved.set(bytes, 3);
    expect(decodeSafetensors(moved.subarray(3), "w")).toEqual(tensors);
  });

  test("have the layout of the format", () => {
    const bytes = encodeSafetensors({ w: { dtype: "F32", data: Float32Array.of(1) } });
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    expect(header).toEqual({ w: { dtype: "F32", shape: [1], data_offsets: [0, 4] } });
    expect([...bytes.subarray(8 + length)]).toEqual([0, 0, 0x80, 0x3f]);
  });

  test.each([
    ["nothing", new Uint8Array(3), "3 bytes"],
    ["a header beyond the end", new Uint8Array(16).fill(9), "longer than the file"],
    ["a cut tail", encodeSafetensors(tensors).slice(0, -1), 'tensor "values"'],
    ["no JSON", withHeader("oops    "), "not JSON"],
    ["a list", withHeader("[]      "), "not an object"],
    ["another type", withHeader('{"w":{"dtype":"F64","shape":[0],"data_offsets":[0,0]}} '), "type F64"],
    ["no offsets", withHeader('{"w":{"dtype":"F32"}}   '), "without its place"],
  ])("say what is wrong: %s", (_, bytes, message) => {
    expect(() => decodeSafetensors(bytes, "w")).toThrow(message);
  });
});

function withHeader(json: string): Uint8Array {
  const bytes = new Uint8Array(8 + json.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(new TextEncoder().encode(json), 8);
  return bytes;
}
