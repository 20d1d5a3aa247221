import { curves } from "../charts/curves.ts";
import { figure } from "../figure.ts";
import { signed, signedInterval } from "../format.ts";
import type { Html } from "../html.ts";
import { label } from "../text.ts";
import { baseLine, curvesOf, keyOf, numbersOf, spoken, ticksOf, X_MEASURE } from "./curves.ts";
import { type Compared, highest, KIND_NAMES, levelName, standing, versusRawSum } from "./words.ts";

type WithGap = { gap: Parameters<typeof signedInterval>[0] };

/** Proxy minus truth along KL. */
export function hackingGap(compared: Compared): Html | null {
  const { kind } = compared;
  if (kind.levels.length === 0) return null;
  const of = ({ gap }: WithGap) => gap;
  return figure({
    title: `${title(compared)} (${KIND_NAMES[kind.kind]})`,
    caption:
      "How often a response beats one of the base to the same prompt: by the learned reward (proxy) minus by the truth, mean over the values. What matters is the change from the base. Where the curve rises, the policy pleases its reward models more than it gets better. Bands are 95 % intervals over seeds and prompts.",
    alternative: `Curves of proxy minus truth. ${spoken(compared, of)}`,
    draw: (width, alternative) =>
      curves(
        {
          panels: [{ curves: curvesOf(compared, of), ...baseLine(compared, of) }],
          xMeasure: X_MEASURE[kind.kind],
          yMeasure: "proxy minus truth",
          ticks: ticksOf(compared),
          write: signed,
        },
        width,
        alternative,
      ),
    key: keyOf(compared),
    numbers: numbersOf(compared, [["Proxy minus truth", of]]),
  });
}

function title({ comparison, kind }: Compared): string {
  const high = highest(kind);
  const versus = high && versusRawSum(high);
  const [own, sum] = high
    ? [standing(high, comparison.method), standing(high, high.bestRawSum)]
    : [undefined, undefined];
  if (own === undefined || sum === undefined || versus === undefined) return "The hacking gap along KL";
  return `The hacking gap at ${levelName(high!)}: ${signed(own.gap.value)} for ${label(comparison.method)}, ${signed(sum.gap.value)} for the best raw sum, apart by ${signedInterval(versus.gap)}`;
}
