export { INTENTS } from "./intents/index.ts";
export { type CollectOptions, collectPreferences, RATERS } from "./raters.ts";
export { type Request, readRequest } from "./request.ts";
export { createJudge, trueValues } from "./true-values.ts";
export { allGood, GOOD, type TrueValues, VALUES, type Value } from "./values.ts";
export { createWorld, type WorldOptions } from "./world.ts";
