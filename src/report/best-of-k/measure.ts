/**
 * Which methods a picture shows, and which measure leads.
 * @module
 */
import type { BestOfKEvaluation, Measured, MethodResult } from "../../evaluate/types.ts";
import type { Colour } from "../figure.ts";
import { isReal } from "../words.ts";

/** The measure that the report leads with. */
export type Headline = {
  field: "goodInAll" | "goalMet";
  of: (method: MethodResult) => Measured;
  /** `is good in all values`: follows "a response that". */
  phrase: string;
  /** `share of prompts whose choice is good in all values` */
  measure: string;
};

/**
 * "Good in all values" where that is what the goal says (a plain AND), else "meets the goal".
 */
export function headline({
  methods,
}: {
  methods: readonly Record<"goodInAll" | "goalMet", { value: number }>[];
}): Headline {
  const same = methods.every(({ goalMet, goodInAll }) => goalMet.value === goodInAll.value);
  return same
    ? {
        field: "goodInAll",
        of: ({ goodInAll }) => goodInAll,
        phrase: "is good in all values",
        measure: "share of prompts whose choice is good in all values",
      }
    : {
        field: "goalMet",
        of: ({ goalMet }) => goalMet,
        phrase: "makes the goal true",
        measure: "share of prompts whose choice makes the goal true",
      };
}

export function methodNamed(evaluation: BestOfKEvaluation, name: string): MethodResult | undefined {
  return evaluation.methods.find((method) => method.name === name);
}

/** The raw sum with the highest headline: chosen after the fact, on the prompts that it is then reported on. */
export function bestOfSweep(evaluation: BestOfKEvaluation, { of }: Headline): MethodResult | undefined {
  const sweep = evaluation.methods.filter(({ family }) => family === "raw-sum");
  if (sweep.length < 3) return undefined;
  return sweep.reduce((best, method) => (of(method).value > of(best).value ? method : best));
}

/** All methods, but of the sweep over weights only equal weights and the best one. */
export function mainMethods(evaluation: BestOfKEvaluation, lead: Headline): MethodResult[] {
  const best = bestOfSweep(evaluation, lead);
  if (best === undefined) return evaluation.methods;
  return evaluation.methods.filter(
    (method) => method.family !== "raw-sum" || method === best || method.name === evaluation.equalSumMethod,
  );
}

/** The usable method with the highest headline. */
export function winner(evaluation: BestOfKEvaluation, { of }: Headline): MethodResult | undefined {
  return evaluation.methods
    .filter(isReal)
    .reduce<MethodResult | undefined>(
      (best, method) => (best === undefined || of(method).value > of(best).value ? method : best),
      undefined,
    );
}

/** Colour and fill of a method's mark: the goal stands out, what nobody could use steps back. */
export function markOf(
  method: MethodResult,
  { goalMethod }: BestOfKEvaluation,
): { colour: Colour; hollow: boolean } {
  if (method.name === goalMethod) return { colour: "a", hollow: false };
  return { colour: isReal(method) ? "b" : "soft", hollow: true };
}
