import { useEffect, useRef, useState } from "preact/hooks";
import type { SessionQuestion, ShownQuestion } from "../../../serve/studio/label-types.ts";
import { getJson } from "../../api.ts";

/** Questions that are fetched ahead: so many can be answered while the server is gone. */
const AHEAD = 10;
const RETRY_MS = 1_000;

export type Showing = { question: ShownQuestion } | { error: unknown } | undefined;

/** The texts of the current question, with those of the next ones on their way. Asked again while the server is gone. */
export function useQuestion(
  { id, rater }: { id: string; rater: string },
  current: string | undefined,
  questions: readonly SessionQuestion[],
): Showing {
  const [texts, setTexts] = useState<ReadonlyMap<string, ShownQuestion>>(new Map());
  const [failed, setFailed] = useState<{ question: string; error: unknown }>();
  const [round, setRound] = useState(0);
  const asked = useRef(new Set<string>());
  useEffect(() => {
    let timer: number | undefined;
    for (const question of ahead(questions, current)) {
      if (asked.current.has(question)) continue;
      asked.current.add(question);
      getJson<ShownQuestion>("label/question", { id, rater, question }).then(
        (shown) => {
          setTexts((before) => new Map(before).set(question, shown));
          setFailed((before) => (before?.question === question ? undefined : before));
        },
        (error: unknown) => {
          asked.current.delete(question);
          setFailed({ question, error });
          timer ??= window.setTimeout(() => setRound((before) => before + 1), RETRY_MS);
        },
      );
    }
    return () => clearTimeout(timer);
  }, [id, rater, current, round]);
  if (current === undefined) return undefined;
  const question = texts.get(current);
  if (question !== undefined) return { question };
  return failed?.question === current ? { error: failed.error } : undefined;
}

function ahead(questions: readonly SessionQuestion[], current: string | undefined): string[] {
  const open = questions.filter(({ reply }) => reply === null).map(({ question }) => question);
  return [...new Set([...(current === undefined ? [] : [current]), ...open.slice(0, AHEAD)])];
}
