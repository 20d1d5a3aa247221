import type { TransformerConfig } from "./config.ts";

/** A checkpoint of llama2.c with counted numbers as weights. `vocab` is negative where the logits have their own matrix. */
export function llama2cBytes(
  { dim, hidden, layers, heads, kvHeads, context }: TransformerConfig,
  vocab: number,
  value = (i: number) => Math.sin(i),
): Buffer {
  const headDim = dim / heads;
  const keys = kvHeads * headDim;
  const perLayer = 2 * dim + 2 * dim * dim + 2 * dim * keys + 3 * dim * hidden;
  const embedding = Math.abs(vocab) * dim;
  const count = embedding + layers * perLayer + dim + context * headDim + (vocab < 0 ? embedding : 0);
  const header = Int32Array.of(dim, hidden, layers, heads, kvHeads, vocab, context);
  return Buffer.concat([
    Buffer.from(header.buffer),
    Buffer.from(Float32Array.from({ length: count }, (_, i) => value(i)).buffer),
  ]);
}

/** A tokenizer of llama2.c: three control pieces, the bytes, then `pieces` with their scores. */
export function llama2cTokenizerBytes(pieces: readonly (readonly [string, number])[]): Buffer {
  const bytes = Array.from({ length: 256 }, (_, b) => `<0x${b.toString(16).toUpperCase().padStart(2, "0")}>`);
  const control = ["<unk>", "\n<s>\n", "\n</s>\n", ...bytes].map((text) => [text, 0] as const);
  const parts = [...control, ...pieces].map(([text, score]) => {
    const head = Buffer.alloc(8);
    const body = Buffer.from(text);
    head.writeFloatLE(score);
    head.writeInt32LE(body.length, 4);
    return Buffer.concat([head, body]);
  });
  const longest = Buffer.alloc(4);
  longest.writeInt32LE(Math.max(...parts.map((part) => part.length - 8)));
  return Buffer.concat([longest, ...parts]);
}
