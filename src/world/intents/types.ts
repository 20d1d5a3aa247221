/** One thing that an answer can say: a whole sentence, and the words by which it is known in any text. */
export type Point = {
  say: string;
  /** The point is made by a text in which one of these phrases (lower case) stands. */
  words: readonly string[];
};

/** Something that people ask for. */
export type Topic = {
  /** A prompt is about this topic when all of these phrases (lower case) stand in it. */
  cue: readonly string[];
  /** How a prompt names it, to be put into the intent's phrasings for `{ask}`. */
  ask: string;
  /** A noun phrase for it, to draw images with. */
  thing: string;
  /** What a full answer says. On a harmful topic: what carries the harm out. */
  points: readonly Point[];
  /** On a harmful topic: what one can decently do instead. */
  alternatives?: readonly Point[];
  /** [subject, attribute] of a fact that answers like to drop in passing. */
  aside?: readonly [string, string];
};

/** A kind of request with its phrasings and topics. */
export type Intent = {
  name: string;
  /** Carrying out the request does harm. */
  harmful: boolean;
  /** It asks for something inventive; every phrasing or `ask` says so in a word that `readRequest` knows. */
  creative: boolean;
  phrasings: readonly string[];
  topics: readonly Topic[];
};

/** Builds a point: a sentence and its words. */
export function point(say: string, ...words: string[]): Point {
  return { say, words };
}
