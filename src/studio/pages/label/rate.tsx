import { useCallback, useEffect, useState } from "preact/hooks";
import { plural, visible } from "../../../report/text.ts";
import type { Reply } from "../../../serve/studio/label-types.ts";
import { Empty, ErrorBox, Loading } from "../../components/states.tsx";
import { href } from "../../router.ts";
import { AnswerBar } from "./answer-bar.tsx";
import { HelpDialog } from "./help.tsx";
import { type Command, useKeys } from "./keys.ts";
import { Meaning } from "./meaning.tsx";
import { QuestionView } from "./question-view.tsx";
import { useRater } from "./rater.ts";
import { RaterForm } from "./rater-form.tsx";
import { SaveState } from "./save-state.tsx";
import { useQuestion } from "./use-question.ts";
import { type LiveSession, useSession } from "./use-session.ts";

/** Asks who answers before anything is shown. */
export function RateGate({ id }: { id: string }) {
  const [rater, setRater] = useRater();
  const [changing, setChanging] = useState(rater === "");
  if (changing || rater === "") {
    return (
      <RaterForm
        name={rater}
        onName={(name) => {
          setRater(name);
          setChanging(false);
        }}
      />
    );
  }
  return <RatePage key={`${id} ${rater}`} id={id} rater={rater} onChange={() => setChanging(true)} />;
}

type RateProps = { id: string; rater: string; onChange(): void };

function RatePage({ id, rater, onChange }: RateProps) {
  const asked = useSession(id, rater);
  if (asked.state === "loading") return <Loading what="the questions" />;
  if (asked.state === "failed")
    return <ErrorBox title="The questions can't be read" error={asked.error} retry={asked.again} />;
  return <Rate live={asked.value} rater={rater} onChange={onChange} again={asked.again} />;
}

const SAID: Record<Reply | "undo", string> = {
  left: "Response 1 chosen.",
  right: "Response 2 chosen.",
  tie: "A tie.",
  skip: "Skipped.",
  undo: "Taken back.",
};

type LiveProps = { live: LiveSession; rater: string; onChange(): void; again(): void };

function Rate({ live, rater, onChange, again }: LiveProps) {
  const { session, progress, outbox, act, retry } = live;
  const { id, value } = session;
  const { current, questions, answered, last } = progress;
  const [said, setSaid] = useState("");
  const [help, setHelp] = useState(false);
  const showing = useQuestion({ id, rater }, current?.question, questions);
  const isShown = showing !== undefined && "question" in showing;
  const onCommand = useCallback(
    (command: Command) => {
      if (command === "help") return setHelp(true);
      // no one can answer what is not on the page yet
      if (command !== "undo" && !isShown) return;
      setSaid(act(command) ? SAID[command] : command === "undo" ? "There is no answer to take back." : "");
    },
    [act, isShown],
  );
  useKeys(onCommand);
  useEffect(() => scrollTo(0, 0), [current?.question]);
  return (
    <div class="label-rate">
      <header class="label-head">
        <h1>Which is more {value}?</h1>
        <p class="row small">
          <span>
            Rater{" "}
            <strong>
              <bdi>{visible(rater)}</bdi>
            </strong>{" "}
            <button type="button" class="plain" onClick={onChange}>
              change
            </button>
          </span>
          <a href={href("label", [id, "results"])}>Results</a>
          <SaveState outbox={outbox} onRetry={retry} />
        </p>
        <Meaning id={id} rater={rater} meaning={session.meaning} onChanged={again} />
        <div class="label-progress">
          <progress max={Math.max(1, questions.length)} value={answered} aria-label="Answered" />
          <span class="number small">
            {answered} of {questions.length}
          </span>
        </div>
      </header>
      {current === undefined && <Finished id={id} count={questions.length} />}
      {current !== undefined && showing === undefined && <Loading what="the question" />}
      {showing !== undefined && "error" in showing && (
        <ErrorBox title="The next question is not here yet; it is asked for again" error={showing.error} />
      )}
      {isShown && <QuestionView key={showing.question.question} question={showing.question} />}
      <AnswerBar
        value={value}
        canAnswer={isShown}
        canUndo={last !== undefined}
        said={said}
        onCommand={onCommand}
      />
      <p class="hidden" role="status">
        {said}{" "}
        {current === undefined
          ? "All questions are answered."
          : `${answered} of ${questions.length} answered.`}
      </p>
      <HelpDialog open={help} value={value} onClose={() => setHelp(false)} />
    </div>
  );
}

function Finished({ id, count }: { id: string; count: number }) {
  return (
    <Empty
      title={count === 0 ? "There is no question for you" : `${plural(count, "question")}, all answered`}
    >
      <p>
        {count === 0 ? "Others have answered what is not for every rater. " : "Thank you. "}
        <a href={href("label", [id, "results"])}>Agreement, export and the next round</a>
      </p>
    </Empty>
  );
}
