import type { ComponentChildren } from "preact";
import { RequestError } from "../api.ts";

/** What is on its way; said to screen readers too. */
export function Loading({ what }: { what: string }) {
  return (
    <p class="state" role="status">
      Loading {what}…
    </p>
  );
}

/** Nothing to show, why, and what to do. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="state empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** What went wrong, in the words of whoever noticed it. */
export function ErrorBox({ title, error, retry }: { title: string; error: unknown; retry?: () => void }) {
  return (
    <div class="state error" role="alert">
      <h2>{title}</h2>
      <pre>{messageOf(error)}</pre>
      {retry !== undefined && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

function messageOf(error: unknown): string {
  if (error instanceof RequestError || typeof error === "string")
    return `${error instanceof Error ? error.message : error}`;
  return error instanceof Error ? error.message : String(error);
}
