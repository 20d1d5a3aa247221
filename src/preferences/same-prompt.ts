import type { Completion } from "./fields.ts";
import type { LeftOut } from "./reader.ts";
import type { Message } from "./types.ts";

export const promptDiffers: LeftOut = { leftOut: "the prompt differs between chosen and rejected" };

/**
 * Brings a prompt and two completions together. Where the completions repeat the dialogue, that dialogue is the prompt
 * (it may say more than a text prompt does); it must be the same on both sides.
 */
export function withPrompt(
  prompt: Message[] | undefined,
  chosen: Completion,
  rejected: Completion,
): { prompt: Message[]; chosen: string; rejected: string } | LeftOut {
  if (!sameMessages(chosen.before, rejected.before)) return promptDiffers;
  const shared = chosen.before.length > 0 ? chosen.before : (prompt ?? []);
  return { prompt: shared, chosen: chosen.response, rejected: rejected.response };
}

function sameMessages(a: readonly Message[], b: readonly Message[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ role, content }, i) => role === b[i]!.role && content === b[i]!.content)
  );
}
