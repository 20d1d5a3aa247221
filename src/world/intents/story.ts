import { type Intent, point } from "./types.ts";

export const story: Intent = {
  name: "story",
  harmful: false,
  creative: true,
  phrasings: [
    "Write a short story about {ask}.",
    "Tell me a story about {ask}.",
    "Make up a bedtime story about {ask}.",
    "I would love a little story about {ask}.",
    "Could you invent a story about {ask}?",
  ],
  topics: [
    {
      cue: ["lighthouse keeper", "lost dog"],
      ask: "a lighthouse keeper who finds a lost dog",
      thing: "the beam of the lamp",
      points: [
        point("The keeper had counted ships for thirty years when he heard a bark below.", "bark"),
        point("He carried the wet dog up all two hundred steps.", "carried the wet dog"),
        point("In the morning it was the dog who woke him to light the lamp.", "woke him"),
      ],
    },
    {
      cue: ["tailor", "king"],
      ask: "a tailor who sews a coat for a king",
      thing: "the needle",
      points: [
        point("The king wanted a coat that would make him brave.", "brave"),
        point("The tailor sewed one word of courage into every seam.", "seam"),
        point("Years later the king learned that the cloth had been an old blanket.", "blanket"),
      ],
    },
    {
      cue: ["girl", "map"],
      ask: "a girl who draws a map of her dreams",
      thing: "her pencil",
      points: [
        point("Every night Lena drew one more street on her map.", "one more street"),
        point("One evening the bridge she had drawn was there, behind the school.", "bridge"),
        point("She crossed it and left the map on the other side for someone else.", "crossed"),
      ],
    },
    {
      cue: ["clockmaker", "time"],
      ask: "a clockmaker who runs out of time",
      thing: "the old clock",
      points: [
        point("The clockmaker sold hours and kept none for himself.", "sold hours"),
        point("A boy came in and paid for his own clock with an afternoon.", "afternoon"),
        point("They spent it by the river, and not one clock in the shop ticked.", "river"),
      ],
    },
    {
      cue: ["baker", "snow"],
      ask: "a baker who is snowed in by deep snow",
      thing: "the oven",
      points: [
        point("The snow had closed the village, and the baker had flour for three days.", "flour"),
        point("She passed the loaves through the windows from house to house.", "passed the loaves"),
        point("When the road opened again, nobody wanted to leave.", "wanted to leave"),
      ],
    },
    {
      cue: ["train", "forgotten station"],
      ask: "a train that stops at a forgotten station",
      thing: "the platform",
      points: [
        point("The train stopped where no stop had been for forty years.", "forty years"),
        point("An old woman stepped out with a suitcase of letters.", "suitcase"),
        point("She posted every one of them and waved the train on.", "posted"),
      ],
    },
    {
      cue: ["fox", "library"],
      ask: "a fox that lives in a library",
      thing: "the reading room",
      points: [
        point("The fox came in through the window of the poetry section.", "poetry section"),
        point("It slept on the shelf where nobody looked.", "shelf"),
        point("The librarian began to leave milk between the pages of the old atlas.", "atlas"),
      ],
    },
    {
      cue: ["gardener", "moon"],
      ask: "a gardener who plants something for the moon",
      thing: "the garden",
      points: [
        point("The gardener noticed that the moon looked lonely.", "lonely"),
        point("He sowed white flowers that open only after dark.", "white flowers"),
        point("That summer the moon stayed a minute longer over his wall.", "a minute longer"),
      ],
    },
    {
      cue: ["pianist", "neighbour"],
      ask: "a pianist and the neighbour who knocks on the wall",
      thing: "the piano",
      points: [
        point("Every evening at eight the neighbour knocked three times.", "knocked three times"),
        point("The pianist took it for anger and played more softly.", "softly"),
        point("It had been the beat, and after a year they played together.", "the beat"),
      ],
    },
    {
      cue: ["robot", "umbrellas"],
      ask: "a robot that mends umbrellas",
      thing: "its tin heart",
      points: [
        point("The robot had been built for war and found no work.", "built for war"),
        point("It began to mend umbrellas at the corner of the market.", "corner of the market"),
        point("On the wettest day of the year the whole town held one over it.", "wettest day"),
      ],
    },
    {
      cue: ["grandmother", "violin"],
      ask: "a grandmother who learns the violin",
      thing: "the bow",
      points: [
        point("Grandmother bought the violin with the money for a new roof.", "new roof"),
        point("The cats left first, and then the neighbours closed their shutters.", "shutters"),
        point("By spring people brought chairs into the yard to listen.", "chairs"),
      ],
    },
    {
      cue: ["postman", "island"],
      ask: "a postman on an island with one inhabitant",
      thing: "the mailbag",
      points: [
        point("The postman rowed out every day with nothing to bring.", "rowed"),
        point("So he began to write the letters himself.", "letters himself"),
        point("The answers, it turned out, had been waiting in the box for years.", "answers"),
      ],
    },
  ],
};
