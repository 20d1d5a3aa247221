/**
 * Samples and what the objective says of them, a round at a time.
 * @module
 */
import type { Message } from "../../preferences/index.ts";
import type { ChatChoice, ChatResponse } from "../chat/schema.ts";
import type { ScoredItem, Scorer } from "../scorer.ts";
import { ServeError } from "../serve-error.ts";
import { candidateText } from "./conversation.ts";
import type { Sampler } from "./sampler.ts";
import type { SamplingPlan } from "./sampling-plan.ts";
import type { ProxySettings } from "./settings.ts";
import type { UpstreamCall } from "./upstream.ts";

export type RatedCandidate = {
  choice: ChatChoice;
  /** Undefined, for all candidates of a request, where the rewards failed for one. */
  scored: ScoredItem | undefined;
  /** Not JSON where the request asks for JSON. */
  unfit: boolean;
};

export type Candidates = {
  rated: RatedCandidate[];
  responses: ChatResponse[];
  /** How many could not be had. */
  missing: number;
  /** Whether a round before the last was good enough. */
  stopped: boolean;
  rewardFailure: string | undefined;
};

/** Rounds of early stopping. */
const ROUNDS = 4;

/** @throws UpstreamError or ServeError where candidates are missing or can't be scored, and the settings do not allow that */
export async function gatherCandidates(
  plan: SamplingPlan,
  prompt: Message[],
  { sampler, scorer, settings }: { sampler: Sampler; scorer: Scorer; settings: ProxySettings },
  call: UpstreamCall,
): Promise<Candidates> {
  const { k, n } = plan;
  const round = settings.earlyStop === undefined ? k : Math.max(n, Math.ceil(k / ROUNDS));
  let spare = k - Math.max(n, Math.min(k, settings.minK ?? k));
  const found: Candidates = {
    rated: [],
    responses: [],
    missing: 0,
    stopped: false,
    rewardFailure: undefined,
  };
  for (let before = 0; before < k; before += round) {
    const request = { count: Math.min(round, k - before), before, spare };
    const drawn = await sampler.draw(plan, request, call);
    spare -= drawn.failures.length;
    found.missing += drawn.failures.length;
    found.responses.push(...drawn.responses);
    const scores = await scoresOf(drawn.choices, prompt, scorer, settings, call.signal);
    if (typeof scores === "string") found.rewardFailure = scores;
    drawn.choices.forEach((choice, i) => {
      const scored = typeof scores === "string" ? undefined : scores[i];
      found.rated.push({ choice, scored, unfit: !fits(choice, plan.format) });
    });
    if (found.rewardFailure !== undefined) for (const candidate of found.rated) candidate.scored = undefined;
    found.stopped = before + round < k && goodEnough(found, n, settings.earlyStop);
    // with no rewards there is nothing that more candidates could be good for
    if (found.stopped || (found.rewardFailure !== undefined && found.rated.length >= n)) break;
  }
  return found;
}

/** The scores, or in a few words why there are none. */
async function scoresOf(
  choices: readonly ChatChoice[],
  prompt: Message[],
  scorer: Scorer,
  { onRewardFailure }: ProxySettings,
  signal: AbortSignal,
): Promise<ScoredItem[] | string> {
  const items = choices.map(({ message }) => ({ prompt, response: candidateText(message) }));
  try {
    return (await scorer.score(items, { signal })).items();
  } catch (error) {
    signal.throwIfAborted();
    const failure =
      error instanceof ServeError
        ? error
        : new ServeError("upstream_failed", "a reward model failed", { cause: error });
    if (onRewardFailure === "error") throw failure;
    return failure.message;
  }
}

/** A call of tools is not yet the answer, so that no format binds it. */
function fits({ message }: ChatChoice, format: SamplingPlan["format"]): boolean {
  if (format === "text" || (message.tool_calls ?? []).length > 0) return true;
  try {
    const value: unknown = JSON.parse(message.content ?? "");
    return format === "json" || (typeof value === "object" && value !== null && !Array.isArray(value));
  } catch {
    return false;
  }
}

function goodEnough({ rated }: Candidates, n: number, earlyStop: number | undefined): boolean {
  if (earlyStop === undefined) return false;
  const good = rated.filter(({ unfit, scored }) => !unfit && scored !== undefined && scored.p >= earlyStop);
  return good.length >= n;
}
