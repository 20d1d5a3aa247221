import { z } from "zod";
import { POOLED_FEATURES } from "./transformer/pooled-pass.ts";

export const REWARD_FORMAT = "allgood-reward/1";

const ratio = z.number().min(0).max(1);
const interval = z.tuple([z.number(), z.number()]);
const accuracy = { accuracy: ratio, ci95: interval };
const counted = { pairs: z.int().min(0), prompts: z.int().min(0), ...accuracy };
const bins = z.array(z.object({ predicted: ratio, observed: ratio, count: z.int().min(1) }));
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "64 hex digits");

const crossValidation = z.array(
  z.object({ l2: z.number(), negativeLogLikelihood: z.number(), accuracy: ratio }),
);

const storedFile = z.object({ file: z.string(), sha256 });

/** What `model.json` holds of every model. */
const shared = {
  format: z.literal(REWARD_FORMAT),
  /** The human value. */
  value: z.string().min(1),
  /** Hashes of the prompts that it was fitted on, one a line, ascending. */
  prompts: storedFile.extend({ count: z.int().min(1) }),
  /** Of the split by prompt, the folds and the bootstrap. */
  seed: z.int(),
  /** The half of all prompts that training was kept to. */
  half: z.union([z.literal(1), z.literal(2)]).optional(),
  data: z.array(storedFile.extend({ format: z.string(), pairs: z.int().min(0) })),
  heldOut: z.object(counted),
  lengthBaseline: z.object({ direction: z.enum(["longer", "shorter"]), ...accuracy }),
  overLength: z.object({ value: z.number(), ci95: interval }),
  lengthStrata: z.array(z.object({ label: z.string(), lengthAccuracy: ratio, ...counted })),
  prefersLonger: z.object({ model: ratio, people: ratio }).nullable(),
  calibration: z.object({
    /** T > 0, fitted on differences of the training part that no fit has seen: out of fold, or of the cut. */
    temperature: z.number().positive(),
    atBound: z.boolean(),
    /** On the held-out pairs, at T = 1 and at the fitted T. */
    eceBefore: ratio,
    eceAfter: ratio,
    /** What perfect probabilities would show on as many pairs. */
    eceIfPerfect: ratio,
    negativeLogLikelihoodBefore: z.number(),
    negativeLogLikelihoodAfter: z.number(),
    before: bins,
    after: bins,
  }),
  /** Characters: quartiles over the responses trained on. */
  lengths: z.object({ q25: z.number(), median: z.number(), q75: z.number() }),
};

const ngramFeatures = {
  /** Name and version of the feature map. */
  features: z.string(),
  /** Length of θ. */
  dimension: z.int().min(1),
  weights: storedFile.extend({ nonZero: z.int().min(0) }),
  /** Strength of the penalty. */
  l2: z.number().min(0),
};

const ngramInfoSchema = z.object({
  ...shared,
  kind: z.literal("ngram"),
  ...ngramFeatures,
  lengthControl: z.boolean(),
  training: z.object({
    pairs: z.int().min(1),
    prompts: z.int().min(1),
    crossValidation,
    iterations: z.int(),
    gradientNorm: z.number(),
  }),
});

const transformerInfoSchema = z.object({
  ...shared,
  kind: z.literal("transformer"),
  /** One number a feature of the trunk; the weight of the blend is in it. */
  weights: storedFile,
  trunk: z.object({
    /** Relative to the model's folder; beside it where models of several values share it. */
    folder: z.enum(["trunk", "../trunk"]),
    files: z.array(storedFile),
    parameters: z.int().min(1),
    /** What is read off it. */
    features: z.literal(POOLED_FEATURES),
    /** Longest sequence in tokens. */
    length: z.int().min(2),
  }),
  /** The n-gram model that it is blended with; its reward is added, and the weight of the blend is in its weights. */
  base: z.object(ngramFeatures).nullable(),
  training: z.object({
    pairs: z.int().min(1),
    prompts: z.int().min(1),
    /** Strength of the penalty on the head, and what else was tried. */
    l2: z.number().min(0),
    crossValidation,
    /** Weights of the two parts, fitted on pairs that neither was fitted on. */
    blend: z.object({ ngram: z.number().min(0), transformer: z.number().min(0) }).nullable(),
    /** Where the trunk was trained along. */
    tuning: z
      .object({
        /** Pairs of the training part that were cut off, to say when to stop and to fit blend and temperature. */
        cutPairs: z.int().min(1),
        batch: z.int().min(1),
        learningRate: z.number().positive(),
        centring: z.number().min(0),
        /** Updates made, and the one whose weights were kept. */
        steps: z.int().min(0),
        step: z.int().min(0),
        /** Loss on the cut over the updates. */
        measured: z.array(z.object({ step: z.int().min(0), loss: z.number() })),
      })
      .nullable(),
  }),
  /** On the held-out pairs: each part alone, and the accuracy of the blend less that of the n-gram model. */
  parts: z
    .object({
      ngram: z.object(counted),
      transformer: z.object(counted),
      overNgram: z.object({ value: z.number(), ci95: interval }),
      /** Nats of log-likelihood that a pair gains over the n-gram model, each at its own temperature. */
      likelihoodGain: z.object({ value: z.number(), ci95: interval }),
    })
    .nullable(),
});

/** What `model.json` holds; see docs/rewards.md. */
export const modelInfoSchema = z.discriminatedUnion("kind", [ngramInfoSchema, transformerInfoSchema]);

/** Everything about a trained reward model but its weights. */
export type ModelInfo = z.output<typeof modelInfoSchema>;
export type NgramInfo = z.output<typeof ngramInfoSchema>;
export type TransformerInfo = z.output<typeof transformerInfoSchema>;
