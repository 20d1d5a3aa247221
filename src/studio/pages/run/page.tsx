import type { RunKind, RunSummary } from "../../../serve/studio/types.ts";
import { getJson, useAsked } from "../../api.ts";
import { Empty, ErrorBox, Loading } from "../../components/states.tsx";
import type { PageProps } from "../../pages.ts";
import { BestOfKPage } from "./best-of-k/best-of-k-page.tsx";
import { FrontierPage } from "./frontier/frontier-page.tsx";
import { RunHeader } from "./header.tsx";
import { MetricsPage } from "./metrics/metrics-page.tsx";
import { ObjectivePage } from "./objective/objective-page.tsx";
import { RewardPage } from "./reward/reward-page.tsx";
import "./run.css";

const PAGES: Record<RunKind, (props: { run: string }) => preact.JSX.Element> = {
  "best-of-k": BestOfKPage,
  frontier: FrontierPage,
  rl: MetricsPage,
  lm: MetricsPage,
  reward: RewardPage,
  objective: ObjectivePage,
};

/** One run, drawn by the page of its kind. */
export default function RunPage({ route }: PageProps) {
  const run = route.parts[0];
  const asked = useAsked(`run ${run}`, (signal) => getJson<RunSummary>("run", { run: run ?? "" }, signal));
  if (run === undefined) return <Empty title="No run is named in the address" />;
  if (asked.state === "loading") return <Loading what={run} />;
  if (asked.state === "failed")
    return <ErrorBox title="The run can't be read" error={asked.error} retry={asked.again} />;
  const { kind, problem } = asked.value;
  const Page = PAGES[kind];
  return (
    <>
      <RunHeader run={asked.value} />
      {problem === undefined ? (
        <Page run={run} />
      ) : (
        <ErrorBox title="The run can't be read" error={problem} retry={asked.again} />
      )}
    </>
  );
}
