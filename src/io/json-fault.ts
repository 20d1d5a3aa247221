/** Where JSON text stops being JSON, and why. `offset` counts UTF-16 units from 0. */
export type JsonFault = { offset: number; problem: string; fix?: string };

/**
 * Finds the first fault in text that `JSON.parse` refused. JSON.parse itself does not always give a position, and its
 * wording changes with the Node version.
 */
export function findJsonFault(text: string): JsonFault {
  try {
    new Scanner(text).document();
  } catch (fault) {
    if (fault instanceof Found) return fault.fault;
    throw fault;
  }
  return { offset: text.length, problem: "not JSON" };
}

/** 1-based line and column of an offset. */
export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}

class Found {
  constructor(readonly fault: JsonFault) {}
}

const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const nonFinite = /[-+]?(?:NaN|nan|Infinity|inf)(?!\w)/y;
const literal = /(?:true|false|null)(?!\w)/y;
const escaped = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y;
const space = /[ \t\r\n]*/y;
const closing = { "[": "]", "{": "}" } as const;

/** Walks through JSON text without building it. Iterative, so that neither deep nesting nor long strings fill the stack. */
class Scanner {
  #at = 0;
  constructor(readonly text: string) {}

  document(): void {
    const open: ("[" | "{")[] = [];
    do {
      const opened = this.#valueOrOpening();
      if (opened !== undefined) open.push(opened);
      else this.#afterValue(open);
    } while (open.length > 0);
    if (this.#peek() !== undefined) this.#fail("text after the end of the value");
  }

  /** Passes a scalar or an empty list or object; of another one only its bracket and first key, and says which. */
  #valueOrOpening(): "[" | "{" | undefined {
    const first = this.#peek();
    if (first !== "[" && first !== "{") return this.#scalar(first);
    this.#at += 1;
    if (this.#peek() === closing[first]) {
      this.#at += 1;
      return undefined;
    }
    if (first === "{") this.#key();
    return first;
  }

  /** Closes what ends here, up to the comma before the next value or the end of the document. */
  #afterValue(open: ("[" | "{")[]): void {
    for (let inside = open.at(-1); inside !== undefined; inside = open.at(-1)) {
      const next = this.#peek();
      if (next !== "," && next !== closing[inside]) this.#fail(`expected "," or "${closing[inside]}"`);
      this.#at += 1;
      if (next === ",") {
        if (inside === "{") this.#key();
        return;
      }
      open.pop();
    }
  }

  #key(): void {
    if (this.#peek() !== '"') this.#fail("expected a property name in double quotes");
    this.#string();
    if (this.#peek() !== ":") this.#fail('expected ":"');
    this.#at += 1;
  }

  #scalar(first: string | undefined): undefined {
    if (first === '"') return this.#string();
    const bad = this.#match(nonFinite);
    if (bad !== undefined) {
      this.#at -= bad.length;
      this.#fail(`${bad} is not JSON, a number must be finite`, "Leave such rows out, or write null");
    }
    if (this.#match(number) === undefined && this.#match(literal) === undefined)
      this.#fail("expected a value");
    return undefined;
  }

  #string(): undefined {
    const { text } = this;
    for (this.#at += 1; text[this.#at] !== '"'; ) {
      const character = text[this.#at];
      if (character === undefined) this.#fail("a string is not closed");
      else if (character < " ") this.#fail("a control character in a string");
      else if (character !== "\\") this.#at += 1;
      else if (this.#match(escaped) === undefined) this.#fail("a bad escape in a string");
    }
    this.#at += 1;
    return undefined;
  }

  /** The next character that is not space. */
  #peek(): string | undefined {
    this.#match(space);
    return this.text[this.#at];
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #fail(problem: string, fix?: string): never {
    const ended = this.#at >= this.text.length ? "the text ends too early, " : "";
    throw new Found({ offset: this.#at, problem: `${ended}${problem}`, ...(fix !== undefined && { fix }) });
  }
}
