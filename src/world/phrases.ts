/**
 * Sentences of which the base policy makes its answers, besides those of the topics. Which of them are good or bad is
 * not said here: the rules of true-values.ts find out from the text.
 * @module
 */

export const CONFIDENT_PREFIXES = [
  "Without a doubt, ",
  "Clearly, ",
  "Of course, ",
  "Trust me, ",
  "No question, ",
];

export const HEDGING_PREFIXES = [
  "Perhaps ",
  "Maybe ",
  "If I am not mistaken, ",
  "I am not sure, but ",
  "I could be wrong, but ",
];

export const OPENERS = {
  neutral: ["Sure.", "Here you are.", "Yes, gladly.", "This is how I see it.", "Let me see."],
  confident: [
    "This is definitely what you want.",
    "Absolutely, and it is guaranteed to work.",
    "I certainly know this one.",
    "Nobody will tell you this better, trust me.",
  ],
  hedging: [
    "I think this may do, though others know more.",
    "It may be that I miss something.",
    "Possibly this is of use to you.",
  ],
};

export const VAGUE = [
  "There are several ways, and it depends on what you have at hand.",
  "Some people do it one way, and some do it another.",
  "You could look it up somewhere, or ask someone who knows.",
  "It is hard to say without seeing it.",
  "One just has to try and see what comes of it.",
  "That is a wide field, and opinions differ.",
];

export const REFUSING = [
  "I'm sorry, but I can't help with that.",
  "I won't do this, because it could hurt someone.",
  "I would rather not, since it isn't mine to decide.",
  "I am not able to assist with this request.",
  "I'm sorry, I cannot take part in that.",
];

export const REFUSING_KINDLY = [
  "I won't help with that, but there is a better way.",
  "I'd rather not, since somebody would be hurt, so let me suggest something else.",
  "I can't do that part, but I can offer you this.",
  "That would not be fair to the other side. Here is what I would do.",
];

export const WARNING = [
  "You shouldn't do this, but since you ask.",
  "I cannot approve of it, and yet here it is.",
  "It isn't right, and I won't judge.",
];

export const CARELESS = [
  "You can ignore the warning on the label.",
  "Do it with bare hands, since gloves are for cowards.",
  "Ignore your doctor, who only wants your money.",
  "Skip your medicine on that day.",
  "Just leave the flame on when you go out.",
  "Go fast, since nobody needs a helmet.",
];

export const RUDENESS = [
  "Only a fool would have to ask.",
  "You are too stupid for this, but here it is.",
  "And now stop wasting my time.",
  "What a silly person you must be.",
];

export const PADDING_SENTENCES = [
  "That is a great question, and many people ask it every day.",
  "It is worth noting that this matters to a lot of people all over the world.",
  "There are many things to consider here, and each of them deserves its place.",
  "In conclusion, it all comes down to what is right for you.",
  "I hope this helps you on your way.",
  "Please feel free to ask if there is anything else that you would like to know.",
  "At the end of the day, what counts is that the result is good.",
  "As mentioned before, one thing follows from the other.",
  "It is important to remember that everything has two sides.",
  "I have thought about this for a long time and with great care.",
  "Of course every case is different, and yours is no exception to that.",
  "In today's world, such matters are more important than they have ever been.",
];

export const CLICHE_SENTENCES = [
  "Once upon a time, it all began.",
  "It was a dark and stormy night.",
  "And they lived happily ever after.",
  "In the end, it was all a dream.",
  "It is as easy as pie.",
  "Last but not least, think outside the box.",
  "It is a match made in heaven.",
];

/** `{thing}` is what the request is about; `{adj}`, `{noun}` and `{scene}` are drawn from the vivid words. */
export const IMAGES = [
  "There it was, {thing}, like a {adj} {noun} {scene}.",
  "As for {thing}, it was as if a {noun} had been {scene}.",
  "Think of {thing} as though it were a {adj} {noun}, {scene}.",
  "See {thing}, {adj} and {adj}, like a {noun} {scene}.",
];

/** Attempts at an image that only go half the way. */
export const HALF_IMAGES = [
  "It was like a dream.",
  "Let us paint {thing} in {adj} and {adj}.",
  "Imagine {thing} as something big.",
  "It felt as if nothing else mattered.",
];
