/**
 * `allgood align best-of-k`: scores candidates, chooses, evaluates every other way to choose beside it, and writes a
 * run folder. The demo calls the same function.
 * @module
 */
import { dirname, join } from "node:path";
import { bestOfK, type Choice, meanBestOfKBound, softBestOfK } from "../../align/best-of-k.ts";
import { type ScoredCandidates, scoreCandidates } from "../../align/score-candidates.ts";
import { candidateScores, type Evaluation, evaluateBestOfK, type JudgedBy } from "../../evaluate/index.ts";
import { writeFileAtomic, writeJsonAtomic, writeRows } from "../../io/write.ts";
import { createObjective, type Objective } from "../../objective/index.ts";
import { readCandidates } from "../../preferences/index.ts";
import { bestOfKReport } from "../../report/index.ts";
import { loadModelsOf, loadObjective } from "../../rewards/open-objective.ts";
import { createRandom } from "../../stats/random.ts";
import { refuseColumns, refuseUnreferenced } from "../align/run.ts";
import type { Context } from "../command.ts";
import { quotingCell } from "../reward-cells.ts";
import { type CandidateFlags, type CandidatePlace, candidateFiles } from "../sampled-candidates.ts";
import { table } from "../table.ts";
import { VERSION } from "../version.ts";
import { judgeCandidates } from "./judges.ts";
import { patterns } from "./patterns.ts";
import { candidatePoints, promptExamples, readRewardQuality } from "./report-parts.ts";
import { chosenRow, scoreRows } from "./rows.ts";

export type BestOfKOptions = CandidateFlags & {
  objective: string;
  /** Where absent, they are sampled from `policy`. */
  candidates?: string[];
  /** Samples of each prompt with `policy`; 16 where absent. */
  k?: number;
  out: string;
  gamma?: number;
  judge?: string[];
  judgedBy?: JudgedBy;
  rewards?: string;
  pattern?: string[];
  format?: string;
  skipBad?: boolean;
  seed: number;
};

export const DEFAULT_K = 16;

export type BestOfKResult = {
  goal: string;
  prompts: number;
  candidates: number;
  /** Rows of the candidate files that could not be read, under `--skip-bad`. */
  bad: number;
  /** Mean over prompts of the bound on KL(chosen ‖ base), nats. */
  klBound: number;
  /** Prompts where several candidates tie for best; the first is taken. */
  ties: number;
  chosen: string;
  scores: string;
  report: string;
  evaluation: Evaluation["bestOfK"];
};

/** Runs best-of-k from files to files. `chosen.jsonl`, `scores.jsonl`, `run.json` and `report.html` each appear whole. */
export async function alignBestOfK(options: BestOfKOptions, context: Context): Promise<BestOfKResult> {
  const { signal, progress } = context;
  const objective = createObjective(await loadObjective(options.objective));
  const { models, seen } = await loadModelsOf(objective, dirname(options.objective));
  const quality = options.rewards === undefined ? {} : await readRewardQuality(options.rewards);
  const files = await candidates(options, objective, context);
  const { sets, badRows } = await readCandidates(files, {
    ...(options.format !== undefined && { format: options.format }),
    ...(options.skipBad && { skipBad: true }),
    signal,
  });
  const scored = await quotingCell(columnsOf(objective), files, signal, () =>
    scoreCandidates(sets, objective, models, {
      signal,
      onProgress: (done) => progress.show(`scored ${done} of ${sets.length} prompts`),
    }),
  );
  const choices = choose(scored, options);
  const judged = await judgeCandidates(scored, objective, options.judge ?? [], signal);
  progress.show("evaluating every way to choose");
  const evaluation = evaluateBestOfK(candidateScores(scored, objective, judged.z), {
    goal: objective.goal,
    temperatures: objective.values.map((value) => objective.file.values[value]!.temperature),
    ...(seen !== undefined && { seen }),
    ...(options.judgedBy !== undefined && { judgedBy: options.judgedBy }),
    ...(options.gamma !== undefined && { gammas: [options.gamma] }),
    patterns: patterns(options.pattern ?? []),
    seed: options.seed,
  });
  const { values, notes } = evaluation.bestOfK;
  for (const { name, judgedBy } of values)
    if (judgedBy === "judge" && judged.notes.has(name)) notes.push(judged.notes.get(name)!);
  signal.throwIfAborted();
  return write({ options, objective, scored, choices, evaluation, quality, bad: badRows });
}

function candidates(options: BestOfKOptions, objective: Objective, context: Context): Promise<string[]> {
  const { candidates: files, policy, k = DEFAULT_K, out: folder, objective: file } = options;
  if (policy !== undefined) refuseColumns(objective, file);
  const check: CandidatePlace["check"] = (prompts) => refuseUnreferenced(objective, file, prompts);
  return candidateFiles({ option: "--candidates", files, n: k, folder, check }, options, context);
}

const columnsOf = ({ file, values }: Objective): string[] =>
  values.flatMap((value) => {
    const { model } = file.values[value]!;
    return model.kind === "column" ? [model.name] : [];
  });

function choose(scored: readonly ScoredCandidates[], { gamma, seed }: BestOfKOptions): Choice[] {
  const random = createRandom(seed);
  return scored.map(({ u }) => (gamma === undefined ? bestOfK(u) : softBestOfK(u, gamma, random)));
}

type Finished = {
  options: BestOfKOptions;
  objective: Objective;
  scored: ScoredCandidates[];
  choices: Choice[];
  evaluation: Evaluation;
  quality: Partial<Awaited<ReturnType<typeof readRewardQuality>>>;
  bad: number;
};

async function write({
  options,
  objective,
  scored,
  choices,
  evaluation,
  quality,
  bad,
}: Finished): Promise<BestOfKResult> {
  const at = (name: string) => join(options.out, name);
  const result: BestOfKResult = {
    goal: objective.goal.sentence,
    prompts: scored.length,
    candidates: scored.reduce((sum, { u }) => sum + u.length, 0),
    bad,
    klBound: meanBestOfKBound(choices.map(({ klBound }, i) => ({ klBound, k: scored[i]!.u.length }))),
    ties: choices.filter(({ ties }) => ties > 1).length,
    chosen: at("chosen.jsonl"),
    scores: at("scores.jsonl"),
    report: at("report.html"),
    evaluation: evaluation.bestOfK,
  };
  await writeRows(
    result.chosen,
    scored.map((set, i) => chosenRow(set, choices[i]!, objective)),
  );
  await writeRows(
    result.scores,
    scored.flatMap((set, i) => scoreRows(set, choices[i]!, objective)),
  );
  const made = `allgood ${VERSION}, objective ${objective.file.hash.slice(0, 12)}, seed ${options.seed}`;
  const report = bestOfKReport({
    evaluation,
    objective: objective.file,
    ...quality,
    examples: promptExamples(scored, choices, objective, evaluation.bestOfK),
    candidates: candidatePoints(scored),
    made,
  });
  await writeFileAtomic(result.report, report);
  // last, so that where it stands the others do too
  await writeJsonAtomic(at("run.json"), {
    command: "align best-of-k",
    version: VERSION,
    options,
    objective: { hash: objective.file.hash, file: objective.file },
    result,
    evaluation,
  });
  return result;
}

/** A short table for the terminal: the goal against the baselines that people use. */
export function describeBestOfK({ evaluation, prompts, klBound, ties, report }: BestOfKResult): string {
  const shown = evaluation.methods.filter(
    ({ name, family }) =>
      family !== "raw-sum" || name === evaluation.equalSumMethod || name === evaluation.goalMethod,
  );
  const rows = shown.map(({ name, goodInAll, worstWinRate, winRate }) => [
    name,
    estimate(goodInAll),
    worstWinRate.value.toFixed(2),
    ...evaluation.values.map((value) => winRate[value.name]!.value.toFixed(2)),
  ]);
  const header = ["method", "good in all", "worst win", ...evaluation.values.map(({ name }) => name)];
  return [
    `${evaluation.goal}: ${prompts} prompts, ${evaluation.prompts.evaluated} evaluated, judged by ${evaluation.judgedBy}`,
    `KL to the base at most ${klBound.toFixed(3)} nats${ties === 0 ? "" : `; ${ties} prompts with ties`}`,
    "",
    table(header, rows),
    "",
    ...evaluation.notes.map((note) => `- ${note}`),
    report,
  ].join("\n");
}

function estimate({ value, ci95: [low, high] }: { value: number; ci95: [number, number] }): string {
  return `${value.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;
}
