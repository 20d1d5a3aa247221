import { decimal, signed } from "../../../../report/format.ts";
import { label } from "../../../../report/text.ts";
import type { ValueSettings } from "../../../../serve/studio/types.ts";
import { weightOf, withWeight } from "./edit.ts";
import type { Editing } from "./use-edit.ts";

/** How far a reference can be dragged, in temperatures: at ±4 T a typical p goes from 0.02 to 0.98. */
const SHIFT_RANGE = 4;
/** A temperature is dragged between 1/8 and 8 times the run's. */
const OCTAVES = 3;

/** The three numbers of one value: its importance in the goal, its reference and its temperature. */
export function ValueControls({ value, editing }: { value: ValueSettings; editing: Editing }) {
  const { name, temperature: own, reference } = value;
  const { edit, sentence, problem, setSentence, change } = editing;
  const weight = problem === undefined ? weightOf(sentence, name) : undefined;
  const shift = edit.shift[name] ?? 0;
  const temperature = edit.temperature[name] ?? own;
  const setShift = (to: number) => change({ shift: { ...edit.shift, [name]: to } });
  const setTemperature = (to: number) =>
    to > 0 && change({ temperature: { ...edit.temperature, [name]: to } });
  return (
    <fieldset class="value-controls">
      <legend>{label(name, 40)}</legend>
      <Slider
        title="Importance"
        help="the power of p in the goal"
        min={0.1}
        max={5}
        step={0.05}
        value={weight ?? 0}
        disabled={weight === undefined}
        shown={weight !== undefined ? decimal(weight) : problem === undefined ? "not in the goal" : "–"}
        onInput={(to) => setSentence(withWeight(sentence, name, round(to)))}
      />
      <Slider
        title="Reference"
        help={`${referenceWords(reference)}, in units of the raw reward`}
        min={-SHIFT_RANGE * own}
        max={SHIFT_RANGE * own}
        step={own / 50}
        value={shift}
        shown={shift === 0 ? "as it was" : signed(shift)}
        onInput={(to) => setShift(Math.abs(to) < own / 100 ? 0 : to)}
      />
      <Slider
        title="Temperature"
        help="how many units of reward make a difference"
        min={-OCTAVES}
        max={OCTAVES}
        step={0.05}
        value={Math.log2(temperature / own)}
        shown={decimal(temperature, 3)}
        onInput={(to) => setTemperature(Math.abs(to) < 0.025 ? own : own * 2 ** to)}
      />
    </fieldset>
  );
}

const referenceWords = ({ kind, q }: ValueSettings["reference"]): string =>
  q === undefined ? kind.replace("-", " ") : `${kind.replace("-", " ")} ${q}`;

/** Two decimals, as a person would write an importance. */
const round = (x: number): number => Number(x.toFixed(2));

type SliderProps = {
  title: string;
  help: string;
  min: number;
  max: number;
  step: number;
  value: number;
  shown: string;
  disabled?: boolean;
  onInput(to: number): void;
};

function Slider({ title, help, shown, disabled = false, onInput, ...range }: SliderProps) {
  return (
    <label class="slider" title={help}>
      <span>{title}</span>
      <input
        type="range"
        {...range}
        disabled={disabled}
        aria-valuetext={shown}
        onInput={(event) => onInput(event.currentTarget.valueAsNumber)}
      />
      <output class="number">{shown}</output>
    </label>
  );
}
