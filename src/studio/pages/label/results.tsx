import { useState } from "preact/hooks";
import { decimal, percent, withInterval } from "../../../report/format.ts";
import { plural } from "../../../report/text.ts";
import type { Interval, Results } from "../../../serve/studio/label-types.ts";
import { address, getJson, postJson, useAsked } from "../../api.ts";
import { DataText } from "../../components/data-text.tsx";
import { NumberTable } from "../../components/number-table.tsx";
import { ErrorBox, Loading } from "../../components/states.tsx";
import { href } from "../../router.ts";

/** What the raters said: counts, agreement, habits of side, files, and the next round. */
export function ResultsPage({ id }: { id: string }) {
  const asked = useAsked(`results ${id}`, (signal) => getJson<Results>("label/results", { id }, signal));
  if (asked.state === "loading") return <Loading what="the results" />;
  if (asked.state === "failed")
    return <ErrorBox title="The results can't be read" error={asked.error} retry={asked.again} />;
  const results = asked.value;
  return (
    <div class="label-results">
      <h1>Labels: {results.value}</h1>
      {results.meaning !== "" && (
        <p class="sub">
          <DataText text={results.meaning} />
        </p>
      )}
      <p class="row">
        <span class="number">
          {results.answered} of {plural(results.questions, "question")} answered
        </span>
        <a href={href("label", [id])}>Go on answering</a>
        <a href={href("label")}>All labellings</a>
      </p>
      <RatersSection results={results} />
      <AgreementSection results={results} />
      <ExportSection results={results} />
      <RoundSection results={results} onLearned={asked.again} />
    </div>
  );
}

const share = (interval: Interval | null): string =>
  interval === null ? "–" : withInterval(interval, percentOf);
const percentOf = (x: number): string => percent(x);

function RatersSection({ results: { raters, leftShare } }: { results: Results }) {
  const leans = leftShare !== null && (leftShare.ci95[0] > 0.5 || leftShare.ci95[1] < 0.5);
  return (
    <section class="section">
      <h2>Answers</h2>
      {raters.length === 0 ? (
        <p class="note">No one has answered yet.</p>
      ) : (
        <>
          <NumberTable
            class="label-table number"
            label="Answers by rater"
            header={["rater", "1 (left)", "2 (right)", "ties", "skipped", "undone", "share of left"]}
            rows={raters.map(({ rater, left, right, ties, skipped, undone, leftShare: own }) => [
              rater,
              ...[left, right, ties, skipped, undone].map(String),
              share(own),
            ])}
          />
          <p class="note">
            Sides are drawn by chance, so whoever judges by the texts alone takes the left one half of the
            time. All raters: {share(leftShare)} (95 % Wilson interval)
            {leftShare === null
              ? "."
              : leans
                ? `: they lean to the ${leftShare.value > 0.5 ? "left" : "right"}.`
                : ": one half lies within."}
          </p>
        </>
      )}
    </section>
  );
}

function AgreementSection({ results: { agreements } }: { results: Results }) {
  return (
    <section class="section">
      <h2>Agreement</h2>
      {agreements.length === 0 ? (
        <p class="note">No two raters have judged the same question yet.</p>
      ) : (
        <>
          <NumberTable
            class="label-table number"
            label="Agreement of every two raters"
            header={["raters", "questions of both", "agree", "Cohen's kappa"]}
            rows={agreements.map(({ raters, questions, share: agreeing, kappa }) => [
              raters.join(" and "),
              String(questions),
              share(agreeing),
              kappa === null ? "not defined" : withInterval(kappa),
            ])}
          />
          <p class="note">
            On questions that both judged: first, second or tie; skips left out. Kappa is agreement beyond
            chance: 1 is full, 0 is what chance gives. 95 % intervals, a prompt counted once.
          </p>
        </>
      )}
    </section>
  );
}

function ExportSection({ results: { id, value, exports } }: { results: Results }) {
  const { pairs, each, ties, skipped, split, notInHh, file } = exports;
  const link = (form: string, rows: string, text: string) => (
    <a href={address("label/export", { id, form, rows })} download>
      {text}
    </a>
  );
  return (
    <section class="section">
      <h2>Export</h2>
      <p class="number">
        {plural(pairs, "pair")} by majority. Left out: {plural(ties, "tie")}, {skipped} skipped, {split}{" "}
        without a majority.
      </p>
      <ul>
        <li>
          {link("trl", "majority", "TRL")}: prompt, chosen, rejected as messages, one row a question (JSONL).
        </li>
        <li>
          {link("trl", "each", "TRL, every answer")}: {plural(each, "row")}, each with its rater.
        </li>
        <li>
          {link("hh", "majority", "HH transcripts")}: chosen and rejected as dialogues (JSONL).
          {notInHh > 0 &&
            ` ${plural(notInHh, "pair")} left out: a system turn, or a turn's mark inside a text, can't be written so.`}
        </li>
      </ul>
      <p class="note">
        The pairs by majority also lie on the disk, for the commands; in the folder that is looked at:
      </p>
      <pre>
        allgood reward train --value {value} --data {file} --out models/{value}
      </pre>
    </section>
  );
}

function RoundSection({ results, onLearned }: { results: Results; onLearned(): void }) {
  const { id, round } = results;
  const [state, setState] = useState<{ busy: boolean; error?: unknown }>({ busy: false });
  const learn = async () => {
    setState({ busy: true });
    try {
      await postJson("label/learn", { id });
      onLearned();
    } catch (error) {
      setState({ busy: false, error });
    }
  };
  return (
    <section class="section">
      <h2>Next round</h2>
      {round.taught.length > 0 && (
        <NumberTable
          class="label-table number"
          label="What the rounds taught"
          header={["round", "pairs learned from", "accuracy at new prompts", "length alone"]}
          rows={round.taught.map(({ round: n, pairs, accuracy, lengthAlone }) => [
            String(n),
            String(pairs),
            accuracy === null ? "–" : withInterval(accuracy),
            lengthAlone === null ? "–" : decimal(lengthAlone),
          ])}
        />
      )}
      {round.open > 0 ? (
        <p class="note">
          When all questions of round {round.round} are answered ({round.open} to go), reward models can learn
          from them and choose the questions on which they disagree most.
        </p>
      ) : round.refused !== null ? (
        <p>{round.refused}</p>
      ) : (
        <>
          <p>
            Round {round.round} is answered. A reward model is learned from it, and the next questions are
            those on which an ensemble disagrees most. What was learned from can't be taken back.
          </p>
          <button type="button" class="primary" disabled={state.busy} onClick={learn}>
            {state.busy ? "Learning…" : "Learn, and choose the next questions"}
          </button>
        </>
      )}
      {state.error !== undefined && <ErrorBox title="No next round" error={state.error} />}
    </section>
  );
}
