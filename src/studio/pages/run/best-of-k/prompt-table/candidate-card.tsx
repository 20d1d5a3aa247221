import { decimal } from "../../../../../report/format.ts";
import { label } from "../../../../../report/text.ts";
import type { CutText } from "../../../../../serve/studio/types.ts";
import { DataText } from "../../../../components/data-text.tsx";
import type { ExplainedCandidate } from "../explain-prompt.ts";

type Props = {
  id: string;
  place: number;
  marks: readonly string[];
  numbers: ExplainedCandidate | undefined;
  response: CutText;
  fetchAll(): Promise<string>;
};

/** One candidate: its text, its utility, and every value's r, r_ref, z and p. */
export function CandidateCard({ id, place, marks, numbers, response, fetchAll }: Props) {
  return (
    <li class={marks.includes("chosen now") ? "candidate is-chosen" : "candidate"} data-candidate={place}>
      <p class="candidate-head">
        <strong>#{place + 1}</strong>
        {marks.map((mark) => (
          <span key={mark} class="mark">
            {mark}
          </span>
        ))}
        <span class="note">{label(id, 40)}</span>
      </p>
      <DataText text={response.text} left={response.left} fetchAll={fetchAll} most={700} />
      {numbers !== undefined && <Numbers numbers={numbers} />}
    </li>
  );
}

function Numbers({ numbers: { u, p, binding, values } }: { numbers: ExplainedCandidate }) {
  const all = Object.entries(values);
  const truth = all.some(([, each]) => each.truth !== null);
  return (
    <>
      <p class="candidate-sum number">
        p(goal) <strong data-u={u}>{decimal(p, 4)}</strong>, u {decimal(u, 3)}
        {binding !== null && (
          <>
            , held back by <strong>{label(binding, 30)}</strong>
          </>
        )}
      </p>
      <table class="values-table">
        <thead>
          <tr>
            <th scope="col">value</th>
            {["r", "r_ref", "z", "p", ...(truth ? ["true"] : [])].map((name) => (
              <th key={name} scope="col" class="n">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {all.map(([name, { r, reference, z, p: good, truth: share }]) => (
            <tr key={name} class={name === binding ? "binding" : undefined}>
              <th scope="row">{label(name, 24)}</th>
              <td class="n">{decimal(r)}</td>
              <td class="n">
                {Array.isArray(reference) ? `${reference.length} responses` : decimal(reference)}
              </td>
              <td class="n">{decimal(z)}</td>
              <td class="n">{decimal(good)}</td>
              {truth && <td class="n">{share === null ? "–" : decimal(share)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
