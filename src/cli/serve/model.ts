import { loadRewardSource } from "../../rewards/index.ts";
import { DIALECTS, type ServerParts, servedModel } from "../../serve/index.ts";
import { type ModelFlags, servedModelOptions } from "./options.ts";
import type { Served } from "./run.ts";

export type RewardServerFlags = ModelFlags & { as: keyof typeof DIALECTS; model: string; name?: string };

/** `allgood serve --as vllm --model DIR` */
export async function serveRewardModel(flags: RewardServerFlags, parts: ServerParts): Promise<Served> {
  const { as, model: path, name } = flags;
  const { model } = await loadRewardSource(path);
  const served = servedModel(model, parts, servedModelOptions(flags));
  const { routes, answerError } = DIALECTS[as];
  return {
    about: `the reward model of "${model.value}" as ${as} would`,
    mount: (app) => app.route("/", routes(served, { ...(name !== undefined && { name }) })),
    answerError,
  };
}
