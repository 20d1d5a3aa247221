/**
 * What is true in the demo world, where it can be looked up: subjects, each with the values of a few attributes.
 * All of it is true outside the demo world, too.
 * @module
 */

/** One kind of fact: how it is asked for, said and recognised. `{s}` is the subject, `{v}` the value. */
export type Attribute = {
  name: string;
  /** A sentence or a question is about this attribute if one of these stands in it. */
  cue: readonly string[];
  /** A noun phrase: `the capital of {s}`. Absent where nobody asks for it; it is only said in passing. */
  ask?: string;
  say: readonly string[];
};

/** A subject with the value of each attribute, and what people often believe of it instead. */
export type Subject = {
  name: string;
  kind: "country" | "animal" | "invention" | "thing";
  facts: Readonly<Record<string, string>>;
  errors: Readonly<Record<string, string>>;
};

/** A fact: one attribute of one subject. */
export type Fact = { subject: Subject; attribute: Attribute };

export const ATTRIBUTES: readonly Attribute[] = [
  {
    name: "capital",
    cue: ["capital"],
    ask: "the capital of {s}",
    say: ["the capital of {s} is {v}", "{s} has {v} as its capital"],
  },
  {
    name: "language",
    cue: ["language", "speak", "spoken"],
    ask: "the language of {s}",
    say: ["the main language of {s} is {v}", "most people in {s} speak {v}"],
  },
  {
    name: "continent",
    cue: ["continent"],
    ask: "the continent of {s}",
    say: ["the continent of {s} is {v}", "{s} belongs to the continent of {v}"],
  },
  {
    name: "young",
    cue: ["young", "baby"],
    ask: "the name for a young {s}",
    say: ["a young {s} is called a {v}", "the baby of a {s} is a {v}"],
  },
  {
    name: "food",
    cue: ["eat", "eats", "food"],
    ask: "the food of a {s}",
    say: ["a {s} eats mostly {v}", "the food of a {s} is mostly {v}"],
  },
  {
    name: "group",
    cue: ["class", "counts among"],
    ask: "the class of animals that holds the {s}",
    say: ["the {s} counts among the {v}", "the {s} is in the class of {v}"],
  },
  {
    name: "person",
    cue: ["person", "behind", "owe"],
    ask: "the person behind the {s}",
    say: ["the person behind the {s} is {v}", "we owe the {s} to {v}"],
  },
  {
    name: "year",
    cue: ["year", "dates from"],
    ask: "the year of the {s}",
    say: ["the {s} dates from {v}", "the year of the {s} is {v}"],
  },
  { name: "chemistry", cue: ["chemically"], say: ["chemically, {s} is {v}"] },
  { name: "boiling", cue: ["boils"], say: ["at sea level {s} boils at {v}"] },
  { name: "stimulant", cue: ["stimulant"], say: ["the main stimulant in {s} is {v}"] },
  { name: "sugar", cue: ["sugar"], say: ["the sugar in {s} is {v}"] },
  {
    name: "need",
    cue: ["needs", "per night"],
    say: ["when it comes to {s}, an adult needs about {v} per night"],
  },
];

/** Name, then for each attribute of the kind: the true value and the common error. */
type Row = readonly [name: string, ...values: (readonly [right: string, wrong: string])[]];

const countries: readonly Row[] = [
  ["France", ["Paris", "Lyon"], ["French", "Latin"], ["Europe", "Oceania"]],
  ["Spain", ["Madrid", "Barcelona"], ["Spanish", "Portuguese"], ["Europe", "Africa"]],
  ["Italy", ["Rome", "Milan"], ["Italian", "Latin"], ["Europe", "Asia"]],
  ["Vietnam", ["Hanoi", "Saigon"], ["Vietnamese", "Chinese"], ["Asia", "Oceania"]],
  ["Iran", ["Tehran", "Baghdad"], ["Persian", "Turkish"], ["Asia", "Africa"]],
  ["Morocco", ["Rabat", "Casablanca"], ["Arabic", "Turkish"], ["Africa", "Asia"]],
  [
    "Brazil",
    ["Brasilia", "Rio de Janeiro"],
    ["Portuguese", "Brazilian"],
    ["South America", "Central America"],
  ],
  ["Peru", ["Lima", "Cusco"], ["Spanish", "Peruvian"], ["South America", "Central America"]],
];

const animals: readonly Row[] = [
  ["horse", ["foal", "pony"], ["grass", "acorns"], ["mammals", "reptiles"]],
  ["panda", ["cub", "kit"], ["bamboo", "bananas"], ["mammals", "marsupials"]],
  ["seal", ["pup", "kitten"], ["fish", "seaweed"], ["mammals", "fishes"]],
  ["koala", ["joey", "kitten"], ["eucalyptus leaves", "bananas"], ["mammals", "reptiles"]],
  ["swan", ["cygnet", "duckling"], ["water plants", "bread"], ["birds", "reptiles"]],
  ["owl", ["owlet", "kit"], ["mice", "seeds"], ["birds", "mammals"]],
  ["frog", ["tadpole", "duckling"], ["insects", "seaweed"], ["amphibians", "reptiles"]],
  ["eel", ["elver", "tadpole"], ["small water animals", "seaweed"], ["fishes", "reptiles"]],
];

const inventions: readonly Row[] = [
  ["telephone", ["Alexander Graham Bell", "Nikola Tesla"], ["1876", "1920"]],
  ["phonograph", ["Thomas Edison", "Nikola Tesla"], ["1877", "1920"]],
  ["electric battery", ["Alessandro Volta", "Benjamin Franklin"], ["1800", "1776"]],
  ["mercury barometer", ["Evangelista Torricelli", "Galileo Galilei"], ["1643", "1776"]],
  ["smallpox vaccine", ["Edward Jenner", "Louis Pasteur"], ["1796", "1900"]],
  ["World Wide Web", ["Tim Berners-Lee", "Bill Gates"], ["1989", "2000"]],
  ["discovery of penicillin", ["Alexander Fleming", "Louis Pasteur"], ["1928", "1900"]],
  ["discovery of radium", ["Marie Curie", "Albert Einstein"], ["1898", "1920"]],
];

/** Everyday things, spoken of in passing: name, attribute, true value, common error. */
const things: readonly (readonly [string, string, string, string])[] = [
  ["vinegar", "chemistry", "an acid", "a noble gas"],
  ["lemon juice", "chemistry", "an acid", "a base"],
  ["baking soda", "chemistry", "a base", "an acid"],
  ["salt", "chemistry", "sodium chloride", "a noble gas"],
  ["water", "boiling", "one hundred degrees", "fifty degrees"],
  ["coffee", "stimulant", "caffeine", "nicotine"],
  ["milk", "sugar", "lactose", "glycerine"],
  ["sleep", "need", "eight hours", "three hours"],
];

function subjects(kind: Subject["kind"], attributes: readonly string[], rows: readonly Row[]): Subject[] {
  return rows.map(([name, ...values]) => ({
    name,
    kind,
    facts: Object.fromEntries(values.map(([right], i) => [attributes[i]!, right])),
    errors: Object.fromEntries(values.map(([, wrong], i) => [attributes[i]!, wrong])),
  }));
}

export const SUBJECTS: readonly Subject[] = [
  ...subjects("country", ["capital", "language", "continent"], countries),
  ...subjects("animal", ["young", "food", "group"], animals),
  ...subjects("invention", ["person", "year"], inventions),
  ...things.flatMap(([name, attribute, right, wrong]) =>
    subjects("thing", [attribute], [[name, [right, wrong]]]),
  ),
];

/** All values of an attribute, true of some subject or of none, without repeats. */
export function column(attribute: string): readonly string[] {
  return columns.get(attribute) ?? [];
}

const columns = new Map(
  ATTRIBUTES.map(({ name }) => [
    name,
    [
      ...new Set(
        SUBJECTS.flatMap(({ facts, errors }) => (name in facts ? [facts[name]!, errors[name]!] : [])),
      ),
    ],
  ]),
);

/** The fact with these names; throws a RangeError if the table has none. */
export function fact(subject: string, attribute: string): Fact {
  const found = SUBJECTS.find(({ name, facts }) => name === subject && attribute in facts);
  const kind = ATTRIBUTES.find(({ name }) => name === attribute);
  if (found === undefined || kind === undefined)
    throw new RangeError(`no fact "${attribute}" of "${subject}"`);
  return { subject: found, attribute: kind };
}

/** A true or false statement as a sentence without capital or full stop. */
export function statement({ subject, attribute }: Fact, value: string, form: number): string {
  return withArticles(
    attribute.say[form % attribute.say.length]!.replace("{s}", subject.name).replace("{v}", value),
  );
}

/** `a` before a vowel becomes `an`. */
export function withArticles(text: string): string {
  return text.replaceAll(/\b([Aa]) (?=[aeiou])/g, "$1n ");
}
