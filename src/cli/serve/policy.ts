import { basename, resolve } from "node:path";
import { chatApp, openAiAnswer, type ServerParts } from "../../serve/index.ts";
import { createRandom } from "../../stats/random.ts";
import { openLocal, type PolicyFlags } from "../policy-source.ts";
import type { Served } from "./run.ts";

export type PolicyServerFlags = PolicyFlags & { name?: string; seed: number; batch: number };

/** `allgood serve --policy DIR` */
export async function servePolicy(flags: PolicyServerFlags, { log }: ServerParts): Promise<Served> {
  const { policy } = await openLocal(flags, flags.batch);
  const name = flags.name ?? basename(resolve(flags.policy));
  const routes = chatApp(policy, {
    ...{ model: name, maxBatch: flags.batch, random: createRandom(flags.seed) },
    onError: (error) =>
      log.error({ event: "chat", problem: error instanceof Error ? error.name : "unknown" }),
  });
  return {
    about: `the language model "${name}"`,
    mount: (app) => app.route("/", routes),
    answerError: openAiAnswer,
    close: () => policy.dispose(),
  };
}
