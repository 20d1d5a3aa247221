import type { RewardItem } from "../reward-model.ts";

/** How one kind of server is asked. Only builds a request and reads an answer; the caller does the rest. */
export type Protocol = {
  /** Where requests go. */
  url: string;
  /** Most items one request holds. */
  batch: number;
  /** The JSON body of a request. */
  request(items: readonly RewardItem[]): unknown;
  /**
   * Raw rewards, in the order of the items.
   * @param answer parsed JSON
   * @throws AnswerError where it is anything but one reward an item
   */
  rewards(answer: unknown, count: number): number[];
};

/** The server's address with a path, unless it ends in it (or in another of `known`) already. */
export function withPath(url: string, path: string, known: readonly string[] = [path]): string {
  const address = new URL(url);
  const own = address.pathname.replace(/\/+$/, "");
  if (!known.some((each) => own.endsWith(each))) address.pathname = `${own}${path}`;
  return address.href;
}
