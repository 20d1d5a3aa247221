import { useEffect, useState } from "preact/hooks";
import { getJson } from "../../../../api.ts";

const PAUSE_MS = 250;

/** A search through everything that was asked and answered; the server reads it, so it waits until typing pauses. */
export function useSearch(run: string) {
  const [text, setText] = useState("");
  const [found, setFound] = useState<ReadonlySet<number>>();
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<string>();
  useEffect(() => {
    setFailed(undefined);
    if (text === "") {
      setFound(undefined);
      setBusy(false);
      return;
    }
    const abort = new AbortController();
    const ask = () =>
      getJson<number[]>("best-of-k/search", { run, text }, abort.signal).then(
        (prompts) => {
          setFound(new Set(prompts));
          setBusy(false);
        },
        (error: unknown) => {
          if (abort.signal.aborted) return;
          setFailed(error instanceof Error ? error.message : String(error));
          setBusy(false);
        },
      );
    setBusy(true);
    const timer = setTimeout(ask, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [run, text]);
  return { text, setText, found, busy, failed };
}
