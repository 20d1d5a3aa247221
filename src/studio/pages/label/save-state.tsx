import { plural } from "../../../report/text.ts";
import type { OutboxState } from "./outbox.ts";

/** Whether every answer is on the server's disk. Said aloud only when it changes in kind. */
export function SaveState({ outbox, onRetry }: { outbox: OutboxState; onRetry(): void }) {
  return (
    <span class={`label-save ${outbox.state}`} role="status" data-state={outbox.state}>
      {outbox.state === "saved" && "✓ All saved"}
      {outbox.state === "sending" && "Saving…"}
      {outbox.state === "waiting" &&
        `● ${plural(outbox.unsaved, "answer")} not saved: the server does not answer. Kept in this browser, sent again by itself.`}
      {outbox.state === "refused" && (
        <>
          ● {plural(outbox.unsaved, "answer")} not saved, kept in this browser: {outbox.message}{" "}
          <button type="button" class="plain" onClick={onRetry}>
            Try again
          </button>
        </>
      )}
    </span>
  );
}
