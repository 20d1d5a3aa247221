import { decimal, signed } from "../../../../report/format.ts";
import { label } from "../../../../report/text.ts";
import type { MetricsRow, MetricsRun } from "../../../../serve/studio/types.ts";
import { type Changed, changeOf, changeSoFar, heldOutChange } from "./change.ts";

type Props = { kind: MetricsRun["kind"]; rows: readonly MetricsRow[]; result: MetricsRun["result"] };

/** What training changed, before anybody reads a curve; and what that does not show. */
export function Change({ kind, rows, result }: Props) {
  const rl = kind === "rl";
  const soFar = rl
    ? changeSoFar(rows, "utility", "u = log p(goal), nats")
    : changeSoFar(rows, "loss", "loss");
  const done = result === null ? [] : rl ? changeOf(result) : heldOutChange(result);
  const changes = done.length > 0 ? done : soFar;
  if (changes.length === 0) return null;
  return (
    <>
      <ChangeTable
        changes={changes}
        titles={done.length > 0 ? ["before", "after"] : ["first step", "last step"]}
      />
      <p class="note">{rl ? RL_NOTE : "Lower is better."}</p>
    </>
  );
}

const RL_NOTE =
  "Means over a batch of responses, by the rewards that were trained on: that u rises does not show that people would agree. KL is how far the policy went from the one that it began as.";

function ChangeTable({ changes, titles }: { changes: readonly Changed[]; titles: readonly string[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="scroll" tabIndex={0} aria-label="What training changed">
      <table>
        <thead>
          <tr>
            <th scope="col">what training changed</th>
            {[...titles, "change"].map((title) => (
              <th key={title} scope="col" class="n">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {changes.map(({ name, before, after }) => (
            <tr key={name}>
              <th scope="row">{label(name, 60)}</th>
              <td class="n">{decimal(before, 3)}</td>
              <td class="n">{decimal(after, 3)}</td>
              <td class="n">{signed(after - before, 3)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
