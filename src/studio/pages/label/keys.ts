import { useLayoutEffect } from "preact/hooks";
import type { Reply } from "../../../serve/studio/label-types.ts";

export type Command = Reply | "undo" | "help";

/** By `KeyboardEvent.key`. The digits and letters are those of `allgood label` in the terminal, where it has them. */
const KEYS: Readonly<Record<string, Command>> = {
  "1": "left",
  ArrowLeft: "left",
  "2": "right",
  ArrowRight: "right",
  "0": "tie",
  "=": "tie",
  t: "tie",
  s: "skip",
  u: "undo",
  Backspace: "undo",
  "?": "help",
};

/** Calls `onCommand` for its key, wherever the focus is, but for fields, open dialogs and keys that are held down. */
export function useKeys(onCommand: (command: Command) => void): void {
  // with the page as it changes: after the paint, a quick key would still answer what stood there before
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const command = commandOf(event);
      if (command === undefined) return;
      event.preventDefault();
      onCommand(command);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [onCommand]);
}

function commandOf(event: KeyboardEvent): Command | undefined {
  // a key that is held down would answer questions that no one has read
  if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return undefined;
  const { target } = event;
  if (target instanceof Element && target.closest("input, select, textarea, [contenteditable], dialog"))
    return undefined;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return Object.hasOwn(KEYS, key) ? KEYS[key] : undefined;
}
