import { smallLlama } from "../models/configs.fixture.ts";
import { createHfTokenizer, trainBpe } from "../models/index.ts";
import { randomWeights } from "../models/random-weights.fixture.ts";
import { createWorld } from "../world/index.ts";
import { type Experiment, prepareExperiment } from "./experiment.ts";

/** Responses to each test prompt. */
export const SAMPLES = 6;

/** An experiment whose base samples are the world's own, so that no policy has to be trained. */
export async function smallExperiment(): Promise<Experiment> {
  const tokenizer = createHfTokenizer(await trainBpe(["a few words"], { vocabSize: 260 }));
  const config = { ...smallLlama, vocabSize: tokenizer.vocabSize };
  const model = { config, weights: randomWeights(config, 1), tokens: { bos: null, eos: [], pad: null } };
  const sets = createWorld(5, { prompts: 64, k: SAMPLES }).candidateSets;
  const samples = { learn: sets.slice(0, 48), align: sets.slice(48, 56), test: sets.slice(56) };
  return prepareExperiment({ model, tokenizer }, samples, { seed: 2, pairsPerPrompt: 4, members: 2 });
}
