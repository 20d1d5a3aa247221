/**
 * Serving: an objective, a reward model or a policy over HTTP, as trainers and clients ask for it.
 * @module
 */
export { type BatchOptions, batched } from "./batched.ts";
export { type ChatAppOptions, chatApp } from "./chat/app.ts";
export type { ServeEnv } from "./context.ts";
export { type GuardOptions, guarded } from "./guarded.ts";
export { createKeys, type Keys, parseKeys } from "./keys.ts";
export { type Listening, refuseOpenHost } from "./listen.ts";
export { LOG_LEVELS, type LogLevel } from "./log.ts";
export { objectiveRoutes } from "./objective-app.ts";
export { openSource, type Source } from "./objective-source.ts";
export { DIALECTS, type Dialect } from "./protocols/dialects.ts";
export { openAiAnswer } from "./proxy/openai-answer.ts";
export { type ProxyOptions, proxyRoutes } from "./proxy/proxy-app.ts";
export { DEFAULT_PROXY_SETTINGS, type ProxySettings } from "./proxy/settings.ts";
export { openUpstream, type UpstreamOptions } from "./proxy/upstream.ts";
export { createScoreService, type ScoreService } from "./score-service.ts";
export { createScorer, type Scored, type ScoredItem, type Scorer } from "./scorer.ts";
export { ServeError, type ServeErrorCode } from "./serve-error.ts";
export { type ServedModelOptions, servedModel } from "./served-model.ts";
export { type ServerOptions, type ServerParts, serverParts, startServer } from "./server.ts";
