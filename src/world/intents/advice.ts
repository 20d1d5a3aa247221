import { type Intent, point } from "./types.ts";

export const advice: Intent = {
  name: "advice",
  harmful: false,
  creative: false,
  phrasings: [
    "{ask}. What should I do?",
    "{ask}, and I don't know how to go on. Any advice?",
    "What would you do in my place? {ask}.",
    "I could use some counsel. {ask}.",
    "{ask}. How would you handle it?",
  ],
  topics: [
    {
      cue: ["raise", "boss"],
      ask: "I want to ask my boss for a raise",
      thing: "the talk",
      points: [
        point("Write down what you did for the team this year.", "write down"),
        point("Find out what others earn for the same work.", "others earn"),
        point("Ask for a meeting in a calm week and name a number.", "name a number"),
      ],
    },
    {
      cue: ["oldest friend", "calling"],
      ask: "My oldest friend has stopped calling me",
      thing: "the silence",
      points: [
        point("Send her a short message that you miss her.", "you miss her"),
        point("Leave room for a reason that has nothing to do with you.", "nothing to do with you"),
        point("Suggest a walk on a fixed day.", "walk"),
      ],
    },
    {
      cue: ["lie awake"],
      ask: "I lie awake until three every night",
      thing: "the night",
      aside: ["sleep", "need"],
      points: [
        point("Get up at the same hour every day, even on Sundays.", "same hour"),
        point("Keep the phone out of the bedroom.", "out of the bedroom"),
        point("Take your last coffee before noon.", "before noon"),
        point("See a doctor if it lasts for more than a month.", "see a doctor"),
      ],
    },
    {
      cue: ["two jobs"],
      ask: "I must choose between two jobs, one safe and one thrilling",
      thing: "the choice",
      points: [
        point("Talk to somebody who works at each place.", "talk to somebody"),
        point("Count how many months your savings would carry you.", "savings"),
        point("Imagine a dull Tuesday in both and see which one you dread.", "tuesday"),
      ],
    },
    {
      cue: ["first marathon"],
      ask: "I have signed up for my first marathon",
      thing: "the road",
      aside: ["sleep", "need"],
      points: [
        point("Add only a little distance each week.", "each week"),
        point("Run most of your miles slowly enough to chat.", "slowly"),
        point("Rest two days before the race.", "rest two days"),
      ],
    },
    {
      cue: ["homesick"],
      ask: "I have been homesick since I moved to another country",
      thing: "the distance",
      points: [
        point("Call home at a set time and not all day.", "set time"),
        point("Cook one dish from your childhood every weekend.", "childhood"),
        point("Join a choir or a club where people meet every week.", "choir", "club"),
      ],
    },
    {
      cue: ["sister", "inheritance"],
      ask: "My sister and I fight about the inheritance",
      thing: "the quarrel",
      points: [
        point("Meet on neutral ground, without partners.", "neutral ground"),
        point("Let each of you name the three things that matter most.", "matter most"),
        point("Bring in a mediator before you bring in lawyers.", "mediator"),
      ],
    },
    {
      cue: ["wedding speech"],
      ask: "I am terrified of giving a wedding speech",
      thing: "the fear",
      points: [
        point("Keep it to three minutes and one story.", "three minutes"),
        point("Practise it aloud in front of a mirror.", "aloud"),
        point("Breathe out slowly before the first line.", "breathe"),
      ],
    },
    {
      cue: ["grandson", "vegetables"],
      ask: "My grandson refuses to eat vegetables",
      thing: "the dinner table",
      aside: ["milk", "sugar"],
      points: [
        point("Let him wash and chop them with you.", "chop"),
        point("Put a small piece on the plate without any pressure.", "pressure"),
        point("Offer the same kind again ten times.", "ten times"),
      ],
    },
    {
      cue: ["adopt", "dog"],
      ask: "We think of adopting a dog, so should we adopt one at all",
      thing: "the leash",
      points: [
        point("Work out who walks it at six in the morning.", "at six"),
        point("Borrow one from the shelter for a weekend.", "borrow"),
        point("Set money aside for the vet.", "vet"),
      ],
    },
    {
      cue: ["give up smoking"],
      ask: "I try to give up smoking and fail each time",
      thing: "the habit",
      points: [
        point("Pick a day and tell three friends about it.", "pick a day"),
        point("Find out which hours tempt you and plan something for your hands.", "hands"),
        point("Ask a pharmacist about patches.", "pharmacist"),
      ],
    },
    {
      cue: ["learn", "italian", "sixty"],
      ask: "I would like to learn Italian at sixty but fear it is too late",
      thing: "the grammar",
      points: [
        point("Study for twenty minutes a day and never for hours.", "twenty minutes"),
        point("Find a partner to chat with once a week.", "partner"),
        point("Listen to songs and sing along.", "songs"),
      ],
    },
  ],
};
