import { InputError, UsageError } from "../../io/errors.ts";
import { nearest, REFERENCE_KINDS, type ReferenceSpec } from "../../objective/index.ts";
import type { CandidateFlags } from "../sampled-candidates.ts";

export type CalibrateOptions = CandidateFlags & {
  model?: string[];
  columns?: string[];
  /** Base samples; where absent, they are sampled from `policy`. */
  data?: string[];
  /** Samples of each prompt with `policy`; 64 where absent. */
  n?: number;
  goal: string;
  /** `quantile` where absent. */
  reference?: string;
  /** 0.85 where absent. */
  q?: number;
  canned?: string[];
  fixed?: string;
  /** 10 where absent. */
  responses?: number;
  /** `error` where absent. */
  otherwise?: ReferenceSpec["otherwise"];
  temperature?: string;
  /** `FILE` or `VALUE=FILE`: preference pairs for values whose model has no temperature. */
  pairs?: string[];
  out: string;
  format?: string;
  skipBad?: boolean;
  seed: number;
};

/**
 * Reads settings like `0.5` (for every value) or `a=1,b=2` (by name), in any mix; names come before the common one.
 *
 * @param names what may stand before the `=`
 * @returns the setting of a name, undefined where there is none
 * @throws UsageError naming the option for an unknown name, with the nearest known one
 */
export function perValue(
  option: string,
  text: string | undefined,
  names: readonly string[],
): (name: string) => string | undefined {
  const settings = new Map<string | undefined, string>();
  for (const part of text?.split(",") ?? []) {
    const [left, right, ...rest] = part.split("=").map((side) => side.trim());
    const name = right === undefined ? undefined : left;
    const setting = right ?? left;
    if (!setting || name === "" || rest.length > 0)
      throw new UsageError(`${option} takes one setting or name=setting, …; found "${part.trim()}"`);
    if (name !== undefined && !names.includes(name)) {
      const near = nearest(name, names);
      throw new UsageError(
        `${option} names "${name}", which the goal does not${near === undefined ? "" : `; did you mean "${near}"?`}`,
      );
    }
    if (settings.has(name)) throw new UsageError(`${option} sets ${name ?? "the common value"} twice`);
    settings.set(name, setting);
  }
  return (name) => settings.get(name) ?? settings.get(undefined);
}

/** @throws UsageError for a kind that does not exist */
export function referenceKind(text: string): ReferenceSpec["kind"] {
  const kind = REFERENCE_KINDS.find((known) => known === text);
  if (kind !== undefined) return kind;
  const near = nearest(text, REFERENCE_KINDS);
  throw new UsageError(
    `--reference knows ${REFERENCE_KINDS.join(", ")}; found "${text}"${near === undefined ? "" : `, did you mean "${near}"?`}`,
  );
}

/** @throws UsageError unless the text is a finite number (above 0 where asked) */
export function finite(option: string, text: string, above0 = false): number {
  const number = Number(text);
  if (text !== "" && Number.isFinite(number) && (!above0 || number > 0)) return number;
  throw new UsageError(`${option} takes ${above0 ? "numbers above 0" : "numbers"}; found "${text}"`);
}

/** A value that the goal names and nothing gives. */
export function withoutSource(value: string, given: readonly string[]): InputError {
  const near = nearest(value, given);
  return new InputError({
    problem: `the goal names "${value}", and no --model or --columns gives it`,
    found: given.length === 0 ? "no value at all" : given.join(", "),
    fix:
      near === undefined
        ? `Train it: allgood reward train --value ${value} --data FILE --out DIR`
        : `Did you mean "${near}"?`,
  });
}
