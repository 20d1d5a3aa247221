import { dirname, relative, resolve, sep } from "node:path";
import { InputError, show, UsageError } from "../../io/errors.ts";
import type { ModelSpec } from "../../objective/index.ts";
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
                ? `columns ${Object.keys(rewards ?? {}).join(", ") || "none"}`
                : show(reward),
            expected: "a finite number",
          });
        }),
      }));
    },
  };
}
