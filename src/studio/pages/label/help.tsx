import { useEffect, useRef } from "preact/hooks";

const KEYS: readonly (readonly [keys: readonly string[], what: string])[] = [
  [["1", "←"], "response 1 (left) is better"],
  [["2", "→"], "response 2 (right) is better"],
  [["0", "=", "t"], "a tie: neither is better"],
  [["s"], "skip: no answer"],
  [["u", "⌫"], "take the last answer back"],
  [["?"], "this help"],
];

type Props = { open: boolean; value: string; onClose(): void };

/** The keys, and how to answer. */
export function HelpDialog({ open, value, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    <dialog ref={dialog} class="label-help" aria-labelledby="label-help-title" onClose={onClose}>
      <h2 id="label-help-title">How to answer</h2>
      <dl>
        {KEYS.map(([keys, what]) => (
          <div key={what}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p class="note">
        Judge {value} alone, as the sentence above the question says, and nothing else. Sides are drawn by
        chance. Each answer is on the disk before it is called saved.
      </p>
      <form method="dialog">
        <button type="submit" class="primary">
          Close
        </button>
      </form>
    </dialog>
  );
}
