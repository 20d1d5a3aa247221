import { dirname, relative, resolve, sep } from "node:path";
import { LARGEST_REWARD } from "../../evaluate/scored-set.ts";
import { InputError, show, UsageError } from "../../io/errors.ts";
import { type ModelSpec, nearest } from "../../objective/index.ts";
import type { CandidateSet } from "../../preferences/index.ts";
import {
  type LoadedModel,
  loadRewardSource,
  type ReferenceSamples,
  type RewardModel,
  type RewardSource,
} from "../../rewards/index.ts";
import type { CalibrateOptions } from "./options.ts";

/** Where one value's rewards come from. */
export type Source = {
  value: string;
  spec: ModelSpec;
  /** T that the model was trained with; undefined where nothing is known. */
  temperature: number | undefined;
  /** What scores; a column has none. */
  scorer?: RewardModel;
  /** What is known about a model that was trained here. */
  model?: LoadedModel;
  /** Rewards of the base samples, and of the canned responses where there are any, at each prompt. */
  samples(
    sets: readonly CandidateSet[],
    canned: readonly string[],
    signal: AbortSignal,
  ): Promise<ReferenceSamples[]>;
};

/** One source a value. @throws UsageError where two give the same value */
export async function loadSources(options: CalibrateOptions): Promise<Map<string, Source>> {
  const sources = new Map<string, Source>();
  const add = (source: Source) => {
    if (sources.has(source.value))
      throw new UsageError(`two sources give the value "${source.value}"; leave one out`);
    sources.set(source.value, source);
  };
  for (const path of options.model ?? []) add(fromModel(await loadRewardSource(path), options.out));
  for (const column of options.columns ?? []) add(fromColumn(column));
  return sources;
}

function fromModel(source: RewardSource, out: string): Source {
  const { model } = source;
  const trained = source.kind === "directory" ? source.model : undefined;
  return {
    value: model.value,
    spec: specOf(source, out),
    temperature: trained?.info.calibration.temperature,
    scorer: model,
    ...(trained && { model: trained }),
    async samples(sets, canned, signal) {
      const items = sets.flatMap(({ prompt, candidates }) =>
        [...candidates.map(({ response }) => response), ...canned].map((response) => ({ prompt, response })),
      );
      const rewards = await model.score(items, { signal });
      let at = 0;
      return sets.map(({ promptHash, prompt, candidates }) => {
        const own = rewards.subarray(at, at + candidates.length);
        at += candidates.length + canned.length;
        return { promptHash, prompt, rewards: own, canned: rewards.subarray(at - canned.length, at) };
      });
    },
  };
}

function specOf(source: RewardSource, out: string): ModelSpec {
  if (source.kind === "remote") return { kind: "remote", description: source.description };
  const path = relative(dirname(resolve(out)), resolve(source.path))
    .split(sep)
    .join("/");
  return { kind: source.kind, path: path === "" ? "." : path, sha256: source.sha256 };
}

function fromColumn(name: string): Source {
  return {
    value: name,
    spec: { kind: "column", name },
    temperature: undefined,
    async samples(sets, canned) {
      if (canned.length > 0)
        throw new UsageError(`"${name}" is a column: there is no model to score canned responses with`);
      refuseAbsent(name, sets);
      return sets.map(({ promptHash, prompt, candidates, source }) => ({
        promptHash,
        prompt,
        rewards: Float64Array.from(candidates, ({ id, rewards }) => {
          const reward = rewards !== undefined && Object.hasOwn(rewards, name) ? rewards[name] : undefined;
          if (reward !== undefined && Number.isFinite(reward)) return reward;
          throw new InputError({
            problem: `candidate ${show(id)} of the prompt at ${source} has no usable reward`,
            field: name,
            found:
              reward === undefined
                ? `columns ${Object.keys(rewards ?? {}).join(", ") || "none"} with numbers`
                : show(reward),
            expected: "a finite number",
          });
        }),
      }));
    },
  };
}

/** A column that no row has is a wrong name; one that some rows lack is a hole in the data. */
function refuseAbsent(name: string, sets: readonly CandidateSet[]): void {
  const columns = new Set(
    sets.flatMap(({ candidates }) => candidates.flatMap(({ rewards }) => Object.keys(rewards ?? {}))),
  );
  if (columns.has(name)) return;
  const near = nearest(name, [...columns]);
  throw new UsageError(
    `--columns: no response has a number in a column "${name}"${near === undefined ? "" : `; did you mean "${near}"?`} (columns with numbers: ${[...columns].join(", ") || "none"})`,
  );
}

/** What best-of-k and the audit refuse too: a mean or a spread of such numbers is no number. */
export function refuseOverflowing(
  value: string,
  sets: readonly CandidateSet[],
  samples: readonly ReferenceSamples[],
): void {
  for (const [s, { rewards, canned = [] }] of samples.entries()) {
    const found = [...Array.from(rewards), ...Array.from(canned)].find(
      (r) => !(Math.abs(r) <= LARGEST_REWARD),
    );
    if (found === undefined) continue;
    throw new InputError({
      problem: `a reward of the prompt at ${sets[s]!.source} can't be used`,
      field: value,
      found: show(found),
      expected: `a number within ±${LARGEST_REWARD}`,
    });
  }
}
