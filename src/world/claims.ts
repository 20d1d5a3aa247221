import { ATTRIBUTES, column, type Fact, SUBJECTS, type Subject } from "./facts.ts";
import { HEDGES } from "./lexicon.ts";
import { has, hasAny, padded, type Sentence, sentences } from "./text.ts";

/** A factual statement found in a text. */
export type Claim = Fact & {
  right: boolean;
  /** Said with a "perhaps". */
  hedged: boolean;
};

/**
 * The claims of a response that the table of facts can judge.
 *
 * A sentence claims something about a subject and an attribute if it names a value of that attribute (a capital, a
 * year) and speaks of the attribute: by a cue word, or because `asked` asks for it. The subject is the one named in
 * the sentence; else the last one named before; else the one asked for. The claim is right if the sentence names the
 * table's value, and no other value of the column that belongs to none of the subjects it names.
 * A value the table doesn't know claims nothing.
 */
export function readClaims(response: string, asked: readonly Fact[]): Claim[] {
  const claims: Claim[] = [];
  let last: Subject[] = asked.slice(0, 1).map(({ subject }) => subject);
  for (const sentence of sentences(response)) {
    const named = subjectsIn(sentence);
    if (named.length > 0) last = named;
    for (const attribute of ATTRIBUTES) {
      const relevant = asked.some((ask) => ask.attribute === attribute) || hasAny(sentence, attribute.cue);
      if (!relevant) continue;
      const about = last.filter(({ facts }) => attribute.name in facts);
      const said = valuesIn(sentence, attribute.name);
      if (about.length === 0 || said.length === 0) continue;
      const known = new Set(about.map(({ facts }) => facts[attribute.name]!));
      const stray = said.some((value) => !known.has(value));
      for (const subject of about) {
        const right = !stray && said.includes(subject.facts[attribute.name]!);
        claims.push({ subject, attribute, right, hedged: hasAny(sentence, HEDGES) });
      }
    }
  }
  return claims;
}

/** The facts that a prompt asks for: a subject and an attribute that people ask for, both named in it. */
export function readAskedFacts(prompt: string): Fact[] {
  const text = padded(prompt);
  return subjectsIn(text).flatMap((subject) =>
    ATTRIBUTES.filter(
      ({ name, ask, cue }) => ask !== undefined && name in subject.facts && hasAny(text, cue),
    ).map((attribute) => ({ subject, attribute })),
  );
}

const subjectPhrases = SUBJECTS.map((subject) => ({ subject, phrase: padded(subject.name).trim() }));
const valuePhrases = new Map(
  ATTRIBUTES.map(({ name }) => [
    name,
    column(name).map((value) => ({ value, phrase: padded(value).trim() })),
  ]),
);

function subjectsIn(sentence: Sentence): Subject[] {
  return subjectPhrases.filter(({ phrase }) => has(sentence, phrase)).map(({ subject }) => subject);
}

/** Values of a column named in a sentence; "not Paris" names nothing. */
function valuesIn(sentence: Sentence, attribute: string): string[] {
  const denies = has(sentence, "not");
  return valuePhrases
    .get(attribute)!
    .filter(({ phrase }) => has(denies ? sentence.replaceAll(` not ${phrase} `, " ") : sentence, phrase))
    .map(({ value }) => value);
}
