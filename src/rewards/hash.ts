/** 32-bit FNV-1a offset basis. */
const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;

/**
 * 32-bit FNV-1a over the UTF-8 bytes of a text (Fowler, Noll & Vo). A lone surrogate counts as U+FFFD, as in UTF-8
 * encoders.
 *
 * @param start hash so far, to go on from: fnv1a("b", fnv1a("a")) = fnv1a("ab")
 */
export function fnv1a(text: string, start: number = OFFSET): number {
  let hash = start;
  let ascii = 0;
  for (; ascii < text.length; ascii++) {
    const code = text.charCodeAt(ascii);
    if (code >= 0x80) break;
    hash = Math.imul(hash ^ code, PRIME);
  }
  if (ascii === text.length) return hash >>> 0;
  const byte = (value: number) => {
    hash = Math.imul(hash ^ value, PRIME);
  };
  for (let i = ascii; i < text.length; i++) {
    let code = text.codePointAt(i)!;
    if (code > 0xffff) i++;
    else if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd;
    if (code < 0x80) byte(code);
    else {
      if (code < 0x800) byte(0xc0 | (code >> 6));
      else {
        if (code < 0x10000) byte(0xe0 | (code >> 12));
        else {
          byte(0xf0 | (code >> 18));
          byte(0x80 | ((code >> 12) & 0x3f));
        }
        byte(0x80 | ((code >> 6) & 0x3f));
      }
      byte(0x80 | (code & 0x3f));
    }
  }
  return hash >>> 0;
}

/** Spreads a hash over all its bits (the finaliser of MurmurHash3), so that any of them may be cut out. */
export function spread(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
