import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { Reply, Session, SessionQuestion } from "../../../serve/studio/label-types.ts";
import { type Asked, getJson, useAsked } from "../../api.ts";
import { Outbox, type OutboxState } from "./outbox.ts";
import { actOf, after, type Progress, progressOf } from "./progress.ts";

export type LiveSession = {
  session: Session;
  progress: Progress;
  outbox: OutboxState;
  /** Answers the current question, or takes the last answer back. @returns false where there is nothing to */
  act(reply: Reply | "undo"): boolean;
  /** Sends again what was refused. */
  retry(): void;
};

/** A rater's session: what the server has, with what is still on its way to it. */
export function useSession(id: string, rater: string): Asked<LiveSession> {
  const asked = useAsked(`session ${id} ${rater}`, (signal) =>
    getJson<Session>("label/session", { id, rater }, signal),
  );
  const [questions, setQuestions] = useState<readonly SessionQuestion[]>([]);
  const [ready, setReady] = useState<Session>();
  const [state, setState] = useState<OutboxState>({ state: "saved" });
  const box = useRef<Outbox | undefined>(undefined);
  const again = useRef(() => {});
  if (asked.state !== "loading") again.current = asked.again;

  const session = asked.state === "here" ? asked.value : undefined;
  useEffect(() => {
    if (session === undefined) return;
    const name = { labelling: id, run: session.run, rater };
    const outbox = new Outbox(name, { onState: setState, onOther: () => again.current() });
    box.current = outbox;
    // answers that are on their way stand already, for the one who gave them
    setQuestions(outbox.pending().reduce<readonly SessionQuestion[]>(after, session.questions));
    setReady(session);
    return () => outbox.close();
  }, [session]);

  const progress = progressOf(questions);
  // a second key may come before the page is drawn again
  const now = useRef(progress);
  now.current = progress;
  const act = useCallback((reply: Reply | "undo") => {
    const made = actOf(now.current, reply);
    if (made === undefined) return false;
    box.current?.add(made);
    const next = after(now.current.questions, made);
    now.current = progressOf(next);
    setQuestions(next);
    return true;
  }, []);
  const retry = useCallback(() => box.current?.retry(), []);

  if (asked.state !== "here") return asked;
  if (ready !== asked.value) return { state: "loading" };
  return { ...asked, value: { session: asked.value, progress, outbox: state, act, retry } };
}
