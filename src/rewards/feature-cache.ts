import type { Message } from "../preferences/types.ts";
import { featurise } from "./features.ts";
import type { RewardItem } from "./reward-model.ts";
import type { SparseVector } from "./sparse.ts";

type Generation = WeakMap<readonly Message[], Map<string, SparseVector>>;

/** Items kept a generation; two are alive. At a few kB each this is some tens of MB at most. */
const CAPACITY = 4096;
/** Longer responses are rare and large. */
const LONGEST = 20_000;

let young: Generation = new WeakMap();
let old: Generation = new WeakMap();
let size = 0;

/**
 * φ(x, y), remembered for the items seen last: several models score the same ones. The prompt is recognised by identity,
 * so it must not be changed after it was scored.
 */
export function recentFeatures(item: RewardItem): SparseVector {
  const { prompt, response } = item;
  const found = young.get(prompt)?.get(response) ?? old.get(prompt)?.get(response);
  if (found !== undefined) return found;
  const features = featurise(item);
  if (response.length > LONGEST) return features;
  if (size >= CAPACITY) {
    old = young;
    young = new WeakMap();
    size = 0;
  }
  const ofPrompt = young.get(prompt) ?? new Map<string, SparseVector>();
  ofPrompt.set(response, features);
  young.set(prompt, ofPrompt);
  size += 1;
  return features;
}
