/**
 * The goal language:
 *
 *     goal  := and ("or" and)*
 *     and   := not ("and" not)*
 *     not   := "not" not | power
 *     power := atom ("^" number)?
 *     atom  := name | "(" goal ")" | ("at least" | "at most" | "exactly") n "of" "(" goal ("," goal)* ")"
 *
 * @module
 */
import { type Formula, valuesOf } from "./formula.ts";
import { GoalError } from "./goal-error.ts";

type Token = { kind: "name" | "number" | "sign" | "word" | "end"; text: string; at: number };

const WORDS = new Set(["and", "or", "not", "at", "least", "most", "exactly", "of"]);
const PATTERN = /\s+|([\p{L}_][\p{L}\p{N}_-]*)|(\d+(?:\.\d+)?(?:e[+-]?\d+)?|\.\d+)|([(),^])/uy;
/** `constructor`, `__proto__`, …: every object has them, so a record of values by name would find what nobody put there. */
const TAKEN = new Set(Object.getOwnPropertyNames(Object.prototype));
const ATOM = ["a value's name", '"not"', '"("', '"at least n of (…)"'];
/** Deeper nesting than any person writes; keeps the recursion of the parser off the end of the stack. */
const MAX_DEPTH = 200;

/**
 * Reads a goal sentence.
 *
 * @throws GoalError with a caret under the place and what could stand there
 * @example parseGoal("helpful and (factual or not claim)")
 */
export function parseGoal(sentence: string): Formula {
  return new Parser(sentence).parse();
}

class Parser {
  private readonly tokens: Token[];
  private next = 0;
  private depth = 0;

  constructor(private readonly sentence: string) {
    this.tokens = tokenise(sentence);
  }

  parse(): Formula {
    const goal = this.or();
    if (this.peek().kind !== "end") this.fail(['"and"', '"or"', '"^"', "the end"]);
    return goal;
  }

  private or(): Formula {
    return this.chain("or", () => this.chain("and", () => this.not()));
  }

  private chain(kind: "and" | "or", part: () => Formula): Formula {
    const of = [part()];
    while (this.take("word", kind)) of.push(part());
    return of.length === 1 ? of[0]! : { kind, of };
  }

  private not(): Formula {
    if (++this.depth > MAX_DEPTH) this.fail([], `nested deeper than ${MAX_DEPTH}`);
    const formula: Formula = this.take("word", "not") ? { kind: "not", of: this.not() } : this.power();
    this.depth -= 1;
    return formula;
  }

  private power(): Formula {
    const atom = this.atom();
    if (!this.take("sign", "^")) return atom;
    const token = this.peek();
    const power = Number(token.text);
    if (token.kind !== "number" || !(power > 0 && Number.isFinite(power)))
      this.fail(["an importance above 0, like 2 or 0.5"]);
    this.next += 1;
    if (atom.kind === "value") return { ...atom, power };
    return { kind: "power", of: atom, power };
  }

  private atom(): Formula {
    const token = this.peek();
    if (token.kind === "name") {
      if (TAKEN.has(token.text))
        this.fail(
          ["another name"],
          `a value can't be called ${JSON.stringify(token.text)}: JavaScript uses that name`,
        );
      this.next += 1;
      return { kind: "value", name: token.text, power: 1 };
    }
    if (this.take("sign", "(")) {
      const inside = this.or();
      this.need("sign", ")", ['"and"', '"or"', '")"']);
      return inside;
    }
    if (this.take("word", "exactly")) return this.count((n) => [n, n]);
    if (this.take("word", "at")) {
      if (this.take("word", "least")) return this.count((n, all) => [n, all]);
      this.need("word", "most", ['"least"', '"most"']);
      return this.count((n) => [0, n]);
    }
    return this.fail(ATOM);
  }

  private count(range: (n: number, all: number) => [number, number]): Formula {
    const token = this.peek();
    if (token.kind !== "number" || !/^\d+$/.test(token.text)) this.fail(["a whole number"]);
    this.next += 1;
    this.need("word", "of", ['"of"']);
    this.need("sign", "(", ['"("']);
    const of = [this.or()];
    while (this.take("sign", ",")) of.push(this.or());
    this.need("sign", ")", ['","', '")"', '"and"', '"or"']);
    const n = Number(token.text);
    if (n > of.length) {
      throw new GoalError(`${n} of only ${of.length}`, {
        sentence: this.sentence,
        at: token.at,
        expected: [`a number up to ${of.length}`],
      });
    }
    const [low, high] = range(n, of.length);
    return { kind: "count", low, high, of };
  }

  private peek(): Token {
    return this.tokens[this.next]!;
  }

  private take(kind: Token["kind"], text: string): boolean {
    const token = this.peek();
    if (token.kind !== kind || token.text !== text) return false;
    this.next += 1;
    return true;
  }

  private need(kind: Token["kind"], text: string, expected: string[]): void {
    if (!this.take(kind, text)) this.fail(expected);
  }

  private fail(expected: string[], problem?: string): never {
    const token = this.peek();
    const found =
      token.kind === "end" ? "the sentence ends here" : `unexpected ${JSON.stringify(token.text)}`;
    throw new GoalError(problem ?? found, { sentence: this.sentence, at: token.at, expected });
  }
}

function tokenise(sentence: string): Token[] {
  const tokens: Token[] = [];
  PATTERN.lastIndex = 0;
  while (PATTERN.lastIndex < sentence.length) {
    const at = PATTERN.lastIndex;
    const match = PATTERN.exec(sentence);
    if (match === null) {
      throw new GoalError(`unexpected ${JSON.stringify(String.fromCodePoint(sentence.codePointAt(at)!))}`, {
        sentence,
        at,
        expected: [...ATOM, '"and"', '"or"'],
      });
    }
    const [text, name, number, sign] = match;
    if (name !== undefined) {
      const word = WORDS.has(name.toLowerCase());
      tokens.push({ kind: word ? "word" : "name", text: word ? name.toLowerCase() : name, at });
    } else if (number !== undefined) tokens.push({ kind: "number", text, at });
    else if (sign !== undefined) tokens.push({ kind: "sign", text, at });
  }
  tokens.push({ kind: "end", text: "", at: sentence.length });
  return tokens;
}

/**
 * Checks that every (…)^w shares no value with the rest of the sentence: its probability p^w would say nothing about
 * how it goes together with the value elsewhere.
 */
export function checkGroupPowers(sentence: string, goal: Formula): void {
  const occurrences = countOccurrences(goal);
  const visit = (formula: Formula): void => {
    if (formula.kind === "power") {
      const inside = countOccurrences(formula);
      const shared = valuesOf(formula).find((name) => inside.get(name) !== occurrences.get(name));
      if (shared !== undefined) {
        throw new GoalError(
          `"${shared}" stands inside a group with an importance and outside it, which leaves open how the two go together; give the importance to the values themselves`,
          { sentence, at: Math.max(sentence.indexOf("^"), 0) },
        );
      }
    }
    if (formula.kind === "not" || formula.kind === "power") visit(formula.of);
    else if ("of" in formula) formula.of.forEach(visit);
  };
  visit(goal);
}

function countOccurrences(formula: Formula, counts = new Map<string, number>()): Map<string, number> {
  if (formula.kind === "value") counts.set(formula.name, (counts.get(formula.name) ?? 0) + 1);
  else if (formula.kind === "not" || formula.kind === "power") countOccurrences(formula.of, counts);
  else if ("of" in formula) for (const part of formula.of) countOccurrences(part, counts);
  return counts;
}
