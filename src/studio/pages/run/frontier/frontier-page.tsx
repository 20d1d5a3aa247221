import { useMemo, useState } from "preact/hooks";
import type { FrontierComparison } from "../../../../frontier/comparison.ts";
import { label } from "../../../../report/text.ts";
import type { FrontierPoint } from "../../../../serve/studio/frontier.ts";
import { getJson, useAsked } from "../../../api.ts";
import { Empty, ErrorBox, Loading } from "../../../components/states.tsx";
import { Differences } from "./differences.tsx";
import { FrontierPlot } from "./frontier-plot.tsx";
import { type Kind, MEASURES, type Measure, matchedPoints, type PlotPoint, pointsOf } from "./points.ts";

type Answer = { rows: FrontierPoint[]; comparison: FrontierComparison | null };

/** KL against what it buys, by method; and who is ahead at the same KL. */
export function FrontierPage({ run }: { run: string }) {
  const asked = useAsked(`frontier ${run}`, (signal) => getJson<Answer>("frontier", { run }, signal));
  if (asked.state === "loading") return <Loading what="the frontier" />;
  if (asked.state === "failed")
    return <ErrorBox title="The frontier can't be read" error={asked.error} retry={asked.again} />;
  return <Frontier {...asked.value} />;
}

function Frontier({ rows, comparison }: Answer) {
  const kinds = useMemo(
    () => [...new Set(rows.filter(({ kl }) => kl > 0).map(({ setting }) => setting.kind))],
    [rows],
  );
  const [kind, setKind] = useState<Kind>(kinds[0] ?? "best-of-k");
  const [measure, setMeasure] = useState<Measure>("allGood");
  const points = useMemo(() => pointsOf(rows, comparison, kind, measure), [rows, comparison, kind, measure]);
  const matched = useMemo(() => matchedPoints(comparison, kind, measure), [comparison, kind, measure]);
  const methods = useMemo(() => inOrder(points, comparison?.method), [points, comparison]);
  const [hidden, setHidden] = useState<ReadonlySet<string>>();
  const off = hidden ?? atFirst(methods, comparison);
  const shown = methods.filter((method) => !off.has(method));
  const toggle = (method: string) => {
    const next = new Set(off);
    if (!next.delete(method)) next.add(method);
    setHidden(next);
  };
  if (kinds.length === 0) return <Empty title="No method has been measured yet" />;
  return (
    <>
      <div class="row filters">
        <Choice<Kind>
          name="Chosen by"
          value={kind}
          options={kinds.map((each) => [each, KIND_WORDS[each]])}
          pick={(next) => setKind(next)}
        />
        <Choice<Measure>
          name="Show"
          value={measure}
          options={MEASURE_OPTIONS}
          pick={(next) => setMeasure(next)}
        />
      </div>
      <div class="frontier">
        <FrontierPlot points={points} matched={matched} shown={shown} measure={measure} kind={kind} />
        <fieldset class="methods">
          <legend>Methods</legend>
          <div class="row">
            <button type="button" class="plain" onClick={() => setHidden(new Set())}>
              all
            </button>
            <button type="button" class="plain" onClick={() => setHidden(new Set(methods))}>
              none
            </button>
          </div>
          {methods.map((method) => (
            <label key={method} class="row">
              <input type="checkbox" checked={!off.has(method)} onChange={() => toggle(method)} />
              <span>{label(method, 60)}</span>
            </label>
          ))}
        </fieldset>
      </div>
      {comparison === null ? (
        <p class="note">The frontier is not finished: its comparison comes at the end.</p>
      ) : (
        <Differences comparison={comparison} kind={kind} />
      )}
    </>
  );
}

const KIND_WORDS: Record<Kind, string> = { "best-of-k": "best of k", rl: "reinforcement learning" };
const MEASURE_OPTIONS = Object.entries(MEASURES).map(
  ([name, { title }]) => [name as Measure, title] as const,
);

const BASE = "base";

/** The compared method first, so that it has the first colour; the base policy, which is one point, last. */
function inOrder(points: readonly PlotPoint[], first: string | undefined): string[] {
  const names = [...new Set(points.map(({ method }) => method))];
  const others = names.filter((name) => name !== first && name !== BASE);
  return [...names.filter((name) => name === first), ...others, ...names.filter((name) => name === BASE)];
}

/** At first the compared method and the best raw sums; the others would hide them. */
function atFirst(methods: readonly string[], comparison: FrontierComparison | null): ReadonlySet<string> {
  if (comparison === null || methods.length <= 6) return new Set();
  const sums = comparison.kinds.flatMap(({ levels }) => levels.map(({ bestRawSum }) => bestRawSum));
  const kept = new Set([comparison.method, ...sums]);
  const others = methods.filter((method) => !kept.has(method));
  return new Set(others.slice(Math.max(0, 6 - kept.size)));
}

type ChoiceProps<T extends string> = {
  name: string;
  value: T;
  options: readonly (readonly [T, string])[];
  pick(value: T): void;
};

function Choice<T extends string>({ name, value, options, pick }: ChoiceProps<T>) {
  const choose = (text: string) => {
    const found = options.find(([each]) => each === text);
    if (found !== undefined) pick(found[0]);
  };
  return (
    <label class="row">
      {name}
      <select value={value} onChange={(event) => choose(event.currentTarget.value)}>
        {options.map(([each, words]) => (
          <option key={each} value={each}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}
