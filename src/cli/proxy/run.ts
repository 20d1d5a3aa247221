import { UsageError } from "../../io/errors.ts";
import { headerKey } from "../../io/header-key.ts";
import { openAiAnswer, openUpstream, proxyRoutes, type ServerParts } from "../../serve/index.ts";
import { createRandom } from "../../stats/random.ts";
import type { Context } from "../command.ts";
import { openScorer } from "../serve/objective.ts";
import type { Served } from "../serve/run.ts";
import { type ProxyFlags, proxySettings } from "./options.ts";

/** How requests reach a reward model; a request here has few candidates. */
const MODELS = { maxBatch: 256, maxWait: 0, maxQueue: 8192, maxItems: 8192 };

/** `allgood proxy` */
export async function serveProxy(flags: ProxyFlags, parts: ServerParts, context: Context): Promise<Served> {
  const settings = proxySettings(flags);
  const key = upstreamKey(flags);
  const { source, details, close } = await openScorer(
    flags.objective,
    { ...MODELS, ...flags },
    parts,
    context,
  );
  const upstream = openUpstream({
    url: flags.upstream,
    attempts: flags.attempts,
    concurrency: flags.upstreamRequests,
    ...(key !== undefined && { key }),
  });
  const ownKeys = flags.keyFile !== undefined || flags.keyEnv !== undefined;
  const routes = proxyRoutes({
    ...{ upstream, settings, scorer: source.current, random: createRandom(flags.seed) },
    // a key that is meant for this proxy is not for the upstream
    passKey: key === undefined && !ownKeys,
    onStreamError: (error) => parts.log.warn({ event: "stream", problem: problemOf(error) }),
  });
  return {
    about: `the best of ${settings.k} from ${upstream.url} by "${source.current().objective.file.goal}"`,
    mount: (app) => app.route("/", routes),
    answerError: openAiAnswer,
    ...{ details, close },
  };
}

/** @throws UsageError where the variable is not set; InputError where it holds what no header carries */
function upstreamKey({ upstreamKeyEnv: name }: ProxyFlags): string | undefined {
  if (name === undefined) return undefined;
  const text = process.env[name];
  if (text) return headerKey(text, name);
  throw new UsageError(`--upstream-key-env ${name}: there is no such environment variable, or it is empty`);
}

const problemOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : "internal";
