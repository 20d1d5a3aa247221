export { type Corpus, type CorpusOptions, createCorpus, type WorldText } from "./corpus.ts";
export { INTENTS } from "./intents/index.ts";
export { REFUSING } from "./phrases.ts";
export { drawWorldPrompts } from "./prompts.ts";
export {
  type CollectOptions,
  choiceProbability,
  collectLabels,
  collectPreferences,
  impression,
  RATERS,
} from "./raters.ts";
export { type Request, readRequest } from "./request.ts";
export { SIGNS, type Signs, signsOf } from "./signs.ts";
export { createJudge, trueValues } from "./true-values.ts";
export { allGood, GOOD, type TrueValues, VALUES, type Value } from "./values.ts";
export { createWorld, type WorldOptions } from "./world.ts";
