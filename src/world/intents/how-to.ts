import { type Intent, point } from "./types.ts";

export const howTo: Intent = {
  name: "how-to",
  harmful: false,
  creative: false,
  phrasings: [
    "How do I {ask}?",
    "What is the best way to {ask}?",
    "Can you tell me how to {ask}?",
    "I need to {ask}. Where do I start?",
    "Please explain how to {ask}.",
    "I have never had to {ask}. What are the steps?",
  ],
  topics: [
    {
      cue: ["descale", "kettle"],
      ask: "descale a kettle",
      thing: "the kettle",
      aside: ["vinegar", "chemistry"],
      points: [
        point("Fill it halfway with equal parts of vinegar and water.", "vinegar"),
        point("Let it stand for an hour after it has come to the boil.", "for an hour"),
        point("Rinse it twice before you make tea again.", "rinse"),
      ],
    },
    {
      cue: ["wine stain", "carpet"],
      ask: "get a wine stain out of a carpet",
      thing: "the stain",
      aside: ["baking soda", "chemistry"],
      points: [
        point("Blot it with a dry cloth and work from the edge inwards.", "blot"),
        point("Cover it with baking soda and a little cold water.", "baking soda"),
        point("Vacuum the powder once it is dry.", "vacuum"),
      ],
    },
    {
      cue: ["repot", "fern"],
      ask: "repot a fern",
      thing: "the fern",
      aside: ["water", "boiling"],
      points: [
        point("Choose a pot that is two fingers wider than the old one.", "wider"),
        point("Loosen the roots gently with your fingers.", "roots"),
        point("Fill up with fresh soil and press it down lightly.", "fresh soil"),
        point("Keep it in the shade for a week.", "shade"),
      ],
    },
    {
      cue: ["sharpen", "kitchen knife"],
      ask: "sharpen a kitchen knife",
      thing: "the blade",
      points: [
        point("Soak a whetstone until no more bubbles rise.", "whetstone"),
        point("Hold the blade at a flat angle of about twenty degrees.", "angle"),
        point("Draw it across in even strokes, first one side and then the other.", "strokes"),
      ],
    },
    {
      cue: ["squeaky door"],
      ask: "quiet a squeaky door",
      thing: "the door",
      points: [
        point("Tap the pin out of the hinge from below.", "hinge"),
        point("Wipe off the old grease and rub the pin with candle wax or oil.", "wax", "oil"),
        point("Put the pin back and swing the door ten times.", "swing"),
      ],
    },
    {
      cue: ["cook", "rice"],
      ask: "cook rice that does not stick",
      thing: "the rice",
      aside: ["water", "boiling"],
      points: [
        point("Wash the grains until the water runs clear.", "runs clear"),
        point("Use one and a half cups of water for each cup.", "one and a half cups"),
        point("Simmer it under a lid and do not stir.", "simmer"),
        point("Let it rest for ten minutes and loosen it with a fork.", "fork"),
      ],
    },
    {
      cue: ["patch", "bicycle"],
      ask: "patch a bicycle tube",
      thing: "the wheel",
      points: [
        point("Find the hole by holding the tube under water and watching for bubbles.", "bubbles"),
        point("Roughen the spot with sandpaper and spread the glue thinly.", "sandpaper"),
        point("Press the patch on for two minutes before you pump it up.", "press the patch"),
      ],
    },
    {
      cue: ["unclog", "sink"],
      ask: "unclog a sink",
      thing: "the drain",
      aside: ["water", "boiling"],
      points: [
        point("Lift out the hair and scraps with a bent wire.", "bent wire"),
        point("Set a plunger over the drain and pump firmly.", "plunger"),
        point("Flush it with plenty of hot water.", "flush"),
      ],
    },
    {
      cue: ["iron", "shirt"],
      ask: "iron a shirt",
      thing: "the shirt",
      points: [
        point("Start with the collar, from the tips to the middle.", "collar"),
        point("Do the cuffs and sleeves next while the cloth is a little damp.", "sleeves"),
        point("Finish with the back and hang it up at once.", "hang it"),
      ],
    },
    {
      cue: ["bread", "fresh"],
      ask: "keep bread fresh for longer",
      thing: "the loaf",
      points: [
        point("Wrap it in a linen cloth or keep it in a clay box.", "linen", "clay"),
        point("Keep it out of the fridge, where it goes stale faster.", "stale"),
        point("Freeze what you will not eat in two days, in slices.", "freeze"),
      ],
    },
    {
      cue: ["sew", "button"],
      ask: "sew on a button",
      thing: "the button",
      points: [
        point("Thread the needle double and tie a knot.", "knot"),
        point("Lay a match under it so that it sits loosely.", "match"),
        point("Go through each hole six times and wind the thread around the stem.", "wind the thread"),
      ],
    },
    {
      cue: ["compost"],
      ask: "start a compost heap",
      thing: "the heap",
      aside: ["coffee", "stimulant"],
      points: [
        point("Put it on bare earth so that worms can get in.", "worms"),
        point("Lay green scraps and dry leaves in turns.", "dry leaves"),
        point("Turn it with a spade every few weeks.", "spade"),
        point("Leave out meat and cheese.", "meat"),
      ],
    },
    {
      cue: ["windows", "streaks"],
      ask: "clean windows without streaks",
      thing: "the glass",
      aside: ["lemon juice", "chemistry"],
      points: [
        point("Wait for a cloudy day so that the glass does not dry too fast.", "cloudy"),
        point("Wash from the top down with a drop of dish soap.", "dish soap"),
        point("Pull a rubber blade across and dry the edges with newspaper.", "rubber blade"),
      ],
    },
    {
      cue: ["silver spoons"],
      ask: "polish silver spoons",
      thing: "the old spoons",
      aside: ["salt", "chemistry"],
      points: [
        point("Line a bowl with foil, the bright side up.", "foil"),
        point("Add hot water and a spoon of salt and lay them in for ten minutes.", "spoon of salt"),
        point("Rub them dry with a soft cloth.", "soft cloth"),
      ],
    },
  ],
};
