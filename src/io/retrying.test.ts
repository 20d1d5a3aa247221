import { expect, test } from "vitest";
import { orAborted, retrying } from "./retrying.ts";

class Fault extends Error {
  constructor(
    readonly passing: boolean,
    readonly retryAfter?: number,
  ) {
    super(passing ? "passing" : "lasting");
  }
}

const policy = (retries: number) =>
  retrying({
    retries,
    firstWaitMs: 1,
    maxWaitMs: 4,
    passing: (error) => error instanceof Fault && error.passing,
    retryAfter: (error) => (error instanceof Fault ? error.retryAfter : undefined),
  });

/** Fails with each fault in turn, then succeeds. */
function flaky(faults: readonly Fault[]) {
  const work = { tries: 0, run: async () => "" };
  work.run = async () => {
    const fault = faults[work.tries++];
    if (fault !== undefined) throw fault;
    return "done";
  };
  return work;
}

test("what passes is asked again, as often as allowed", async () => {
  const twice = flaky([new Fault(true), new Fault(true)]);
  expect(await policy(2).execute(twice.run)).toBe("done");
  expect(twice.tries).toBe(3);
  const thrice = flaky([new Fault(true), new Fault(true), new Fault(true)]);
  await expect(policy(2).execute(thrice.run)).rejects.toThrow("passing");
  expect(thrice.tries).toBe(3);
});

test("what lasts is not asked again", async () => {
  const once = flaky([new Fault(false)]);
  await expect(policy(5).execute(once.run)).rejects.toThrow("lasting");
  expect(once.tries).toBe(1);
});

test("a server that asks for time gets it", async () => {
  const waits: number[] = [];
  const patient = policy(2);
  patient.onRetry(({ delay }) => waits.push(delay));
  await patient.execute(flaky([new Fault(true, 0.05), new Fault(true)]).run);
  expect(waits[0]).toBeGreaterThanOrEqual(50);
  expect(waits[1]).toBeLessThan(50);
});

test("an aborted signal ends the wait at once, with its reason", async () => {
  const abort = new AbortController();
  const never = orAborted(new Promise<string>(() => undefined), abort.signal);
  abort.abort(new Error("enough"));
  await expect(never).rejects.toThrow("enough");
  await expect(orAborted(new Promise(() => undefined), abort.signal)).rejects.toThrow("enough");
  expect(await orAborted(Promise.resolve(1), new AbortController().signal)).toBe(1);
});
