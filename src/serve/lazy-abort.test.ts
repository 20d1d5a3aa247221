import { describe, expect, test } from "vitest";
import { LazyAbort } from "./lazy-abort.ts";

const told = () => {
  const reasons: unknown[] = [];
  return { reasons, onAbort: (reason: unknown) => void reasons.push(reason) };
};

test("listeners are told once; those that have unlistened, never; late ones, at once", () => {
  const abort = new LazyAbort();
  const [early, gone, late] = [told(), told(), told()];
  abort.listen(early);
  abort.listen(gone);
  abort.unlisten(gone);
  abort.abort("why");
  abort.abort("again");
  abort.listen(late);
  expect([early.reasons, gone.reasons, late.reasons]).toEqual([["why"], [], ["why"]]);
});

test.each([
  ["asked for before", true],
  ["asked for after", false],
])("the signal is aborted with the reason, %s", (_, before) => {
  const abort = new LazyAbort();
  const early = before ? abort.signal : undefined;
  abort.abort("why");
  const { signal } = abort;
  if (before) expect(signal).toBe(early);
  expect(signal).toMatchObject({ aborted: true, reason: "why" });
});

describe.each([
  ["a signal", () => new AbortController()],
  ["one of its own kind", () => new LazyAbort()],
])("within %s", (_, make) => {
  test("it follows, with the reason, before and after the other's end", () => {
    const outer = make();
    const inner = new LazyAbort(outer);
    outer.abort("why");
    expect(inner).toMatchObject({ aborted: true, reason: "why" });
    expect(new LazyAbort(outer)).toMatchObject({ aborted: true, reason: "why" });
  });

  test("once released it does not", () => {
    const outer = make();
    const inner = new LazyAbort(outer);
    inner.release();
    outer.abort("why");
    expect(inner.aborted).toBe(false);
  });

  test("its own end is its own", () => {
    const outer = make();
    new LazyAbort(outer).abort("why");
    expect(outer.signal.aborted).toBe(false);
  });
});

describe("until", () => {
  const never = new Promise<never>(() => {});

  test("is the work's result, or its failure", async () => {
    expect(await new LazyAbort().until(Promise.resolve(1))).toBe(1);
    await expect(new LazyAbort().until(Promise.reject(new Error("no")))).rejects.toThrow("no");
  });

  test("does not wait for work that ignores the signal", async () => {
    const abort = new LazyAbort();
    const waiting = abort.until(never);
    abort.abort(new Error("late"));
    await expect(waiting).rejects.toThrow("late");
    await expect(abort.until(never)).rejects.toThrow("late");
  });
});
