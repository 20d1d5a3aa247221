import { useEffect, useState } from "preact/hooks";
import { plural, visible } from "../../../report/text.ts";
import type { LabelHome, LabellingCard } from "../../../serve/studio/label-types.ts";
import { getJson, useAsked } from "../../api.ts";
import { Empty, ErrorBox, Loading } from "../../components/states.tsx";
import { href } from "../../router.ts";
import { NewLabellingForm } from "./new-form.tsx";
import { Outbox } from "./outbox.ts";
import { unsentNames } from "./unsent.ts";

/** The labellings of the folder, and the form that begins one. */
export function LabelHomePage() {
  const asked = useAsked("label", (signal) => getJson<LabelHome>("label", {}, signal));
  return (
    <div class="label-home">
      <h1>Label</h1>
      <p class="sub">
        Two responses to a prompt, side by side, and one question: which is better in one value? Which model a
        response comes from is not shown.
      </p>
      <Unsent />
      {asked.state === "loading" && <Loading what="labellings" />}
      {asked.state === "failed" && (
        <ErrorBox title="The labellings can't be read" error={asked.error} retry={asked.again} />
      )}
      {asked.state === "here" && <Home home={asked.value} />}
    </div>
  );
}

function Home({ home: { labellings, sources, problems } }: { home: LabelHome }) {
  return (
    <>
      {labellings.length > 0 && (
        <ul class="label-cards">
          {labellings.map((card) => (
            <Card key={card.id} card={card} />
          ))}
        </ul>
      )}
      {problems.map((problem) => (
        <p key={problem} class="note label-problem">
          Can't be continued here: {problem}
        </p>
      ))}
      <section class="section">
        <h2>Begin a labelling</h2>
        {sources.length === 0 ? (
          <Empty title="No responses to compare">
            <p>
              The folder has no file of prompts with responses (JSONL, CSV or Parquet). Best-of-k runs have
              one, <code>allgood lm candidates</code> writes one.
            </p>
          </Empty>
        ) : (
          <NewLabellingForm sources={sources} />
        )}
      </section>
    </>
  );
}

function Card({ card: { id, value, questions, answered, raters } }: { card: LabellingCard }) {
  return (
    <li class="card">
      <h2>{value}</h2>
      <p class="note">
        <code>{id}</code>
      </p>
      <progress max={Math.max(1, questions)} value={answered} aria-label={`Answered questions of ${id}`} />
      <p class="number">
        {answered} of {plural(questions, "question")} answered
        {raters.length > 0 && ` by ${visible(raters.join(", "))}`}
      </p>
      <p class="row">
        <a class="label-go" href={href("label", [id])}>
          {answered === 0 ? "Begin" : "Go on"}
          <span class="hidden"> with {id}</span>
        </a>
        <a href={href("label", [id, "results"])}>
          Results and export<span class="hidden"> of {id}</span>
        </a>
      </p>
    </li>
  );
}

/** Answers that an earlier visit could not bring to the server: they are sent from here too. */
function Unsent() {
  const [waiting, setWaiting] = useState<Record<string, number>>({});
  useEffect(() => {
    const boxes = unsentNames().map((name) => {
      const key = JSON.stringify(name);
      return new Outbox(name, {
        onState: (state) =>
          setWaiting((before) => ({ ...before, [key]: state.state === "saved" ? 0 : state.unsaved })),
        onOther: () => {},
      });
    });
    return () => {
      for (const box of boxes) box.close();
    };
  }, []);
  const count = Object.values(waiting).reduce((sum, each) => sum + each, 0);
  if (count === 0) return null;
  return (
    <p class="label-waiting" role="status">
      {plural(count, "answer")} in this browser {count === 1 ? "is" : "are"} not on the server's disk yet.
      They stay here and are sent again.
    </p>
  );
}
