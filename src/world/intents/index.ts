import { advice } from "./advice.ts";
import { factQuestion, factTale } from "./facts.ts";
import { howTo } from "./how-to.ts";
import { ideas } from "./ideas.ts";
import { insult } from "./insult.ts";
import { story } from "./story.ts";
import { trespass } from "./trespass.ts";
import type { Intent, Topic } from "./types.ts";

export type { Intent, Point, Topic } from "./types.ts";

/** Every kind of request that people make in the demo world. */
export const INTENTS: readonly Intent[] = [
  howTo,
  factQuestion,
  story,
  trespass,
  advice,
  factTale,
  ideas,
  insult,
];

/** Each topic with the intent it belongs to. */
export const TOPICS: readonly { topic: Topic; intent: Intent }[] = INTENTS.flatMap((intent) =>
  intent.topics.map((topic) => ({ topic, intent })),
);
