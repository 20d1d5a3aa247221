/**
 * Text from data, made fit to show: nothing invisible, nothing endless, nothing that reorders the line around it.
 * @module
 */

/** C0 controls but tab and newline, DEL, C1 controls, bidirectional marks, zero-width space, separators, tags, lone surrogates. */
const HIDDEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff\u{e0000}-\u{e007f}]|\p{Cs}/gu;

/** Shows what would be invisible: control characters as their pictures (␛), the others by number (⟨U+202E⟩). */
export function visible(text: string): string {
  return text.replace(/\r\n?/g, "\n").replace(HIDDEN, (character) => {
    const code = character.codePointAt(0)!;
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    if (code === 0x7f) return "\u2421";
    if (code >= 0xd800 && code <= 0xdfff) return "\ufffd";
    return `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
  });
}

/**
 * The first `max` characters (UTF-16 units), and how much was left out.
 * @returns `text` itself and 0 where it is short enough; a surrogate pair is never cut in two
 */
export function cut(text: string, max: number): { text: string; left: number } {
  if (text.length <= max) return { text, left: 0 };
  const last = text.charCodeAt(max - 1);
  const end = last >= 0xd800 && last <= 0xdbff ? max - 1 : max;
  return { text: text.slice(0, end), left: text.length - end };
}

/** One short line for a label: white space folded, cut with an ellipsis at `max` characters. */
export function label(text: string, max = 40): string {
  const line = visible(cut(text, 4 * max + 64).text)
    .replace(/\s+/g, " ")
    .trim();
  const shown = line === "" ? "(no name)" : line;
  return shown.length > max ? `${cut(shown, max - 1).text.trimEnd()}…` : shown;
}

/** Like {@link label}, but what is too long loses its middle: names often differ at their ends. */
export function middleCut(text: string, max: number): string {
  const whole = label(text, 400);
  if (whole.length <= max) return whole;
  const head = Math.ceil((max - 1) / 2);
  const tail = cut([...whole].reverse().join(""), max - 1 - head).text;
  return `${cut(whole, head).text.trimEnd()}…${[...tail].reverse().join("").trimStart()}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listing(words: readonly string[]): string {
  if (words.length < 2) return words[0] ?? "";
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

/** `1 prompt`, `1,200 prompts`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? one : many}`;
}
