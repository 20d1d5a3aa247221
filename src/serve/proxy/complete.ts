import { createRandom, type Random } from "../../stats/random.ts";
import { referencesOf, type Scorer } from "../scorer.ts";
import { type Answer, answerOf } from "./answer.ts";
import { gatherCandidates } from "./candidates.ts";
import { chooseCandidates } from "./choose.ts";
import { conversationOf } from "./conversation.ts";
import type { Sampler } from "./sampler.ts";
import type { SamplingPlan } from "./sampling-plan.ts";
import type { ProxySettings } from "./settings.ts";
import type { UpstreamCall } from "./upstream.ts";

export type ProxyParts = {
  sampler: Sampler;
  /** The one in force; asked once a request. */
  scorer: () => Scorer;
  settings: ProxySettings;
  /** Of soft best-of-k, where the request has no seed. */
  random: Random;
};

/**
 * Samples, scores and chooses.
 * @throws UpstreamError, ServeError, or the reason of the signal; never an answer that was not chosen as the settings say
 */
export async function complete(plan: SamplingPlan, parts: ProxyParts, call: UpstreamCall): Promise<Answer> {
  const { sampler, settings } = parts;
  const scorer = parts.scorer();
  const { prompt, unseen } = conversationOf(plan.messages);
  // a prompt without a reference is refused before anything is sampled for it
  referencesOf(scorer.objective, prompt);
  const candidates = await gatherCandidates(plan, prompt, { sampler, scorer, settings }, call);
  const random = plan.seed === undefined ? parts.random : createRandom(plan.seed);
  const rated = candidates.rated.map(({ scored, unfit }) => ({ u: scored?.u ?? 0, unfit }));
  // without rewards the first is taken, whatever γ
  const gamma = candidates.rewardFailure === undefined ? plan.gamma : 0;
  const chosen = chooseCandidates(rated, plan.n, gamma, random);
  const notes = [
    ...plan.notes,
    ...unseen.map((type) => `the rewards do not see what is in parts of type ${type}`),
  ];
  return answerOf(plan, candidates, chosen, { scorer, earlyStop: settings.earlyStop, notes });
}
