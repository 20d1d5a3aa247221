import { afterAll, describe, expect, it } from "vitest";
import { createRandom } from "../stats/random.ts";
import { graph } from "./graph.ts";
import { sum } from "./ops/broadcast.ts";
import { add, mul, square } from "./ops/elementwise.ts";
import { matmul } from "./ops/matmul.ts";
import { gather } from "./ops/pick.ts";
import { adamW, scheduleFeeds } from "./optimiser.ts";
import { compile } from "./program.ts";
import { type Provider, Session, SessionError } from "./session.ts";
import { SessionCache } from "./session-cache.ts";
import { State } from "./state.ts";
import { bool, float32, int64 } from "./tensor.ts";
import { trainStep } from "./train.ts";

const doubling = (size: number) => {
  const x = graph().input("x", "float32", [size]);
  return compile({ y: mul(x, 2) });
};

describe("a run", () => {
  const session = Session.open(doubling(3), { threads: 1 });
  afterAll(async () => (await session).dispose());

  it("reads a view of a larger array where it lies", async () => {
    const store = Float32Array.of(9, 1, 2, 3, 9);
    const { y } = await (await session).run({ x: float32(store.subarray(1, 4), [3]) });
    expect(Array.from(y!.data, Number)).toEqual([2, 4, 6]);
    store[2] = 50;
    const again = await (await session).run({ x: float32(store.subarray(1, 4), [3]) });
    expect(Array.from(again.y!.data, Number)).toEqual([2, 100, 6]);
  });

  it("writes outputs into given arrays", async () => {
    const y = float32(new Float32Array(3), [3]);
    const found = await (await session).run({ x: float32([1, 2, 3]) }, { into: { y } });
    expect(found.y).toBe(y);
    expect(Array.from(y.data)).toEqual([2, 4, 6]);
  });

  it.each([
    [{}, 'input "x" is missing: float32[3]'],
    [{ x: float32([1, 2]) }, 'input "x" is float32[2], expected float32[3]'],
    [{ x: int64([1, 2, 3]) }, 'input "x" is int64[3], expected float32[3]'],
    [{ x: bool([1, 0, 1]) }, 'input "x" is bool[3], expected float32[3]'],
    [{ x: float32([1, 2, 3]), z: float32([1]) }, 'there is no input "z"'],
  ])("refuses feeds that do not fit: %#", async (feeds, message) => {
    await expect((await session).run(feeds)).rejects.toThrow(new SessionError(message));
  });

  it("refuses an output array that does not fit", async () => {
    const run = (await session).run({ x: float32([1, 2, 3]) }, { into: { y: float32([1]) } });
    await expect(run).rejects.toThrow('output "y" is float32[1], expected float32[3]');
  });

  it("says what went wrong inside the runtime", async () => {
    const g = graph();
    const x = g.input("x", "float32", [2, 1]);
    const picked = await Session.open(compile({ y: gather(x, g.input("i", "int64", [1])) }), { threads: 1 });
    const run = picked.run({ x: float32([1, 2], [2, 1]), i: int64([7]) });
    await expect(run).rejects.toThrow(/^the run failed: .*(indices|idx|out of)/i);
    await picked.dispose();
  });
});

describe("providers", () => {
  it.each([0, 1.5, Number.NaN])("threads are whole numbers: %s", async (threads) => {
    await expect(Session.open(doubling(1), { threads })).rejects.toThrow("threads is a whole number ≥ 1");
  });

  it("an absent one is named beside those that are there", async () => {
    const open = Session.open(doubling(1), { provider: "tpu" as Provider });
    await expect(open).rejects.toThrow(SessionError);
    await expect(open).rejects.toThrow(
      /^the execution provider "tpu" can't be used here\. This onnxruntime-node brings cpu\b/,
    );
  });
});

describe("state", () => {
  /** total ← total + x */
  const counter = () => {
    const g = graph();
    const [x, total] = [g.input("x", "float32", []), g.input("total", "float32", [])];
    const next = add(total, x);
    return compile({ seen: mul(next, 1) }, [{ input: total, next, startsAtZero: true }]);
  };
  const one = { x: float32([1], []) };

  it("goes from run to run, and between two arrays only", async () => {
    const session = await Session.open(counter(), { threads: 1 });
    const state = new State();
    const arrays = new Set<unknown>();
    for (let i = 1; i <= 6; i++) {
      const { seen } = await session.run(one, { state });
      expect(Number(seen!.data[0])).toBe(i);
      expect(state.get("total").data[0]).toBe(i);
      arrays.add(state.get("total").data);
    }
    expect(arrays.size).toBe(2);
    await session.dispose();
  });

  it("never writes into arrays that were given", async () => {
    const session = await Session.open(counter(), { threads: 1 });
    const start = float32([10], []);
    const state = new State({ total: start });
    for (let i = 1; i <= 4; i++) await session.run(one, { state });
    expect(state.get("total").data[0]).toBe(14);
    expect(start.data[0]).toBe(10);
    state.set("total", start);
    for (let i = 1; i <= 4; i++) await session.run(one, { state });
    expect([state.get("total").data[0], start.data[0]]).toEqual([14, 10]);
    await session.dispose();
  });

  it("supplies inputs that are not fed, for programs without state too", async () => {
    const session = await Session.open(doubling(2), { threads: 1 });
    const { y } = await session.run({}, { state: new State({ x: float32([1, 2]) }) });
    expect(Array.from(y!.data, Number)).toEqual([2, 4]);
    await session.dispose();
  });

  it("is required where a program changes it, and one run at a time", async () => {
    const session = await Session.open(counter(), { threads: 1 });
    await expect(session.run(one)).rejects.toThrow("this program changes its state: pass one to run");
    const state = new State();
    const first = session.run(one, { state });
    await expect(session.run(one, { state })).rejects.toThrow(
      "a run on this state has not ended: await it first",
    );
    await first;
    expect(state.get("total").data[0]).toBe(1);
    expect(() => state.get("other")).toThrow('the state has no "other"');
    await session.dispose();
  });

  it("does not start at zero unless the program says so", async () => {
    const g = graph();
    const w = g.input("w", "float32", []);
    const session = await Session.open(compile({ y: mul(w, 1) }, [{ input: w, next: mul(w, 2) }]), {
      threads: 1,
    });
    await expect(session.run({}, { state: new State() })).rejects.toThrow('input "w" is missing: float32[]');
    await session.dispose();
  });
});

describe("the cache", () => {
  it("keeps the sessions used last, and disposes of the others", async () => {
    const cache = new SessionCache({ threads: 1, capacity: 2 });
    const built: number[] = [];
    const get = (size: number) =>
      cache.get(String(size), () => {
        built.push(size);
        return doubling(size);
      });
    const first = await get(1);
    await get(2);
    expect(await get(1)).toBe(first);
    await get(3);
    expect(cache.size).toBe(2);
    expect(await get(1)).toBe(first);
    await get(2);
    expect(built).toEqual([1, 2, 3, 2]);
    await cache.dispose();
    expect(cache.size).toBe(0);
    await expect(first.run({ x: float32([1]) })).rejects.toThrow("the run failed");
  });

  it("does not keep a key whose program can't be built", async () => {
    const cache = new SessionCache({ threads: 1 });
    const broken = () => {
      throw new Error("no program");
    };
    await expect(cache.get("a", broken)).rejects.toThrow("no program");
    expect(cache.size).toBe(0);
  });
});

it("memory does not grow over hundreds of training steps", async () => {
  const g = graph();
  const [x, w] = [g.input("x", "float32", [64, 256]), g.input("w", "float32", [256, 256])];
  const optimiser = adamW();
  const loss = sum(square(matmul(x, w)));
  const session = await Session.open(trainStep(loss, [w], optimiser, { maxNorm: 1 }), { threads: 1 });
  const random = createRandom(1);
  const draw = (size: number) => Float32Array.from({ length: size }, () => 0.01 * random.normal());
  const state = new State({ w: float32(draw(256 * 256), [256, 256]) });
  const batch = float32(draw(64 * 256), [64, 256]);
  const steps = async (from: number, to: number) => {
    for (let step = from; step < to; step++) {
      await session.run({ x: batch, ...scheduleFeeds(optimiser, { step, learningRate: 1e-4 }) }, { state });
    }
    return process.memoryUsage();
  };
  const before = await steps(1, 100);
  const after = await steps(100, 700);
  // one copy of the state is 0.75 MB: a leak of one a step would be 450 MB
  expect(after.rss - before.rss).toBeLessThan(100e6);
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(20e6);
  await session.dispose();
});
