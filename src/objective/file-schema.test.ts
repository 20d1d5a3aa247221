import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ModelSpec, ObjectiveFile, RemoteSpec } from "./file.ts";
import { OBJECTIVE_SCHEMA } from "./file-schema.ts";
import { parseObjectiveFile } from "./parse-file.ts";

const validate = new Ajv2020({ strict: false }).compile(OBJECTIVE_SCHEMA);

const file: ObjectiveFile = {
  format: "allgood-objective/1",
  goal: "a",
  values: {
    a: {
      model: { kind: "directory", path: "m", sha256: "00" },
      temperature: 1,
      reference: {
        kind: "quantile",
        q: 0.85,
        prompts: { x: 1, y: [1, 2] },
        global: 0,
        estimator: {
          features: "prompt-1",
          intercept: 0,
          weights: [1],
          coverage: { value: 0.85, ci95: [0.8, 0.9], prompts: 9 },
        },
        otherwise: "estimator",
      },
    },
  },
  hash: "0".repeat(64),
};

const description = {
  format: "allgood-remote/1",
  value: "a",
  protocol: "tei",
  url: "http://h",
  text: "pair",
};
const models: ModelSpec[] = [
  file.values.a!.model,
  { kind: "function", path: "f.mjs", sha256: "00" },
  { kind: "remote", description: description as RemoteSpec },
  { kind: "column", name: "a" },
];
const withModel = (model: ModelSpec): ObjectiveFile => ({
  ...file,
  values: { a: { ...file.values.a!, model } },
});

/** Every place in the file, as a path of keys. */
function places(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, member]) => places(member, [...path, key]))];
}

function replaced(from: ObjectiveFile, path: string[], by: unknown): unknown {
  const copy = { root: structuredClone(from) as unknown };
  const steps = ["root", ...path];
  let at = copy as Record<string, unknown>;
  for (const step of steps.slice(0, -1)) at = at[step] as Record<string, unknown>;
  if (by === undefined) delete at[steps.at(-1)!];
  else at[steps.at(-1)!] = by;
  return copy.root;
}

describe("JSON Schema", () => {
  test.each(models)("accepts a full file with a model of kind $kind", (model) => {
    expect(validate(withModel(model))).toBe(true);
    expect(parseObjectiveFile(withModel(model))).toEqual(withModel(model));
  });

  test("agrees with the parser on any one change to a file", () => {
    const change = fc.oneof(
      fc.constant(undefined),
      fc.constantFrom(-1, 0, 1, 0.5, "", "x", null, [], {}, "error", "global"),
    );
    const oneChange = fc.constantFrom(...models).chain((model) => {
      const from = withModel(model);
      return fc.record({ from: fc.constant(from), path: fc.constantFrom(...places(from)), by: change });
    });
    fc.assert(
      fc.property(oneChange, ({ from, path, by }) => {
        const changed = replaced(from, path, by);
        // the schema can't know whether the goal names what the file has
        fc.pre(path[0] !== "goal" && path.join() !== "values" && path.join() !== "values.a");
        // numbers inside coverage are for people; the parser asks only for the object
        fc.pre(!path.includes("coverage"));
        let parses = true;
        try {
          parseObjectiveFile(changed);
        } catch {
          parses = false;
        }
        expect(parses).toBe(validate(changed));
      }),
      { numRuns: 2000 },
    );
  });
});
