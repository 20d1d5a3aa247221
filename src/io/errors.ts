/**
 * Errors that a person can act on: where it is, what was found, what was expected, what to do.
 * @module
 */

/** What is wrong with an input. Every part is optional but `problem`; the message is built from all of them. */
export type Fault = {
  /** What is wrong, in a few words: `a reward is not a number`. */
  problem: string;
  file?: string;
  /** 1-based line of a text file, or 1-based row of a table or JSON array. */
  line?: number;
  field?: string;
  found?: string;
  expected?: string;
  /** What the reader can do about it. */
  fix?: string;
};

/** An input that can't be used. The command line prints its message and exits with 1. */
export class InputError extends Error {
  override readonly name = "InputError";
  readonly fault: Fault;

  constructor(fault: Fault, options?: ErrorOptions) {
    super(describeFault(fault), options);
    this.fault = fault;
  }
}

/** A command that was called the wrong way. The command line prints its message and exits with 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

function describeFault(fault: Fault): string {
  const place = [fault.file, fault.line].filter((part) => part !== undefined).join(":");
  const details = [
    fault.field !== undefined && `field ${JSON.stringify(fault.field)}`,
    fault.found !== undefined && `found ${fault.found}`,
    fault.expected !== undefined && `expected ${fault.expected}`,
  ].filter((part) => part !== false);
  const head = `${place === "" ? "" : `${place}: `}${fault.problem}`;
  const body = details.length === 0 ? "" : ` (${details.join(", ")})`;
  return `${head}${body}${fault.fix === undefined ? "" : `. ${fault.fix}`}`;
}

/** A short, printable form of any value for an error message: JSON, cut at 80 characters, no control characters. */
export function show(value: unknown): string {
  const text = typeof value === "number" ? String(value) : (JSON.stringify(value) ?? String(value));
  const printable = text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "?");
  return printable.length > 80 ? `${printable.slice(0, 77)}…` : printable;
}
