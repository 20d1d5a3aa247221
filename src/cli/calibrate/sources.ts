import { dirname, relative, resolve, sep } from "node:path";
import { InputError, show, UsageError } from "../../io/errors.ts";
import type { ModelSpec } from "../../objective/index.ts";
import type { CandidateSet } from "../../preferences/index.ts";
import { type LoadedModel, loadRewardModel, type ReferenceSamples } from "../../rewards/index.ts";
import type { CalibrateOptions } from "./options.ts";

/** Where one value's rewards come from. */
export type Source = {
  value: string;
  spec: ModelSpec;
  /** T, unless the caller gives one. */
  temperature: number;
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
  for (const folder of options.model ?? []) add(fromModel(await loadRewardModel(folder), options.out));
  for (const column of options.columns ?? []) add(fromColumn(column));
  return sources;
}

function fromModel(model: LoadedModel, out: string): Source {
  const path = relative(dirname(resolve(out)), resolve(model.name))
    .split(sep)
    .join("/");
  return {
    value: model.value,
    spec: { kind: "directory", path: path === "" ? "." : path, sha256: model.sha256 },
    temperature: model.info.calibration.temperature,
    model,
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

function fromColumn(name: string): Source {
  return {
    value: name,
    spec: { kind: "column", name },
    temperature: 1,
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
