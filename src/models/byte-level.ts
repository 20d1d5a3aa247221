/**
 * The alphabet of byte-level BPE (Radford et al. 2019): each byte is written as one printable character, the printable
 * ones of Latin-1 as themselves and the others from U+0100 on, in order.
 * @module
 */
const isPrintable = (byte: number) =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;

/** The character of each byte. */
export const byteCharacters: readonly string[] = (() => {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isPrintable(byte) ? byte : next++));
})();

/** A text as one character a byte of its UTF-8. */
export function toByteCharacters(text: string): string {
  let out = "";
  for (const byte of Buffer.from(text, "utf8")) out += byteCharacters[byte];
  return out;
}

/**
 * GPT-2's pattern, in the notation of tokenizer.json (Oniguruma): English contractions, then words, numbers and other
 * runs, each with at most one space before it.
 */
export const gpt2Pattern =
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/** The same pattern in JavaScript, whose own `\s` has U+FEFF and lacks U+0085. */
export const gpt2Words =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;
