import { diffWordsWithSpace } from "diff";
import { useMemo } from "preact/hooks";
import { cut, visible } from "../../../../../report/text.ts";

/** Longer texts, or texts with more changes, take longer to compare than anybody waits. */
const LONGEST = 8_000;
const MOST_CHANGES = 2_000;

/** What goes and what comes, word by word. */
export function WordDiff({ before, after }: { before: string; after: string }) {
  const parts = useMemo(
    () =>
      diffWordsWithSpace(cut(before, LONGEST).text, cut(after, LONGEST).text, {
        maxEditLength: MOST_CHANGES,
      }),
    [before, after],
  );
  if (parts === undefined)
    return <p class="note">The two have too little in common to compare word by word.</p>;
  return (
    <bdi class="text diff">
      {parts.map(({ value, added, removed }, i) => {
        const text = visible(value);
        if (added) return <ins key={i}>{text}</ins>;
        return removed ? <del key={i}>{text}</del> : text;
      })}
    </bdi>
  );
}
