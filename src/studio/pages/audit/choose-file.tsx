import { useEffect, useState } from "preact/hooks";

const ENDINGS = ".csv,.tsv,.jsonl,.ndjson,.json,.parquet,.gz";

/** A file is dropped anywhere on the page, or chosen with the button. */
export function ChooseFile({ onFile }: { onFile: (file: File) => void }) {
  const over = useDrop(onFile);
  const pick = (event: Event & { currentTarget: HTMLInputElement }) => {
    const file = event.currentTarget.files?.[0];
    // the same file may be chosen again once it was mended
    event.currentTarget.value = "";
    if (file !== undefined) onFile(file);
  };
  return (
    <div class={over ? "drop over" : "drop"}>
      <p>
        <strong>Drop a file of scores here</strong>, or{" "}
        <label class="pick">
          choose one
          <input type="file" class="hidden" accept={ENDINGS} onChange={pick} />
        </label>
      </p>
      <p class="note">
        A prompt, a response and raw rewards in each row: CSV, TSV, JSONL, JSON (each also .gz) or Parquet.
        The file stays in this browser: it is sent nowhere.
      </p>
    </div>
  );
}

/** @returns whether a file is held over the page */
function useDrop(onFile: (file: File) => void): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const hold = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent) => {
      setOver(false);
      const file = event.dataTransfer?.files[0];
      if (file === undefined) return;
      event.preventDefault();
      onFile(file);
    };
    addEventListener("dragover", hold);
    addEventListener("dragleave", leave);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("dragover", hold);
      removeEventListener("dragleave", leave);
      removeEventListener("drop", drop);
    };
  });
  return over;
}
