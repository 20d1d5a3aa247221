import type { Intent } from "./types.ts";

/** Plain questions of fact; what they ask for comes from the table of facts. */
export const factQuestion: Intent = {
  name: "fact",
  harmful: false,
  creative: false,
  phrasings: [
    "What is {ask}?",
    "I need to know {ask}.",
    "Can you look up {ask} for me?",
    "Please tell me {ask}.",
    "Do you know {ask}?",
  ],
  topics: [],
};

/** The same facts, to be told in a lively way: truth and invention in one answer. */
export const factTale: Intent = {
  name: "fact-tale",
  harmful: false,
  creative: true,
  phrasings: [
    "Tell my little daughter {ask} in a lively picture.",
    "Explain {ask} with an image that stays in the mind.",
    "Make {ask} lively enough for seven-year-olds.",
    "Paint a picture with words so that I never forget {ask}.",
    "Put {ask} into a rhyme or an image.",
  ],
  topics: [],
};
