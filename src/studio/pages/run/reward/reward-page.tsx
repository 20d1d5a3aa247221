import { decimal, percent, whole } from "../../../../report/format.ts";
import { label } from "../../../../report/text.ts";
import { caution, side } from "../../../../report/words.ts";
import type { ModelInfo } from "../../../../rewards/model-info.ts";
import { getJson, useAsked } from "../../../api.ts";
import { ErrorBox, Loading } from "../../../components/states.tsx";
import { Calibration } from "./calibration.tsx";
import { Strata } from "./strata.tsx";

/** A reward model: how often it agrees with people, whether that is more than length, and whether its probabilities are true. */
export function RewardPage({ run }: { run: string }) {
  const asked = useAsked(`reward ${run}`, (signal) => getJson<ModelInfo>("reward", { run }, signal));
  if (asked.state === "loading") return <Loading what="the reward model" />;
  if (asked.state === "failed")
    return <ErrorBox title="The reward model can't be read" error={asked.error} retry={asked.again} />;
  return <Reward model={asked.value} />;
}

function Reward({ model }: { model: ModelInfo }) {
  const { value, heldOut, lengthBaseline, overLength, prefersLonger, calibration, data } = model;
  const warning = caution({ value: heldOut.accuracy, ci95: heldOut.ci95 }, heldOut.prompts);
  return (
    <>
      <p>
        What <strong>{label(value, 60)}</strong> means, learned from{" "}
        {data.map(({ file, pairs }) => `${label(file, 60)} (${whole(pairs)} pairs)`).join(", ")}.
      </p>
      <p class="lead-number">
        <strong class="number">{percent(heldOut.accuracy, 1)}</strong> of {whole(heldOut.pairs)} held-out
        pairs at {whole(heldOut.prompts)} prompts are put in people's order [{percent(heldOut.ci95[0], 1)},{" "}
        {percent(heldOut.ci95[1], 1)}]; choosing the {lengthBaseline.direction} response gets{" "}
        {percent(lengthBaseline.accuracy, 1)}.
      </p>
      <p>
        {overLengthWords(overLength)}
        {prefersLonger !== null &&
          ` Where the two differ in length, it prefers the longer in ${percent(prefersLonger.model)} of pairs, and people do in ${percent(prefersLonger.people)}.`}
      </p>
      {warning !== undefined && <p class="note">{warning}</p>}
      <div class="columns">
        <Strata model={model} />
        <Calibration calibration={calibration} />
      </div>
    </>
  );
}

function overLengthWords(overLength: ModelInfo["overLength"]): string {
  return {
    1: `It knows more than length: ${interval(overLength)} points ahead of it.`,
    0: `Its lead over length, ${interval(overLength)} points, can't be told from none.`,
    [-1]: `It is worse than choosing by length alone: ${interval(overLength)} points. Do not use it as it is.`,
  }[side(overLength)];
}

const interval = ({ value, ci95: [low, high] }: ModelInfo["overLength"]): string =>
  `${decimal(100 * value, 1)} [${decimal(100 * low, 1)}, ${decimal(100 * high, 1)}]`;
