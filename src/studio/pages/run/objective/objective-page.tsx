import type { ValueSpec } from "../../../../objective/index.ts";
import { decimal, percent, whole } from "../../../../report/format.ts";
import { label, visible } from "../../../../report/text.ts";
import { getJson, useAsked } from "../../../api.ts";
import { ErrorBox, Loading } from "../../../components/states.tsx";

type Value = Omit<ValueSpec, "reference"> & {
  name: string;
  reference: Pick<ValueSpec["reference"], "kind" | "q" | "global" | "otherwise"> & {
    prompts: number;
    coverage: { value: number; ci95: [number, number]; prompts: number } | null;
  };
};
type Answer = { goal: string; hash: string; values: Value[] };

/** An objective file: what it says, and where its numbers came from. */
export function ObjectivePage({ run }: { run: string }) {
  const asked = useAsked(`objective ${run}`, (signal) => getJson<Answer>("objective", { run }, signal));
  if (asked.state === "loading") return <Loading what="the objective" />;
  if (asked.state === "failed")
    return <ErrorBox title="The objective can't be read" error={asked.error} retry={asked.again} />;
  const { goal, hash, values } = asked.value;
  return (
    <>
      <p>
        The goal is <code>{label(goal, 1000)}</code>.
      </p>
      <p>
        A response is held against a reference in each value: z = (reward − reference) / temperature, and
        p(good) = σ(z).
      </p>
      <p class="note">Content hash {hash.slice(0, 12)}…</p>
      <div class="columns">
        {values.map((value) => (
          <Card key={value.name} value={value} />
        ))}
      </div>
    </>
  );
}

function Card({ value: { name, model, temperature, reference } }: { value: Value }) {
  const { kind, q, prompts, global, otherwise, coverage } = reference;
  return (
    <section class="card">
      <h2>{label(name, 60)}</h2>
      <dl class="facts">
        <dt>reward from</dt>
        <dd>{visible(sourceOf(model))}</dd>
        <dt>temperature</dt>
        <dd class="number">{decimal(temperature, 4)}</dd>
        <dt>reference</dt>
        <dd>
          {kind}
          {q !== undefined && ` ${q}`}, {whole(prompts)} prompts of their own
        </dd>
        {typeof global === "number" && (
          <>
            <dt>one for all prompts</dt>
            <dd class="number">{decimal(global, 4)}</dd>
          </>
        )}
        <dt>other prompts get</dt>
        <dd>{otherwise}</dd>
        {coverage !== null && (
          <>
            <dt>estimator's coverage</dt>
            <dd class="number">
              {percent(coverage.value, 1)} [{percent(coverage.ci95[0], 1)}, {percent(coverage.ci95[1], 1)}]
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}

function sourceOf(model: ValueSpec["model"]): string {
  if (model.kind === "column") return `column ${model.name}`;
  return model.kind === "remote" ? `${model.description.protocol} at ${model.description.url}` : model.path;
}
