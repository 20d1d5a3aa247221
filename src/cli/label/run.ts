/**
 * `allgood label`: preferences collected in rounds, from a person or from simulated raters.
 * @module
 */
import { fstatSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../../io/errors.ts";
import { type FolderLock, lockFolder } from "../../io/folder-lock.ts";
import type { PromptFormat } from "../../policies/index.ts";
import type { CandidateSet } from "../../preferences/index.ts";
import { contentOf } from "../../rewards/collection/identity.ts";
import { Collection, type RoundRecord } from "../../rewards/index.ts";
import type { Context } from "../command.ts";
import { recordData, recordModel } from "../lm/data.ts";
import { readTrainingPairs } from "../reward/train.ts";
import type { SessionFlags } from "../session-options.ts";
import { describeRound } from "./describe-round.ts";
import { createLineRater, nobodyAnswers } from "./line-rater.ts";
import type { Rater } from "./rater.ts";
import { responsesFrom, sampledResponses } from "./responses.ts";
import { beginLabelRun, type LabelSettings } from "./run-file.ts";
import { createTerminalRater } from "./terminal-rater.ts";
import { createWorldRater } from "./world-rater.ts";

export type LabelOptions = SessionFlags & {
  value: string;
  prompts?: string[];
  policy?: string;
  tokenizer?: string;
  candidates?: string[];
  out: string;
  rater: "person" | "world";
  choose: "disagreement" | "random";
  rounds: number;
  perRound: number;
  samples: number;
  maxNewTokens: number;
  temperature: number;
  format: PromptFormat;
  data: string[];
  seed: number;
  resume?: boolean;
};

export type LabelResult = {
  out: string;
  value: string;
  rater: string;
  /** Answers so far; the preferred ones are the pairs of `preferences.jsonl`. */
  answers: RoundRecord["answers"];
  preferences: string;
  /** The newest reward model; null while there are too few pairs. */
  model: string | null;
  rounds: readonly RoundRecord[];
  /** Whether all rounds are done. If not, `--resume` goes on. */
  finished: boolean;
};

export async function runLabel(options: LabelOptions, context: Context): Promise<LabelResult> {
  const source = sourceOf(options);
  // refused before anything is written
  const simulated = options.rater === "world" ? createWorldRater(options.value, options.seed) : undefined;
  const settings = await settingsOf(options, source);
  // not all of the options: --format is that of the prompts here
  const { value, data } = options;
  const earlier = await readTrainingPairs({ value, data }, context);
  if (simulated === undefined) refuseNobody();
  const lock = await lockFolder(options.out, { who: "allgood label", signal: context.signal });
  try {
    const identity = await beginLabelRun(options.out, settings, options.resume === true);
    const sets = await responses(options, source, identity, context);
    const rater = simulated ?? createPersonRater(options.value, context);
    try {
      return await collect(options, { identity, sets, earlier, lock }, rater, context);
    } finally {
      rater.close();
    }
  } finally {
    await lock.release();
  }
}

type Source = { kind: "file"; candidates: string[] } | { kind: "policy"; policy: string; prompts: string[] };

/** @throws UsageError where neither or both are named, or a policy without prompts */
function sourceOf({ policy, prompts, candidates }: LabelOptions): Source {
  if (candidates !== undefined) {
    if (policy === undefined && prompts === undefined) return { kind: "file", candidates };
    throw new UsageError("--candidates has prompts and responses: it goes without --policy and --prompts");
  }
  if (policy === undefined) {
    throw new UsageError("name what is compared: --policy with --prompts, or --candidates");
  }
  if (prompts === undefined) throw new UsageError("--policy needs --prompts, a file of prompts to answer");
  return { kind: "policy", policy, prompts };
}

async function settingsOf(options: LabelOptions, source: Source): Promise<LabelSettings> {
  const { value, rater, choose, perRound, seed, samples, maxNewTokens, temperature, format } = options;
  const data = contentOf(await recordData(options.data));
  const shared = { value, rater, choose, perRound, seed, data };
  if (source.kind === "file")
    return { ...shared, candidates: contentOf(await recordData(source.candidates)) };
  const files = [
    ...(await recordModel(source.policy)),
    ...(options.tokenizer === undefined ? [] : await recordModel(options.tokenizer)),
  ];
  return {
    ...shared,
    samples,
    maxNewTokens,
    temperature,
    format,
    prompts: contentOf(await recordData(source.prompts)),
    policy: contentOf(files),
  };
}

const responses = (
  options: LabelOptions,
  source: Source,
  identity: string,
  context: Context,
): Promise<CandidateSet[]> =>
  source.kind === "file"
    ? responsesFrom(source.candidates, context)
    : sampledResponses(options.out, identity, { ...options, ...source }, context);

/** @throws UsageError where stdin is `/dev/null` or the like, before responses are sampled for nobody */
function refuseNobody(): void {
  if (!process.stdin.isTTY && fstatSync(process.stdin.fd).isCharacterDevice()) throw nobodyAnswers();
}

/** Questions go to stderr: stdout holds the outcome alone. */
function createPersonRater(value: string, { signal }: Context): Rater {
  const { stdin: input, stderr: output } = process;
  if (!input.isTTY) return createLineRater({ value, input, output, signal });
  const interrupt = () => process.kill(process.pid, "SIGINT");
  return createTerminalRater({ value, input, output, signal, interrupt });
}

async function collect(
  options: LabelOptions,
  input: {
    identity: string;
    sets: CandidateSet[];
    earlier: Awaited<ReturnType<typeof readTrainingPairs>>;
    lock: FolderLock;
  },
  rater: Rater,
  { signal, progress }: Context,
): Promise<LabelResult> {
  const { out, value, rounds, perRound, choose, seed } = options;
  const collection = await Collection.open({
    ...input,
    folder: out,
    value,
    rounds,
    perRound,
    by: choose,
    seed,
    signal,
    onProgress: (text) => progress.show(text),
    onRound(round) {
      progress.clear();
      rater.tell(describeRound(round));
    },
  });
  try {
    for (let question = await collection.next(); question; question = await collection.next()) {
      if (options.rater === "person") progress.clear();
      else progress.show(`round ${question.round}, question ${question.place} of ${question.of}`);
      const reply = await rater.ask(question);
      if (reply === "quit") break;
      if (reply !== "undo") await collection.judge(question, reply);
      else if (!(await collection.undo())) rater.tell("no answer of this round to take back");
    }
    const trained = collection.rounds.some(({ untrained }) => untrained === undefined);
    return {
      out,
      value,
      rater: options.rater,
      answers: collection.answers,
      preferences: join(out, "preferences.jsonl"),
      model: trained ? join(out, "model") : null,
      rounds: collection.rounds,
      finished: collection.finished,
    };
  } finally {
    await collection.close();
  }
}
