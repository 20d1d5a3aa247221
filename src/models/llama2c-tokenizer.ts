/**
 * The binary tokenizer of llama2.c: sentencepiece BPE, where the two neighbours whose joint piece has the highest score
 * are merged first, and characters without a piece fall back to their UTF-8 bytes.
 * @module
 */
import { join } from "node:path";
import { InputError } from "../io/errors.ts";
import { writeFileAtomic } from "../io/write.ts";
import { type ByteSource, openBytes } from "./byte-source.ts";
import { createHeap } from "./heap.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** Pieces as byte strings: one UTF-16 unit a byte. */
type Pieces = {
  texts: string[];
  scores: Float64Array;
  /** Pieces that a text can have. */
  idOf: ReadonlyMap<string, number>;
  /** The id of each byte's piece. */
  byteIds: number[];
  /** What each id stands for: a byte's piece for its byte, others for their text. */
  meaning: string[];
};

const bos = 1;
const eos = 2;
const maxBytes = 256 * 2 ** 20;

/** @throws InputError: missing, truncated, lengths that can't be right, no byte pieces */
export async function loadLlama2cTokenizer(file: string): Promise<Tokenizer> {
  const source = await openBytes(file);
  try {
    return await readLlama2cTokenizer(source);
  } finally {
    await source.close();
  }
}

export async function readLlama2cTokenizer(source: ByteSource): Promise<Tokenizer> {
  if (source.size > maxBytes) {
    throw new InputError({
      problem: "too large for a llama2.c tokenizer",
      file: source.file,
      found: `${source.size} bytes`,
    });
  }
  const bytes = Buffer.from((await source.read(0, source.size)).buffer);
  const pieces = readPieces(source.file, bytes);
  return {
    vocabSize: pieces.texts.length,
    bos,
    eos,
    pad: null,
    encode: (text, { addSpecialTokens = false } = {}) => [
      ...(addSpecialTokens ? [bos] : []),
      ...encode(pieces, text),
    ],
    decode: (ids, { skipSpecialTokens = false } = {}) => decode(pieces, ids, skipSpecialTokens),
    renderChat: null,
    save: (folder) => writeFileAtomic(join(folder, "tokenizer.bin"), bytes),
  };
}

/** int32 length of the longest piece, then for each piece its float32 score, int32 length and bytes. */
function readPieces(file: string, bytes: Buffer): Pieces {
  const refuse = (problem: string, found: string, expected: string) => {
    const fix = "The file is damaged, or no tokenizer of llama2.c";
    return new InputError({ problem, file, found, expected, fix });
  };
  if (bytes.length < 4)
    throw refuse("too short for a llama2.c tokenizer", `${bytes.length} bytes`, "at least 4");
  const longest = bytes.readInt32LE(0);
  const texts: string[] = [];
  const scores: number[] = [];
  for (let at = 4; at < bytes.length; ) {
    const place = `piece ${texts.length}`;
    if (at + 8 > bytes.length)
      throw refuse("the last piece is cut off", place, "8 bytes of score and length");
    const score = bytes.readFloatLE(at);
    const length = bytes.readInt32LE(at + 4);
    const end = at + 8 + length;
    if (!Number.isFinite(score)) throw refuse("a piece's score is not a finite number", place, "a number");
    if (length < 0 || length > longest || end > bytes.length) {
      throw refuse(
        "a piece's length can't be right",
        `${length} at ${place}`,
        `0 to ${Math.min(longest, bytes.length - at - 8)}`,
      );
    }
    texts.push(bytes.toString("latin1", at + 8, end));
    scores.push(score);
    at = end;
  }
  const firstIds = new Map<string, number>();
  for (const [id, text] of texts.entries()) if (id > eos && !firstIds.has(text)) firstIds.set(text, id);
  const byteIds = Array.from({ length: 256 }, (_, byte) => firstIds.get(byteName(byte)) ?? -1);
  const missing = byteIds.indexOf(-1);
  if (missing !== -1)
    throw refuse("no piece for a byte", byteName(missing), "all of <0x00> to <0xFF>, after id 2");
  // the control pieces and the bytes are never made by merging
  for (let byte = 0; byte < 256; byte++) firstIds.delete(byteName(byte));
  const meaning = [...texts];
  for (const [byte, id] of byteIds.entries()) meaning[id] = String.fromCharCode(byte);
  return { texts, scores: Float64Array.from(scores), idOf: firstIds, byteIds, meaning };
}

const byteName = (byte: number) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;
const byteString = (text: string) => Buffer.from(text, "utf8").toString("latin1");

function encode(pieces: Pieces, text: string): number[] {
  if (text === "") return [];
  const ids: number[] = [];
  // a text begins with a space, so that its first word is the same token as elsewhere
  for (const character of ` ${text}`) {
    const bytes = byteString(character);
    const id = pieces.idOf.get(bytes);
    if (id !== undefined) ids.push(id);
    else for (let i = 0; i < bytes.length; i++) ids.push(pieces.byteIds[bytes.charCodeAt(i)]!);
  }
  return merge(pieces, ids);
}

/** Best score first, leftmost among equals, in O(n log n): a list of living tokens and a heap of possible merges. */
function merge({ texts, scores, idOf }: Pieces, ids: number[]): number[] {
  const next = ids.map((_, i) => i + 1);
  const previous = ids.map((_, i) => i - 1);
  type Merge = { at: number; left: number; right: number; id: number };
  const heap = createHeap<Merge>((a, b) => {
    const difference = scores[a.id]! - scores[b.id]!;
    return difference > 0 || (difference === 0 && a.at < b.at);
  });
  const offer = (at: number) => {
    const to = next[at]!;
    if (to >= ids.length) return;
    const id = idOf.get(texts[ids[at]!]! + texts[ids[to]!]!);
    if (id !== undefined) heap.push({ at, left: ids[at]!, right: ids[to]!, id });
  };
  for (let i = 0; i < ids.length; i++) offer(i);
  for (let best = heap.pop(); best !== undefined; best = heap.pop()) {
    const { at, left, right, id } = best;
    const to = next[at]!;
    // an earlier merge may have taken either side
    if (ids[at] !== left || to >= ids.length || ids[to] !== right) continue;
    ids[at] = id;
    ids[to] = -1;
    next[at] = next[to]!;
    if (next[at]! < ids.length) previous[next[at]!] = at;
    if (previous[at]! >= 0) offer(previous[at]!);
    offer(at);
  }
  return ids.filter((id) => id !== -1);
}

function decode({ meaning }: Pieces, ids: readonly number[], skipSpecialTokens: boolean): string {
  let bytes = "";
  let begun = false;
  for (const id of ids) {
    if (!Number.isInteger(id) || id < 0) throw new RangeError(`${id} is not a token id`);
    const special = id <= eos;
    if (special && skipSpecialTokens) continue;
    const text = meaning[id] ?? "";
    // the space that `encode` put before the text
    bytes += !begun && !special && text.startsWith(" ") ? text.slice(1) : text;
    begun ||= !special;
  }
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Buffer.from(bytes, "latin1"));
}
