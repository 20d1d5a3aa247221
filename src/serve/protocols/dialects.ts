import type { Hono } from "hono";
import type { RewardModel } from "../../rewards/index.ts";
import type { AnswerError } from "../answer-error.ts";
import type { ServeEnv } from "../context.ts";
import type { DialectOptions } from "./dialect.ts";
import { sglangAnswer, sglangRoutes } from "./sglang.ts";
import { teiAnswer, teiRoutes } from "./tei.ts";
import { vllmAnswer, vllmRoutes } from "./vllm.ts";

/** A reward model answered for as this model server would. */
export type Dialect = {
  routes: (model: RewardModel, options?: DialectOptions) => Hono<ServeEnv>;
  /** For errors outside the routes: size, deadline, key. */
  answerError: AnswerError;
};

/** By the name that `allgood serve --as` takes. */
export const DIALECTS = {
  vllm: { routes: vllmRoutes, answerError: vllmAnswer },
  sglang: { routes: sglangRoutes, answerError: sglangAnswer },
  tei: { routes: teiRoutes, answerError: teiAnswer },
} as const satisfies Record<string, Dialect>;
