import { useState } from "preact/hooks";
import { cut, plural, visible } from "../../report/text.ts";

type Props = {
  text: string;
  /** Characters shown at first. */
  most?: number;
  /** Characters that the server kept back. */
  left?: number;
  /** Fetches the whole text, where the server kept some of it back. */
  fetchAll?: () => Promise<string>;
};

/**
 * Text of people and models: text and nothing else. Control characters and marks that reorder the line are made visible,
 * and what is long is cut until somebody asks for all of it.
 */
export function DataText({ text, most = 1500, left = 0, fetchAll }: Props) {
  const [whole, setWhole] = useState<string>();
  const [asked, setAsked] = useState<"no" | "waiting" | "failed">("no");
  const start = cut(text, most);
  const hidden = start.left + left;
  const showAll = async () => {
    if (left === 0 || fetchAll === undefined) return setWhole(text);
    setAsked("waiting");
    await fetchAll().then(setWhole, () => setAsked("failed"));
  };
  if (text === "") return <span class="note">(empty)</span>;
  return (
    <bdi class="text">
      {visible(whole ?? start.text)}
      {whole === undefined && hidden > 0 && (
        <>
          {"… "}
          <button type="button" class="plain" disabled={asked === "waiting"} onClick={showAll}>
            {asked === "failed" ? "Try again to show" : "Show"} all ({plural(hidden, "more character")})
          </button>
        </>
      )}
    </bdi>
  );
}
