/** A reward that could not be had from where it is computed. */
export type RemoteFault = {
  /** The human value that is measured. */
  value: string;
  /** Where it was asked, without a query or secrets. */
  address: string;
  /** What is wrong, in a few words. */
  problem: string;
  found?: string;
  expected?: string;
  fix?: string;
  /** True where asking again may help: network, time, 429, 5xx. */
  transient?: boolean;
  /** Seconds after which the server asked to come again. */
  retryAfter?: number;
};

/** No reward, and why: a server that does not answer, or answers with anything but one finite raw reward an item. */
export class RemoteRewardError extends Error {
  override readonly name = "RemoteRewardError";
  readonly fault: RemoteFault;

  constructor(fault: RemoteFault, options?: ErrorOptions) {
    super(describe(fault), options);
    this.fault = fault;
  }

  get transient(): boolean {
    return this.fault.transient === true;
  }
}

/** An answer that is not what a protocol says. The caller adds value and address. */
export class AnswerError extends Error {
  override readonly name = "AnswerError";
  readonly fault: Pick<RemoteFault, "problem" | "found" | "expected" | "fix">;

  constructor(fault: AnswerError["fault"]) {
    super(fault.problem);
    this.fault = fault;
  }
}

function describe({ value, address, problem, found, expected, fix }: RemoteFault): string {
  const details = [found && `found ${found}`, expected && `expected ${expected}`].filter(Boolean);
  const body = details.length === 0 ? "" : ` (${details.join(", ")})`;
  return `the reward of "${value}" at ${address}: ${problem}${body}${fix === undefined ? "" : `. ${fix}`}`;
}
