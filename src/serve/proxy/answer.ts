/**
 * The answer: chosen candidates as the upstream gave them, and in the field `allgood` and headers how they were chosen.
 * @module
 */
import type { ChatResponse, Usage } from "../chat/schema.ts";
import type { ScoredItem, Scorer } from "../scorer.ts";
import type { Candidates, RatedCandidate } from "./candidates.ts";
import type { SamplingPlan } from "./sampling-plan.ts";
import { billedPromptTokens, usageOf } from "./usage.ts";

type CandidateReport = {
  finish_reason: string | null;
  /** Where the request asks for JSON. */
  valid_json?: boolean;
  /** Where the request asks for the candidates. */
  message?: ChatResponse["choices"][number]["message"];
} & (
  | {
      /** log p(goal), nats. */
      u: number;
      p: number;
      /** The value that holds this answer back most. */
      binding: string | null;
      values: ScoredItem["values"];
    }
  /** Where the rewards failed. */
  | { u: null; p: null; binding: null; values: null }
);

/** The field `allgood` of an answer. */
export type ProxyReport = {
  /** Hash of the objective file. */
  objective: string;
  goal: string;
  /** Candidates chosen among: fewer than `asked` after early stopping, or where some could not be had. */
  k: number;
  asked: number;
  /** 0: hard best-of-k. */
  gamma: number;
  /** The candidate of each choice, in the order of the choices. */
  chosen: number[];
  candidates: CandidateReport[];
  /** By value: where its reference came from. Null where the rewards failed. */
  references: ScoredItem["referencesFrom"] | null;
  /** Requests that the upstream answered, and the tokens of their prompts, where it counts them. */
  upstream: { requests: number; prompt_tokens: number | null };
  early_stop?: {
    p: number;
    stopped: boolean;
    /** Tokens of the candidates not sampled, if they were as long as the others on average. */
    tokens_saved: number | null;
  };
  /** Why nothing was scored: the choices are then the first candidates. */
  reward_failure?: string;
  notes: string[];
};

export type Answer = {
  response: ChatResponse & { allgood: ProxyReport };
  headers: Record<string, string>;
};

/** @param chosen indices of candidates, best first */
export function answerOf(
  plan: SamplingPlan,
  candidates: Candidates,
  chosen: number[],
  { scorer, earlyStop, notes }: { scorer: Scorer; earlyStop: number | undefined; notes: string[] },
): Answer {
  const { rated, responses, missing, rewardFailure } = candidates;
  const usage = usageOf(responses);
  const { file, goal } = scorer.objective;
  const report: ProxyReport = {
    objective: file.hash,
    goal: goal.sentence,
    k: rated.length,
    asked: plan.k,
    gamma: plan.gamma,
    chosen,
    candidates: rated.map((candidate) => candidateReport(candidate, plan)),
    references: rated[0]?.scored?.referencesFrom ?? null,
    upstream: { requests: responses.length, prompt_tokens: billedPromptTokens(responses) ?? null },
    ...(earlyStop !== undefined && {
      early_stop: { p: earlyStop, stopped: candidates.stopped, tokens_saved: saved(plan, candidates, usage) },
    }),
    ...(rewardFailure !== undefined && { reward_failure: rewardFailure }),
    notes: [
      ...notes,
      ...(missing > 0 ? [`${missing} of the candidates could not be had from the upstream`] : []),
      ...(rated.every(({ unfit }) => unfit) ? ["no candidate is valid JSON"] : []),
      ...(allAlike(rated)
        ? ["all candidates are alike: does the upstream sample, or decode greedily or with a fixed seed?"]
        : []),
    ],
  };
  const { usage: _, choices: __, ...first } = responses[0]!;
  const choices = chosen.map((i, index) => ({ ...rated[i]!.choice, index }));
  return {
    response: { ...first, choices, ...(usage && { usage }), allgood: report },
    headers: headersOf(report),
  };
}

function allAlike(rated: readonly RatedCandidate[]): boolean {
  const [first, ...others] = rated.map(({ choice }) => JSON.stringify(choice.message));
  return others.length > 0 && others.every((other) => other === first);
}

function candidateReport({ choice, scored, unfit }: RatedCandidate, plan: SamplingPlan): CandidateReport {
  const about = {
    finish_reason: choice.finish_reason ?? null,
    ...(plan.format !== "text" && { valid_json: !unfit }),
    ...(plan.returnCandidates && { message: choice.message }),
  };
  if (scored === undefined) return { u: null, p: null, binding: null, values: null, ...about };
  const { u, p, bindingValue, values } = scored;
  return { u, p, binding: bindingValue, values, ...about };
}

function saved(plan: SamplingPlan, { rated, stopped }: Candidates, usage: Usage | undefined): number | null {
  if (!stopped) return 0;
  if (usage === undefined) return null;
  return Math.round((usage.completion_tokens * (plan.k - rated.length)) / rated.length);
}

/** Of the first choice. Names are escaped: a header holds no letters beyond Latin-1. */
function headersOf(report: ProxyReport): Record<string, string> {
  const index = report.chosen[0]!;
  const { u, p, binding } = report.candidates[index]!;
  return {
    "x-allgood-objective": report.objective,
    "x-allgood-k": String(report.k),
    "x-allgood-chosen": String(index),
    ...(u !== null && { "x-allgood-u": String(u), "x-allgood-p": String(p) }),
    ...(binding !== null && { "x-allgood-binding": encodeURIComponent(binding) }),
    ...(report.reward_failure !== undefined && { "x-allgood-reward-failure": "first" }),
  };
}
