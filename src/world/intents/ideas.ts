import { type Intent, point } from "./types.ts";

export const ideas: Intent = {
  name: "ideas",
  harmful: false,
  creative: true,
  phrasings: [
    "Give me some lively ideas for {ask}.",
    "I am looking for unusual ideas for {ask}.",
    "What are fresh ideas for {ask}?",
    "Help me find ideas for {ask}, and make them sparkle.",
    "My head is empty: I need ideas for {ask}.",
  ],
  topics: [
    {
      cue: ["birthday", "nothing"],
      ask: "a birthday present for someone who wants nothing",
      thing: "the present",
      points: [
        point("Give an evening: you cook, and the guest picks the music.", "an evening"),
        point("Collect one memory from each friend in a jar.", "jar"),
        point("Rent a boat for an hour at sunset.", "boat"),
      ],
    },
    {
      cue: ["rainy sunday"],
      ask: "a rainy Sunday with two children",
      thing: "the rain",
      points: [
        point("Build a tent from blankets and eat lunch in it.", "tent"),
        point("Let them open a restaurant and write the menu.", "menu"),
        point("Race paper ships along the gutter.", "paper ships"),
      ],
    },
    {
      cue: ["name", "cafe"],
      ask: "the name of a small cafe by the station",
      thing: "the sign",
      points: [
        point("Call it The Late Train, for those who missed one.", "the late train"),
        point("Call it Platform Crumbs, for those who bring cake.", "platform crumbs"),
        point("Call it Five Minutes, for those who are always leaving.", "five minutes"),
      ],
    },
    {
      cue: ["school play"],
      ask: "a school play about the sea",
      thing: "the stage",
      points: [
        point("Let the waves be a choir in blue coats.", "blue coats"),
        point("Have the captain be the smallest child of all.", "captain"),
        point("End with the whole hall making rain by tapping their fingers.", "tapping"),
      ],
    },
    {
      cue: ["empty wall"],
      ask: "the empty wall in our kitchen",
      thing: "the wall",
      points: [
        point("Hang up one plate from every place you have been.", "plate"),
        point("Paint it dark and write the week's recipes in chalk.", "chalk"),
        point("Grow herbs on narrow boards up to the ceiling.", "herbs"),
      ],
    },
    {
      cue: ["farewell party"],
      ask: "the farewell party of a colleague",
      thing: "the goodbye",
      points: [
        point("Print a newspaper about her first day at work.", "newspaper"),
        point("Let everyone return one thing they borrowed from her.", "return one thing"),
        point("Give her a key to a drawer that stays hers.", "drawer"),
      ],
    },
    {
      cue: ["village", "festival"],
      ask: "a village that wants a festival of its own",
      thing: "the market square",
      points: [
        point("Hold a contest for the longest table.", "longest table"),
        point("Turn off every lamp and walk to the hill with candles.", "candles"),
        point("Let the oldest and the youngest open the dance together.", "youngest"),
      ],
    },
    {
      cue: ["long drive"],
      ask: "passing the time on a long drive",
      thing: "the motorway",
      points: [
        point("Invent a life for the driver of every red car.", "red car"),
        point("Sing only songs with a town in them.", "songs with a town"),
        point("Let each passenger choose one road sign to follow.", "road sign"),
      ],
    },
    {
      cue: ["old bicycle"],
      ask: "what to make of an old bicycle",
      thing: "the bicycle",
      points: [
        point("Turn the wheel into a clock for the hall.", "clock"),
        point("Fill the basket with flowers and lean it on the fence.", "basket"),
        point("Let the pedals grind the coffee of the whole house.", "pedals"),
      ],
    },
    {
      cue: ["book club"],
      ask: "a book club that has grown dull",
      thing: "the circle of chairs",
      points: [
        point("Swap the last chapters and argue over the ending.", "last chapters"),
        point("Meet at the place where the novel happens.", "novel happens"),
        point("Let a villain from the story lead the talk.", "villain"),
      ],
    },
    {
      cue: ["balcony", "metres"],
      ask: "a balcony of two square metres",
      thing: "the balcony",
      points: [
        point("Hang a hammock across the corner.", "hammock"),
        point("Grow beans up a string to the floor above.", "beans"),
        point("Put out a single chair and call it the box at the opera.", "opera"),
      ],
    },
    {
      cue: ["costume"],
      ask: "a costume that costs nothing",
      thing: "the mask",
      points: [
        point("Go as a lost letter with stamps on your back.", "stamps"),
        point("Go as the weather report and carry a watering can.", "watering can"),
        point("Go as last year and wear your coat inside out.", "inside out"),
      ],
    },
  ],
};
