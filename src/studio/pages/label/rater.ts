/** Who answers, kept in this browser. @module */
import { useState } from "preact/hooks";

const KEY = "allgood-label-rater";

/** The rater's name, "" while none was given. */
export function useRater(): [name: string, set: (name: string) => void] {
  const [name, setName] = useState(read);
  const set = (next: string) => {
    try {
      window.localStorage.setItem(KEY, next);
    } catch {
      // asked again next time
    }
    setName(next);
  };
  return [name, set];
}

function read(): string {
  try {
    return window.localStorage.getItem(KEY) ?? "";
  } catch {
    return "";
  }
}
