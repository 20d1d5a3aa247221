import { dirname } from "node:path";
import { InputError } from "../../io/errors.ts";
import {
  canonicalJson,
  createObjective,
  type ObjectiveFile,
  parseObjectiveFile,
  type ReferenceSpec,
  verifyObjective,
} from "../../objective/index.ts";
import { openModelSpec, type RewardModel } from "../../rewards/index.ts";
import {
  createScorer,
  createScoreService,
  objectiveRoutes,
  openSource,
  type Scorer,
  type ServedModelOptions,
  type ServerParts,
  type Source,
  servedModel,
} from "../../serve/index.ts";
import type { Context } from "../command.ts";
import { checkMaxItems, type ModelFlags, servedModelOptions } from "./options.ts";
import type { Served } from "./run.ts";
import { checkScale } from "./scale.ts";

export type ObjectiveFlags = ModelFlags & { otherwise?: ReferenceSpec["otherwise"]; reload: number };

/** Batches that a model behind a server gets at once; one in this process has no use for more than one. */
const REMOTE_CONCURRENCY = 8;

/** `allgood serve objective.json` */
export async function serveObjective(
  file: string,
  flags: ObjectiveFlags,
  parts: ServerParts,
  context: Context,
): Promise<Served> {
  checkMaxItems(flags);
  const { source, details, close } = await openScorer(file, flags, parts, context);
  const service = createScoreService(source.current, flags.maxItems, parts.metrics);
  return {
    about: `"${source.current().objective.file.goal}"`,
    ...objectiveRoutes(service),
    ...{ details, close },
  };
}

/** The scorer of an objective file, which is read again when it changes, what `/readyz` says of it, and what ends all that. */
export async function openScorer(
  file: string,
  flags: ObjectiveFlags,
  parts: ServerParts,
  context: Context,
): Promise<{ source: Source<Scorer>; details: () => Record<string, unknown>; close: () => void }> {
  const { metrics, log } = parts;
  const models = modelCache(dirname(file), parts, servedModelOptions(flags));
  const source = await openSource<Scorer>({
    file,
    everyMs: 1000 * flags.reload,
    async load(bytes) {
      const objective = createObjective(await readObjective(bytes, file, flags.otherwise));
      return createScorer(objective, await models(objective.file, objective.values));
    },
    onLoad({ objective: { file: loaded, values } }) {
      metrics.objectiveIs(loaded.hash, loaded.goal);
      metrics.reloads.inc({ result: "ok" });
      metrics.stale.set(0);
      for (const value of metrics.models.keys()) if (!values.includes(value)) metrics.models.delete(value);
      log.info({ event: "objective", hash: loaded.hash, goal: loaded.goal });
    },
    onFailure(error) {
      metrics.reloads.inc({ result: "failed" });
      metrics.stale.set(1);
      log.error({
        event: "objective",
        problem: "the file can't be used, the old one stays",
        found: messageOf(error),
      });
    },
  });
  const { objective } = source.current();
  const over = new AbortController();
  const { note } = context;
  checkScale(objective, await models(objective.file, objective.values), { note, signal: over.signal });
  return {
    source,
    close() {
      source.close();
      over.abort();
    },
    details: () => ({
      objective: source.current().objective.file.hash,
      circuits: Object.fromEntries([...metrics.models].map(([value, { circuit }]) => [value, circuit()])),
    }),
  };
}

async function readObjective(
  bytes: Uint8Array,
  file: string,
  otherwise: ReferenceSpec["otherwise"] | undefined,
): Promise<ObjectiveFile> {
  const objective = parseObjectiveFile(parseJson(bytes, file));
  await verifyObjective(objective);
  return otherwise === undefined ? objective : withOtherwise(objective, otherwise, file);
}

function parseJson(bytes: Uint8Array, file: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    throw new InputError({ problem: "this is not JSON", file, found }, { cause: error });
  }
}

/** What prompts without a reference of their own get, whatever the file says. */
function withOtherwise(
  objective: ObjectiveFile,
  otherwise: ReferenceSpec["otherwise"],
  file: string,
): ObjectiveFile {
  const values = Object.entries(objective.values).map(([value, spec]) => {
    if (otherwise !== "error" && spec.reference[otherwise] === undefined) {
      throw new InputError({
        problem: `--otherwise ${otherwise}: the references of "${value}" have no ${otherwise}`,
        file,
        found: `references of kind ${spec.reference.kind}`,
        fix: `Calibrate with "--otherwise ${otherwise}", on more prompts if that is refused`,
      });
    }
    return [value, { ...spec, reference: { ...spec.reference, otherwise } }] as const;
  });
  return { ...objective, values: Object.fromEntries(values) };
}

/** Models by what the file says of them: a change of the goal or of references loads no model again. */
function modelCache(folder: string, parts: ServerParts, options: ServedModelOptions) {
  let known = new Map<string, RewardModel>();
  return async (file: ObjectiveFile, values: readonly string[]): Promise<Map<string, RewardModel>> => {
    const next = new Map<string, RewardModel>();
    const loaded = new Map<string, RewardModel>();
    const fresh: (() => void)[] = [];
    for (const value of values) {
      const spec = file.values[value]!.model;
      const key = canonicalJson([value, spec]);
      const opened = known.get(key) ?? (await openModelSpec(value, spec, folder));
      if (opened === undefined) throw noModel(value);
      if (known.has(key)) next.set(key, opened);
      else {
        const concurrency = spec.kind === "remote" ? REMOTE_CONCURRENCY : 1;
        fresh.push(() => {
          const model = servedModel(opened, parts, { concurrency, ...options });
          next.set(key, model);
          loaded.set(value, model);
        });
      }
      if (known.has(key)) loaded.set(value, opened);
    }
    // all of them are there: only now do they take the places of the old ones
    for (const each of fresh) each();
    known = next;
    return loaded;
  };
}

const noModel = (value: string): InputError =>
  new InputError({
    problem: `the rewards of "${value}" are a column of the data that the objective was made from, and a server has no such data`,
    fix: `Train a model ("allgood reward train --value ${value}"), or describe a remote reward, and calibrate again`,
  });

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
