import type { MetricsRun, RunSummary } from "../../../serve/studio/types.ts";
import { getJson, useAsked } from "../../api.ts";
import { ErrorBox, Loading } from "../../components/states.tsx";
import { CurvePlot } from "../run/metrics/curve-plot.tsx";
import { type Panel, pointsOf } from "../run/metrics/panels.ts";

/** What is worth laying over each other, where two runs have it. */
const COMPARED: Record<string, { title: string; note?: string }> = {
  utility: { title: "utility", note: "mean log p(goal): of the same goal and references only" },
  kl: { title: "KL to the reference", note: "nats a response" },
  entropy: { title: "entropy", note: "nats a token" },
  loss: { title: "loss" },
  length: { title: "length", note: "tokens a response" },
};

/** The curves of the ticked training runs, one picture a number, one curve a run. */
export function ComparedCurves({ runs }: { runs: readonly RunSummary[] }) {
  const names = runs.filter(({ kind }) => kind === "rl" || kind === "lm").map(({ name }) => name);
  const asked = useAsked(names.join("\n"), (signal) =>
    Promise.all(names.map((run) => getJson<MetricsRun>("metrics", { run }, signal))),
  );
  if (names.length < 2) return null;
  if (asked.state === "loading") return <Loading what="the curves" />;
  if (asked.state === "failed")
    return <ErrorBox title="The curves can't be read" error={asked.error} retry={asked.again} />;
  return (
    <div class="columns">
      {panelsOver(asked.value).map((panel) => (
        <CurvePlot key={panel.title} panel={panel} smooth={0} />
      ))}
    </div>
  );
}

function panelsOver(runs: readonly MetricsRun[]): Panel[] {
  return Object.entries(COMPARED)
    .map(([field, words]): Panel => {
      // the loss of an algorithm of reinforcement learning is no language model's, nor another algorithm's
      const alike = field === "loss" ? runs.filter(({ kind }) => kind === "lm") : runs;
      const series = alike.map(({ name, rows }) => ({ name, points: pointsOf(rows, field) }));
      return { ...words, series: series.filter(({ points }) => points.length > 0) };
    })
    .filter(({ series }) => series.length > 1);
}
