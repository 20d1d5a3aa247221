import { useEffect, useState } from "preact/hooks";
import type { PromptTexts } from "../../../../../serve/studio/types.ts";
import { getJson, useAsked } from "../../../../api.ts";
import { DataText } from "../../../../components/data-text.tsx";
import { ErrorBox, Loading } from "../../../../components/states.tsx";
import type { Edit } from "../edit.ts";
import type { Evaluator } from "../evaluator.ts";
import type { ExplainedCandidate } from "../explain-prompt.ts";
import type { Run } from "../run.ts";
import { CandidateCard } from "./candidate-card.tsx";
import { WordDiff } from "./word-diff.tsx";

type Props = { run: Run; edit: Edit; evaluator: Evaluator; prompt: number; now: number; was: number };

/** Everything about one prompt: what was asked, every candidate with its numbers, and what choosing changes in words. */
export function PromptDetail({ run, edit, evaluator, prompt, now, was }: Props) {
  const asked = useAsked(`${run.name} ${prompt}`, (signal) =>
    getJson<PromptTexts>("best-of-k/prompt", { run: run.name, prompt }, signal),
  );
  const [numbers, setNumbers] = useState<ExplainedCandidate[]>();
  useEffect(() => {
    let current = true;
    evaluator.explain(edit, prompt).then(
      (found) => current && setNumbers(found),
      () => {},
    );
    return () => {
      current = false;
    };
  }, [edit, prompt, evaluator]);
  if (asked.state === "failed")
    return <ErrorBox title="The texts can't be read" error={asked.error} retry={asked.again} />;
  if (asked.state === "loading" || numbers === undefined) return <Loading what="the candidates" />;
  const { prompt: turns, candidates } = asked.value;
  const fetchAll = async () => getJson<PromptTexts>("best-of-k/prompt", { run: run.name, prompt, full: "1" });
  const [first, chosen] = [candidates[0], candidates[now]];
  return (
    <div class="detail">
      {turns.map(({ role, text }, i) => (
        <div key={`${i} ${role}`}>
          <p class="who">{role}</p>
          <DataText
            text={text.text}
            left={text.left}
            fetchAll={async () => (await fetchAll()).prompt[i]?.text.text ?? ""}
          />
        </div>
      ))}
      {now !== 0 && first !== undefined && chosen !== undefined && (
        <details>
          <summary>In words: the base's first sample, and the choice</summary>
          <WordDiff before={first.response.text} after={chosen.response.text} />
        </details>
      )}
      <ol class="candidates">
        {chosenFirst(candidates.length, now, was).map((c) => (
          <CandidateCard
            key={c}
            {...candidates[c]!}
            place={c}
            marks={marksOf(c, now, was)}
            numbers={numbers[c]}
            fetchAll={async () => (await fetchAll()).candidates[c]?.response.text ?? ""}
          />
        ))}
      </ol>
    </div>
  );
}

/** What is chosen now, what the run chose, and then the others in their order. */
const chosenFirst = (count: number, now: number, was: number): number[] => [
  ...new Set([now, was, ...Array.from({ length: count }, (_, c) => c)]),
];

function marksOf(c: number, now: number, was: number): string[] {
  const marks = [
    c === now && "chosen now",
    c === was && now !== was && "chosen by the run",
    c === 0 && "base's first",
  ];
  return marks.filter((mark) => mark !== false);
}
