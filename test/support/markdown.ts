/** As much of Markdown as checking links needs. */

export type Link = { target: string; line: number };

/** Links and pictures to places of this repository: not those with a scheme, and none within code. */
export function linksOf(markdown: string): Link[] {
  return proseLines(markdown).flatMap(({ text, line }) =>
    [...text.replace(/`[^`]*`/g, "").matchAll(/\]\(([^()\s]+)(?: "[^"]*")?\)|(?:src|href)="([^"]+)"/g)]
      .map(([, inline, html]) => inline ?? html ?? "")
      .filter((target) => !/^[a-z]+:/i.test(target))
      .map((target) => ({ target, line })),
  );
}

/** The anchors that GitHub gives to headings. */
export function headingIds(markdown: string): Set<string> {
  const ids = new Map<string, number>();
  for (const { text } of proseLines(markdown)) {
    const [, heading] = /^#{1,6}\s+(.*?)\s*#*$/.exec(text) ?? [];
    if (heading === undefined) continue;
    const id = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}\s_-]/gu, "")
      .replace(/\s/g, "-");
    ids.set(id, (ids.get(id) ?? -1) + 1);
  }
  return new Set(
    [...ids].flatMap(([id, more]) => [id, ...Array.from({ length: more }, (_, i) => `${id}-${i + 1}`)]),
  );
}

/** Lines outside of fenced code, counted from 1. */
function proseLines(markdown: string): { text: string; line: number }[] {
  let fence: string | undefined;
  return markdown.split("\n").flatMap((text, i) => {
    const mark = /^\s*(`{3,}|~{3,})/.exec(text)?.[1];
    if (fence !== undefined) {
      if (mark?.startsWith(fence)) fence = undefined;
      return [];
    }
    if (mark !== undefined) {
      fence = mark;
      return [];
    }
    return [{ text, line: i + 1 }];
  });
}
