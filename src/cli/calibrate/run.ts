/**
 * `allgood calibrate`: from reward models, base samples and a goal sentence to an objective file.
 * @module
 */
import { basename, dirname } from "node:path";
import { setImmediate } from "node:timers/promises";
import { UsageError } from "../../io/errors.ts";
import { sha256OfFile } from "../../io/file-hash.ts";
import { writeJsonAtomic } from "../../io/write.ts";
import {
  compileGoal,
  OBJECTIVE_FORMAT,
  type ObjectiveFile,
  sealObjective,
  type ValueSpec,
} from "../../objective/index.ts";
import { type CandidateSet, readCandidates } from "../../preferences/index.ts";
import {
  computeReferences,
  type ReferenceSamples,
  type References,
  scaleWarnings,
} from "../../rewards/index.ts";
import type { Context } from "../command.ts";
import { quotingCell } from "../reward-cells.ts";
import { candidateFiles } from "../sampled-candidates.ts";
import { table } from "../table.ts";
import { labelledReference } from "./labels.ts";
import { type CalibrateOptions, finite, perValue, referenceKind, withoutSource } from "./options.ts";
import { loadSources, refuseOverflowing, type Source } from "./sources.ts";
import { type ChosenTemperature, pairFiles, temperatureOf } from "./temperature.ts";

export type CalibrateResult = {
  objective: string;
  hash: string;
  goal: string;
  prompts: number;
  samples: number;
  /** Bad rows skipped. */
  bad: number;
  values: Record<string, CalibratedValue>;
  notes: string[];
};

type CalibratedValue = Omit<References, "spec"> & {
  temperature: number;
  kind: ValueSpec["reference"]["kind"];
  global: ValueSpec["reference"]["global"] | null;
  coverage: { value: number; ci95: [number, number]; prompts: number } | null;
  /** Base prompts that the model was trained on. */
  seen: number;
};

type BaseData = {
  paths: string[];
  files: { file: string; sha256: string }[];
  sets: CandidateSet[];
  bad: number;
};

/** Scores the base samples, computes references, and writes the sealed objective file. */
export async function calibrate(options: CalibrateOptions, context: Context): Promise<CalibrateResult> {
  const goal = compileGoal(options.goal);
  if (options.policy !== undefined && options.columns !== undefined)
    throw new UsageError("--columns are columns of --data: samples of a --policy have none");
  const sources = await loadSources(options);
  for (const value of goal.values) if (!sources.has(value)) throw withoutSource(value, [...sources.keys()]);
  const settings = readSettings(options, goal.values);
  const pairs = pairFiles(
    options.pairs ?? [],
    goal.values.map((value) => sources.get(value)!),
  );
  const base = await readBase(options, context);
  const values: ObjectiveFile["values"] = {};
  const result: CalibrateResult["values"] = {};
  const notes: string[] = [];
  for (const value of goal.values) {
    context.progress.show(`references of ${value}`);
    await setImmediate();
    context.signal.throwIfAborted();
    const source = sources.get(value)!;
    const canned = settings(value).kind.startsWith("canned") ? (options.canned ?? []) : [];
    const column = source.spec.kind === "column" ? [source.spec.name] : [];
    const samples = await quotingCell(column, base.paths, context.signal, () =>
      source.samples(base.sets, canned, context.signal),
    );
    refuseOverflowing(value, base.sets, samples);
    const { references, fitted } = referencesOf(value, base.sets, samples, settings(value), options);
    const given = settings(value).temperature;
    const chosen =
      given === undefined && fitted !== undefined
        ? fitted
        : await temperatureOf(source, given, pairs.get(value) ?? [], context.signal);
    values[value] = specOf(source, chosen, references, base);
    result[value] = summary(source, chosen.temperature, references, base);
    notes.push(...chosen.notes, ...scaleNotes(source, samples));
  }
  const file = await sealObjective({ format: OBJECTIVE_FORMAT, goal: goal.sentence, values });
  const unused = [...sources.keys()].filter((value) => !goal.values.includes(value));
  await writeJsonAtomic(options.out, file);
  return {
    objective: options.out,
    hash: file.hash,
    goal: goal.sentence,
    prompts: base.sets.length,
    samples: base.sets.reduce((sum, { candidates }) => sum + candidates.length, 0),
    bad: base.bad,
    values: result,
    notes: [...notesOn(result, unused), ...notes],
  };
}

type Settings = { kind: ValueSpec["reference"]["kind"]; fixed?: number; temperature?: number };

function readSettings(options: CalibrateOptions, names: readonly string[]): (value: string) => Settings {
  const kind = perValue("--reference", options.reference, names);
  const fixed = perValue("--fixed", options.fixed, names);
  const temperature = perValue("--temperature", options.temperature, names);
  const all = new Map(
    names.map((name): [string, Settings] => {
      const settings: Settings = { kind: referenceKind(kind(name) ?? "quantile") };
      const [number, t] = [fixed(name), temperature(name)];
      if (settings.kind === "fixed") {
        if (number === undefined)
          throw new UsageError(`the reference of "${name}" is fixed: give --fixed ${name}=NUMBER`);
        settings.fixed = finite("--fixed", number);
      }
      if (settings.kind.startsWith("canned") && (options.canned ?? []).length === 0)
        throw new UsageError(`the reference of "${name}" is ${settings.kind}: give --canned "a response"`);
      if (t !== undefined) settings.temperature = finite("--temperature", t, true);
      return [name, settings];
    }),
  );
  refuseIdle(options, [...all.values()]);
  return (value) => all.get(value)!;
}

/** An option that would change nothing was meant to change something. */
function refuseIdle({ fixed, canned }: CalibrateOptions, all: readonly Settings[]): void {
  if (fixed !== undefined && !all.some(({ kind }) => kind === "fixed"))
    throw new UsageError("--fixed is the number of --reference fixed, and no value has that kind");
  if (canned !== undefined && !all.some(({ kind }) => kind.startsWith("canned")))
    throw new UsageError(
      "--canned is for --reference canned-max or canned-mean, and no value has such a kind",
    );
}

async function readBase(options: CalibrateOptions, context: Context): Promise<BaseData> {
  const { signal, progress, note } = context;
  const from = { option: "--data", files: options.data, n: options.n ?? 64, folder: dirname(options.out) };
  const data = await candidateFiles(from, options, context);
  progress.show("reading base samples");
  const { sets, badRows } = await readCandidates(data, {
    ...(options.format !== undefined && { format: options.format }),
    ...(options.skipBad && { skipBad: true }),
    signal,
  });
  if (badRows > 0) note(`${badRows} bad rows skipped`);
  const files = await Promise.all(
    data.map(async (file) => ({ file: basename(file), sha256: await sha256OfFile(file) })),
  );
  return { paths: data, files, sets, bad: badRows };
}

/** @returns `fitted`: the T that labels ask for, where references are made of them */
function referencesOf(
  value: string,
  sets: readonly CandidateSet[],
  samples: readonly ReferenceSamples[],
  { kind, fixed }: Settings,
  { q, otherwise, responses, seed }: CalibrateOptions,
): { references: References; fitted?: ChosenTemperature } {
  if (kind === "labelled") {
    const { references, temperature, labels } = labelledReference(value, sets, samples);
    return { references, fitted: { temperature, from: { labels }, notes: [] } };
  }
  const references = computeReferences(samples, {
    kind,
    seed,
    ...(q !== undefined && { q }),
    ...(otherwise !== undefined && { otherwise }),
    ...(responses !== undefined && { responses }),
    ...(fixed !== undefined && { fixed }),
  });
  return { references };
}

/** What the scale of rewards that were not trained here looks like. */
function scaleNotes({ value, model }: Source, samples: readonly ReferenceSamples[]): string[] {
  if (model !== undefined) return [];
  const rewards = samples.flatMap((set) => Array.from(set.rewards));
  return scaleWarnings(rewards).map((warning) => `${value}: ${warning}`);
}

function specOf(
  { spec, model }: Source,
  { temperature, from }: ChosenTemperature,
  { spec: reference, estimator, ...counts }: References,
  base: BaseData,
): ValueSpec {
  const trained = model && {
    seed: model.info.seed,
    data: model.info.data.map(({ file, sha256 }) => ({ file, sha256 })),
    heldOut: model.info.heldOut,
    lengthBaseline: model.info.lengthBaseline,
    eceBefore: model.info.calibration.eceBefore,
    eceAfter: model.info.calibration.eceAfter,
  };
  return {
    model: spec,
    temperature,
    reference,
    provenance: {
      temperature: from,
      ...(trained && { model: trained }),
      reference: {
        data: base.files,
        samples: base.sets.reduce((sum, { candidates }) => sum + candidates.length, 0),
        ...counts,
        seen: seenBy(model, base),
        ...(estimator && { estimator }),
      },
    },
  };
}

function seenBy(model: Source["model"], { sets }: BaseData): number {
  return sets.filter(({ promptHash }) => model?.trainingPrompts.has(promptHash)).length;
}

function summary(
  source: Source,
  temperature: number,
  { spec, ...rest }: References,
  base: BaseData,
): CalibratedValue {
  return {
    ...rest,
    temperature,
    kind: spec.kind,
    global: spec.global ?? null,
    coverage: spec.estimator?.coverage ?? null,
    seen: seenBy(source.model, base),
  };
}

function notesOn(values: CalibrateResult["values"], unused: readonly string[]): string[] {
  const notes = unused.map(
    (value) => `the goal does not name "${value}": its source is not in the objective`,
  );
  const count = (n: number) => (n === 1 ? "1 prompt" : `${n} prompts`);
  for (const [name, { kind, oneSample, allEqual, withoutSamples, seen }] of Object.entries(values)) {
    const own = kind !== "fixed" && kind !== "labelled" && !kind.startsWith("canned");
    if (own && oneSample > 0)
      notes.push(`${name}: ${count(oneSample)} with one base sample, which is its own reference`);
    if (own && allEqual > 0)
      notes.push(`${name}: ${count(allEqual)} whose base samples all have the same reward`);
    if (own && withoutSamples > 0)
      notes.push(`${name}: ${count(withoutSamples)} without base samples, no reference of their own`);
    if (seen > 0)
      notes.push(`${name}: the model was trained on pairs of ${count(seen)} among the base prompts`);
  }
  return notes;
}

export function describeCalibration({
  goal,
  prompts,
  samples,
  values,
  notes,
  objective,
  hash,
}: CalibrateResult): string {
  const rows = Object.entries(values).map(([name, value]) => [
    name,
    value.temperature.toFixed(3),
    value.kind,
    String(value.prompts),
    typeof value.global === "number" ? value.global.toFixed(3) : "–",
    value.coverage === null
      ? "–"
      : `${value.coverage.value.toFixed(3)} [${value.coverage.ci95.map((end) => end.toFixed(3)).join(", ")}]`,
  ]);
  return [
    `${goal}: ${samples} base samples at ${prompts} prompts`,
    "",
    table(["value", "T", "reference", "prompts", "global", "coverage of the estimator"], rows),
    "",
    ...notes.map((note) => `- ${note}`),
    `written: ${objective} (${hash.slice(0, 12)})`,
  ].join("\n");
}
