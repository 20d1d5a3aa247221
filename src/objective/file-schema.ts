import { OBJECTIVE_FORMAT, REFERENCE_KINDS, REMOTE_FORMAT } from "./file.ts";

const finite = { type: "number" };
const referenceValue = { anyOf: [finite, { type: "array", items: finite, minItems: 1 }] };
const interval = { type: "array", items: finite, minItems: 2, maxItems: 2 };

const filled = { type: "string", minLength: 1 };

const hashed = (kind: string, description: string) => ({
  type: "object",
  required: ["kind", "path", "sha256"],
  properties: { kind: { const: kind }, path: { ...filled, description }, sha256: filled },
});

const model = {
  oneOf: [
    hashed("directory", "model directory, relative to the objective file"),
    hashed("function", "JavaScript module, relative to the objective file"),
    {
      type: "object",
      required: ["kind", "description"],
      properties: {
        kind: { const: "remote" },
        description: {
          type: "object",
          required: ["format", "value", "protocol", "url"],
          properties: { format: { const: REMOTE_FORMAT }, value: filled, protocol: filled, url: filled },
          description: "how to ask a server for rewards; see docs/remote-rewards.md",
        },
      },
    },
    {
      type: "object",
      required: ["kind", "name"],
      properties: {
        kind: { const: "column" },
        name: { type: "string", minLength: 1, description: "column of raw rewards in the data" },
      },
    },
  ],
};

const estimator = {
  type: "object",
  required: ["features", "intercept", "weights", "coverage"],
  properties: {
    features: { type: "string", minLength: 1 },
    intercept: finite,
    weights: { type: "array", items: finite },
    coverage: {
      type: "object",
      required: ["value", "ci95", "prompts"],
      properties: { value: finite, ci95: interval, prompts: { type: "integer", minimum: 0 } },
    },
  },
};

const reference = {
  type: "object",
  required: ["kind", "otherwise"],
  properties: {
    kind: {
      enum: REFERENCE_KINDS,
      description: "how the numbers were made",
    },
    q: { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 },
    prompts: { type: "object", additionalProperties: referenceValue, description: "r_ref by prompt hash" },
    estimator,
    global: referenceValue,
    otherwise: {
      enum: ["error", "global", "estimator"],
      description: "what a prompt gets that `prompts` lacks",
    },
  },
  allOf: ["global", "estimator"].map((field) => ({
    if: { properties: { otherwise: { const: field } } },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { required: [field] },
  })),
};

/** JSON Schema (2020-12) of the objective file, for editors and other languages. */
export const OBJECTIVE_SCHEMA = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Allgood objective",
  type: "object",
  required: ["format", "goal", "values", "hash"],
  properties: {
    format: { const: OBJECTIVE_FORMAT },
    goal: { type: "string", minLength: 1, description: "a sentence over the values: helpful and harmless" },
    values: {
      type: "object",
      minProperties: 1,
      additionalProperties: {
        type: "object",
        required: ["model", "temperature", "reference"],
        properties: {
          model,
          temperature: { type: "number", exclusiveMinimum: 0 },
          reference,
          provenance: { type: "object" },
        },
      },
    },
    hash: { type: "string", pattern: "^[0-9a-f]{64}$" },
  },
};
