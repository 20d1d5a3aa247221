/** Code points of a text. */
export function characters(text: string): number {
  let count = text.length;
  // the second half of a surrogate pair is no character of its own
  for (let i = 1; i < text.length; i++)
    if (isLow(text.charCodeAt(i)) && isHigh(text.charCodeAt(i - 1))) count--;
  return count;
}

const isHigh = (unit: number) => unit >= 0xd800 && unit < 0xdc00;
const isLow = (unit: number) => unit >= 0xdc00 && unit < 0xe000;

/** Runs of non-space. A script without spaces between words counts low. */
export function words(text: string): number {
  let count = 0;
  let inWord = false;
  for (let i = 0; i < text.length; i++) {
    const space = isSpace(text.charCodeAt(i));
    if (!space && !inWord) count++;
    inWord = !space;
  }
  return count;
}

/** What `\s` of a regular expression matches, without the cost of one. */
const isSpace = (unit: number) =>
  unit === 0x20 ||
  (unit >= 0x09 && unit <= 0x0d) ||
  unit === 0xa0 ||
  unit === 0x1680 ||
  (unit >= 0x2000 && unit <= 0x200a) ||
  [0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff].includes(unit);

/** At most 300 characters of a text, for a report. */
export function excerpt(text: string): string {
  const points = Array.from(text.slice(0, 700));
  return points.length > 300 ? `${points.slice(0, 299).join("")}…` : text;
}
