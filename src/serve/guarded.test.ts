import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { InputError } from "../io/errors.ts";
import type { RewardItem, RewardModel } from "../rewards/index.ts";
import { echoModel, rewardOf } from "./echo-model.fixture.ts";
import { type Circuit, guarded } from "./guarded.ts";

const items: RewardItem[] = [{ prompt: [{ role: "user", content: "a secret" }], response: "b" }];

/** A model that does what `behave` says, call by call; it answers once there is nothing more to do. */
function scripted(...behave: (() => Promise<Float64Array>)[]): RewardModel & { calls(): number } {
  const model = echoModel();
  let calls = 0;
  return { ...model, calls: () => calls, score: (own) => (behave[calls++] ?? (() => model.score(own)))() };
}

const fails = () => Promise.reject(Object.assign(new Error("a secret"), { code: "ECONNREFUSED" }));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("guarded", () => {
  test("opens after failures in a row, refuses without a call, and closes after a probe that succeeds", async () => {
    const states: Circuit[] = [];
    const inner = scripted(fails, fails, fails, fails);
    const model = guarded(inner, { failures: 3, restMs: 5_000, onChange: (state) => states.push(state) });
    for (let i = 0; i < 3; i++)
      await expect(model.score(items)).rejects.toMatchObject({ code: "upstream_failed" });
    expect(model.circuit()).toBe("open");
    vi.advanceTimersByTime(1_500);
    await expect(model.score(items)).rejects.toMatchObject({ code: "upstream_down", retryAfter: 4 });
    expect(inner.calls()).toBe(3);
    vi.advanceTimersByTime(3_500);
    await expect(model.score(items)).rejects.toMatchObject({ code: "upstream_failed" });
    expect(model.circuit()).toBe("open");
    vi.advanceTimersByTime(5_000);
    expect(Array.from(await model.score(items))).toEqual(items.map(rewardOf));
    expect(model.circuit()).toBe("closed");
    expect(states).toEqual(["open", "half-open", "open", "half-open", "closed"]);
  });

  test("a success between failures starts the count again", async () => {
    const answers = () => Promise.resolve(Float64Array.from(items, rewardOf));
    const model = guarded(scripted(fails, fails, answers, fails, fails), { failures: 3 });
    for (let i = 0; i < 5; i++) await model.score(items).catch(() => {});
    expect(model.circuit()).toBe("closed");
  });

  test("a model that hangs fails in time, and counts", async () => {
    const model = guarded(
      scripted(() => new Promise(() => {})),
      { failures: 1, timeoutMs: 2_000 },
    );
    const asked = expect(model.score(items)).rejects.toThrow("did not answer within 2 s");
    await vi.advanceTimersByTimeAsync(2_000);
    await asked;
    expect(model.circuit()).toBe("open");
  });

  test("neither a caller that leaves nor an input that is refused counts", async () => {
    const refuses = () => Promise.reject(new InputError({ problem: "too long" }));
    const hangs = () => new Promise<Float64Array>(() => {});
    const model = guarded(scripted(hangs, refuses), { failures: 1 });
    const abort = new AbortController();
    const asked = expect(model.score(items, { signal: abort.signal })).rejects.toThrow("left");
    abort.abort(new Error("left"));
    await asked;
    await expect(model.score(items)).rejects.toMatchObject({ code: "upstream_failed" });
    expect(model.circuit()).toBe("closed");
  });

  test("says what kind of failure it was and not its message, which may hold what another client sent", async () => {
    const error = await guarded(scripted(fails))
      .score(items)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: expect.stringContaining("ECONNREFUSED") });
    expect((error as Error).message).not.toContain("secret");
  });
});
