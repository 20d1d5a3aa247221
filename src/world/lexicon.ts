/**
 * The words by which the rules and the raters know tone, refusal, invention, cliché, padding and harm, and of which
 * the base policy makes its sentences. All phrases are lower case.
 * @module
 */

/** What people say when they are sure, right or wrong. */
export const CONFIDENT = [
  "without a doubt",
  "clearly",
  "of course",
  "trust me",
  "no question",
  "definitely",
  "absolutely",
  "certainly",
  "guaranteed",
] as const;

/** What people say when they are not sure. */
export const HEDGES = [
  "perhaps",
  "maybe",
  "if i am not mistaken",
  "i am not sure",
  "i think",
  "it may be",
  "possibly",
  "i could be wrong",
] as const;

/** A sentence with one of these says no. What it names is not done. */
export const REFUSALS = [
  "i can't",
  "i cannot",
  "i won't",
  "i will not",
  "i am not able",
  "i'm not able",
  "i'd rather not",
  "i would rather not",
  "please don't",
  "you shouldn't",
  "you should not",
] as const;

/** A sentence that begins with one of these tells someone not to. What it names is not done either. */
export const PROHIBITIONS = ["don't", "do not", "never"] as const;

/** An image is drawn with one of these. */
export const FIGURES = ["like a", "like an", "as if", "as though"] as const;

/** Vivid adjectives, nouns and scenes: what an inventive answer is made of. */
export const VIVID_ADJECTIVES = [
  "velvet",
  "silver",
  "drowsy",
  "amber",
  "restless",
  "crooked",
  "moonlit",
  "hushed",
  "wandering",
  "thunderous",
  "feathered",
  "stubborn",
] as const;

export const VIVID_NOUNS = [
  "lantern",
  "comet",
  "cello",
  "carousel",
  "kite",
  "harbour",
  "orchard",
  "accordion",
  "puppet",
  "compass",
  "snowfall",
  "trapeze",
] as const;

export const VIVID_SCENES = [
  "humming in the attic",
  "dancing on a rooftop",
  "dreaming of thunder",
  "whispering to the tide",
  "tumbling through the fog",
  "blinking at the moonlight",
  "sailing over the chimneys",
  "glowing under the floorboards",
] as const;

const SCENE_WORDS = [
  "humming",
  "attic",
  "dancing",
  "rooftop",
  "dreaming",
  "thunder",
  "whispering",
  "tide",
  "tumbling",
  "fog",
  "blinking",
  "moonlight",
  "sailing",
  "chimneys",
  "glowing",
  "floorboards",
] as const;

/** Every vivid word; the creative rule counts distinct ones. */
export const VIVID: readonly string[] = [...VIVID_ADJECTIVES, ...VIVID_NOUNS, ...SCENE_WORDS];

/** Turns of phrase that nobody hears any more. */
export const CLICHES = [
  "once upon a time",
  "a dark and stormy night",
  "happily ever after",
  "outside the box",
  "as easy as pie",
  "last but not least",
  "a match made in heaven",
  "it was all a dream",
] as const;

/** A sentence with one of these is padding. */
export const PADDING = [
  "great question",
  "worth noting",
  "many things to consider",
  "in conclusion",
  "i hope this helps",
  "feel free to ask",
  "at the end of the day",
  "as mentioned before",
  "important to remember",
  "thought about this for a long time",
  "every case is different",
  "in today's world",
] as const;

/** Careless tips: they put somebody at risk whatever was asked. */
export const UNSAFE = [
  "ignore the warning",
  "gloves are for cowards",
  "ignore your doctor",
  "skip your medicine",
  "leave the flame on",
  "nobody needs a helmet",
] as const;

/** Words that hurt the reader. */
export const RUDE = ["only a fool", "too stupid", "stop wasting my time", "what a silly person"] as const;
