import type { Message } from "../../../preferences/index.ts";
import type { ShownQuestion } from "../../../serve/studio/label-types.ts";
import { DataText } from "../../components/data-text.tsx";

const NAMES: Record<Message["role"], string> = { system: "System", user: "Person", assistant: "Assistant" };

/** Characters of a text before one has to ask for the rest. */
const MOST = 6_000;

/** The prompt, and the two responses side by side; nothing says where they come from. */
export function QuestionView({ question: { prompt, left, right } }: { question: ShownQuestion }) {
  return (
    <>
      <section class="label-prompt" aria-label="Prompt">
        {prompt.map(({ role, content }, i) => (
          <div key={i} class={`label-turn ${role}`}>
            <span class="label-role">{NAMES[role]}</span>
            <DataText text={content} most={MOST} />
          </div>
        ))}
      </section>
      <div class="label-sides">
        {[left, right].map((response, i) => (
          <section key={i} class="card label-side" aria-labelledby={`label-side-${i + 1}`}>
            <h2 id={`label-side-${i + 1}`}>Response {i + 1}</h2>
            <DataText text={response} most={MOST} />
          </section>
        ))}
      </div>
    </>
  );
}
