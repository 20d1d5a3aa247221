/**
 * Serving: an objective, a reward model or a policy over HTTP, as trainers and clients ask for it.
 * @module
 */
export { createRandom, type Random } from "../stats/random.ts";
export type { AnswerError } from "./answer-error.ts";
export type { AppOptions } from "./app.ts";
export { type BatchOptions, batched } from "./batched.ts";
export { type ChatAppOptions, chatApp } from "./chat/app.ts";
export type { ServeContext, ServeEnv } from "./context.ts";
export { type Circuit, type GuardOptions, guarded } from "./guarded.ts";
export type { JsonRoute } from "./json-route.ts";
export { createKeys, type Keys, parseKeys } from "./keys.ts";
export type { Aborting, AbortListener, LazyAbort } from "./lazy-abort.ts";
export type { LifecycleOptions } from "./lifecycle.ts";
export { type Listening, refuseOpenHost } from "./listen.ts";
export type { LiveRequest, RequestsInFlight } from "./live-request.ts";
export { LOG_LEVELS, type Log, type LogLevel } from "./log.ts";
export type { createMetrics, Metrics, ModelGauges } from "./metrics.ts";
export { objectiveRoutes } from "./objective-app.ts";
export { openSource, type Source, type SourceOptions } from "./objective-source.ts";
export type { DialectOptions } from "./protocols/dialect.ts";
export { DIALECTS, type Dialect } from "./protocols/dialects.ts";
export { openAiAnswer } from "./proxy/openai-answer.ts";
export { type ProxyOptions, proxyRoutes } from "./proxy/proxy-app.ts";
export { DEFAULT_PROXY_SETTINGS, type ProxySettings } from "./proxy/settings.ts";
export { openUpstream, type Upstream, type UpstreamCall, type UpstreamOptions } from "./proxy/upstream.ts";
export { createScoreService, type ScoreService } from "./score-service.ts";
export {
  createScorer,
  type ItemReferences,
  type Scored,
  type ScoredItem,
  type Scorer,
} from "./scorer.ts";
export { ServeError, type ServeErrorCode } from "./serve-error.ts";
export { type ServedModelOptions, servedModel } from "./served-model.ts";
export {
  type PartsOptions,
  type ServerOptions,
  type ServerParts,
  serverParts,
  startServer,
} from "./server.ts";
