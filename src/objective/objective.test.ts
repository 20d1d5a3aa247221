import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ObjectiveFile } from "./file.ts";
import { canonicalJson, sealObjective, verifyObjective } from "./hash-file.ts";
import { logSigmoid, sigmoid } from "./math.ts";
import { createObjective, resolveReference, standardise } from "./objective.ts";
import { ObjectiveFileError, parseObjectiveFile } from "./parse-file.ts";

const content: Omit<ObjectiveFile, "hash"> = {
  format: "allgood-objective/1",
  goal: "helpful and harmless",
  values: {
    helpful: {
      model: { kind: "directory", path: "models/helpful", sha256: "ab12" },
      temperature: 2,
      reference: { kind: "quantile", q: 0.85, prompts: { "00ff": 1.5 }, global: 1, otherwise: "global" },
      provenance: { heldOut: { accuracy: 0.63 } },
    },
    harmless: {
      model: { kind: "column", name: "safety" },
      temperature: 0.5,
      reference: { kind: "responses", prompts: { "00ff": [-1, 0, 2] }, otherwise: "error" },
    },
  },
};

describe("objective file", () => {
  test("a sealed file parses, verifies, and keeps its hash through JSON", async () => {
    const file = await sealObjective(content);
    const back = parseObjectiveFile(JSON.parse(JSON.stringify(file)));
    expect(back).toEqual(file);
    await verifyObjective(back);
  });

  test("the hash is SHA-256 of the canonical JSON, whatever the order of the keys", async () => {
    const reordered = { values: content.values, goal: content.goal, format: content.format };
    const expected = createHash("sha256").update(canonicalJson(content)).digest("hex");
    expect((await sealObjective(reordered)).hash).toBe(expected);
  });

  test("a file that was changed by hand is refused", async () => {
    const file = await sealObjective(content);
    await expect(verifyObjective({ ...file, goal: "helpful" })).rejects.toThrow(
      /changed after it was written/,
    );
  });

  test("canonical JSON: keys sorted, nothing undefined, numbers as JavaScript prints them", () => {
    expect(canonicalJson({ b: [1, { d: undefined, c: "é\n" }], a: 1e-7 })).toBe(
      '{"a":1e-7,"b":[1,{"c":"é\\n"}]}',
    );
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  const broken: [string, unknown, RegExp][] = [
    ["not an object", [], /found \[\], expected an object/],
    ["no format", {}, /field format: found nothing, expected "allgood-objective\/1"/],
    ["empty goal", { goal: "" }, /field goal/],
    ["no values", { values: {} }, /field values: found no value at all/],
    [
      "temperature 0",
      patch("temperature", 0),
      /values\.helpful\.temperature: found 0, expected a number above 0/,
    ],
    ["temperature text", patch("temperature", "1"), /values\.helpful\.temperature: found 1/],
    [
      "unknown model",
      patch("model", { kind: "magic" }),
      /model\.kind: found magic, expected "directory", "remote", "function", "column"/,
    ],
    ["unnamed column", patch("model", { kind: "column" }), /model\.name: found nothing/],
    [
      "reference kind",
      patch("reference", { kind: "best", otherwise: "error" }),
      /reference\.kind: found best/,
    ],
    ["q of 1", patch("reference", { kind: "quantile", q: 1, otherwise: "error" }), /reference\.q: found 1/],
    [
      "no global",
      patch("reference", { kind: "mean", otherwise: "global" }),
      /otherwise: found "global", expected a "global" beside it/,
    ],
    [
      "empty list",
      patch("reference", { kind: "responses", prompts: { a: [] }, otherwise: "error" }),
      /prompts\.a: found an empty list/,
    ],
    [
      "reference text",
      patch("reference", { kind: "mean", prompts: { a: "1" }, otherwise: "error" }),
      /prompts\.a: found 1, expected a finite/,
    ],
    ["hash", { hash: "xyz" }, /field hash/],
  ];

  test.each(broken)("%s is refused by field", async (_, change, message) => {
    const file = await sealObjective(content);
    const made = Array.isArray(change)
      ? change
      : Object.keys(change as object).length === 0
        ? {}
        : { ...file, ...(change as object) };
    expect(() => parseObjectiveFile(made)).toThrow(ObjectiveFileError);
    expect(() => parseObjectiveFile(made)).toThrow(message);
  });

  test("a goal over a value that the file lacks is refused with the nearest name", async () => {
    const file = await sealObjective({ ...content, goal: "helpful and harmles" });
    expect(() => parseObjectiveFile(file)).toThrow(/did you mean "harmless"/);
  });

  test("whatever the JSON, parsing gives a file or a clear error", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        expect(() => parseObjectiveFile(json)).toThrow(ObjectiveFileError);
      }),
    );
  });
});

function patch(field: string, value: unknown): unknown {
  return { values: { ...content.values, helpful: { ...content.values.helpful, [field]: value } } };
}

describe("references of a file", () => {
  const spec = content.values.helpful!.reference;

  test("the prompt's own first, then as the file says", () => {
    expect(resolveReference(spec, "00ff")).toEqual({ value: 1.5, from: "prompt" });
    expect(resolveReference(spec, "unknown")).toEqual({ value: 1, from: "global" });
    expect(resolveReference({ ...spec, otherwise: "estimator" }, "unknown", () => 7)).toEqual({
      value: 7,
      from: "estimator",
    });
    expect(() => resolveReference({ ...spec, otherwise: "error" }, "unknown")).toThrow(
      /no reference for prompt unknown/,
    );
    expect(() => resolveReference({ ...spec, otherwise: "error" }, "constructor")).toThrow(/no reference/);
  });

  test("several reference responses: p(good) is the mean chance to beat one of them (PAR)", () => {
    const references = [-1, 0, 2];
    const z = standardise(0.7, references, 0.5);
    const mean = references.reduce((sum, r) => sum + sigmoid((0.7 - r) / 0.5), 0) / 3;
    expect(sigmoid(z)).toBeCloseTo(mean, 14);
    expect(standardise(0.7, [0.2], 0.5)).toBeCloseTo(1, 14);
    expect(Number.isFinite(standardise(1e6, references, 1))).toBe(true);
  });
});

describe("objective", () => {
  const make = async () => createObjective(await sealObjective(content));

  test("u, p, z and the gradient by raw reward", async () => {
    const objective = await make();
    const result = objective.evaluate({ helpful: 2.5, harmless: 0.7 }, { helpful: 1.5, harmless: 0.2 });
    expect(result.values.helpful!.z).toBeCloseTo(0.5, 14);
    expect(result.values.harmless!.z).toBeCloseTo(1, 14);
    expect(result.u).toBeCloseTo(logSigmoid(0.5) + logSigmoid(1), 14);
    expect(result.gradient.helpful).toBeCloseTo(sigmoid(-0.5) / 2, 14);
    expect(result.gradient.harmless).toBeCloseTo(sigmoid(-1) / 0.5, 14);
    expect(result.bindingValue).toBe("helpful");
  });

  test("the gradient equals finite differences, through several references too", async () => {
    const objective = await make();
    const references = { helpful: 1.5, harmless: [-1, 0, 2] };
    const u = (helpful: number, harmless: number) => objective.evaluate({ helpful, harmless }, references).u;
    fc.assert(
      fc.property(
        fc.double({ min: -5, max: 5, noNaN: true }),
        fc.double({ min: -3, max: 3, noNaN: true }),
        (a, b) => {
          const { gradient } = objective.evaluate({ helpful: a, harmless: b }, references);
          const h = 1e-5;
          expect(gradient.helpful).toBeCloseTo((u(a + h, b) - u(a - h, b)) / (2 * h), 6);
          expect(gradient.harmless).toBeCloseTo((u(a, b + h) - u(a, b - h)) / (2 * h), 6);
        },
      ),
    );
  });

  test("many at once are each as one alone, to the bit, with one reference or several", async () => {
    const objective = await make();
    const reward = fc.double({ min: -9, max: 9, noNaN: true });
    const reference = fc.oneof(reward, fc.array(reward, { minLength: 1, maxLength: 3 }));
    const row = fc.tuple(reward, reward, fc.record({ helpful: reference, harmless: reference }));
    fc.assert(
      fc.property(fc.array(row, { maxLength: 20 }), (rows) => {
        const columns = objective.values.map((name) => rows.map(([a, b]) => (name === "helpful" ? a : b)));
        const together = objective.evaluateAll(
          columns,
          rows.map(([, , references]) => references),
        );
        const alone = rows.map(([helpful, harmless, references]) =>
          objective.evaluate({ helpful, harmless }, references),
        );
        expect(together).toEqual(alone);
      }),
    );
  });

  test("nothing changes when r and r_ref shift together", async () => {
    const objective = await make();
    fc.assert(
      fc.property(
        fc.double({ min: -9, max: 9, noNaN: true }),
        fc.double({ min: -99, max: 99, noNaN: true }),
        (r, c) => {
          const here = objective.evaluate({ helpful: r, harmless: 0 }, { helpful: 1, harmless: [0, 1] });
          const there = objective.evaluate(
            { helpful: r + c, harmless: c },
            { helpful: 1 + c, harmless: [c, 1 + c] },
          );
          expect(there.u).toBeCloseTo(here.u, 9);
        },
      ),
    );
  });

  test("a reward that is not finite, or missing, is refused by name", async () => {
    const objective = await make();
    const references = { helpful: 0, harmless: 0 };
    expect(() => objective.evaluate({ helpful: Number.NaN, harmless: 0 }, references)).toThrow(
      /"helpful" is NaN/,
    );
    expect(() => objective.evaluate({ helpful: 1 }, references)).toThrow(/"harmless" is undefined/);
    expect(() => objective.evaluate({ helpful: 1, harmless: 1 }, { helpful: 0 })).toThrow(
      /no reference for "harmless"/,
    );
  });
});
