import { z } from "zod";

export const REWARD_FORMAT = "allgood-reward/1";

const ratio = z.number().min(0).max(1);
const interval = z.tuple([z.number(), z.number()]);
const accuracy = { accuracy: ratio, ci95: interval };
const counted = { pairs: z.int().min(0), prompts: z.int().min(0), ...accuracy };
const bins = z.array(z.object({ predicted: ratio, observed: ratio, count: z.int().min(1) }));
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "64 hex digits");

/** What `model.json` holds. */
export const modelInfoSchema = z.object({
  format: z.literal(REWARD_FORMAT),
  kind: z.literal("ngram"),
  /** The human value. */
  value: z.string().min(1),
  /** Name and version of the feature map. */
  features: z.string(),
  /** Length of θ. */
  dimension: z.int().min(1),
  weights: z.object({ file: z.string(), sha256, nonZero: z.int().min(0) }),
  /** Hashes of the prompts that it was fitted on, one a line, ascending. */
  prompts: z.object({ file: z.string(), sha256, count: z.int().min(1) }),
  /** Of the split by prompt, the folds and the bootstrap. */
  seed: z.int(),
  /** The half of all prompts that training was kept to. */
  half: z.union([z.literal(1), z.literal(2)]).optional(),
  lengthControl: z.boolean(),
  /** Strength of the penalty. */
  l2: z.number().min(0),
  data: z.array(z.object({ file: z.string(), sha256, format: z.string(), pairs: z.int().min(0) })),
  training: z.object({
    pairs: z.int().min(1),
    prompts: z.int().min(1),
    crossValidation: z.array(
      z.object({ l2: z.number(), negativeLogLikelihood: z.number(), accuracy: ratio }),
    ),
    iterations: z.int(),
    gradientNorm: z.number(),
  }),
  heldOut: z.object(counted),
  lengthBaseline: z.object({ direction: z.enum(["longer", "shorter"]), ...accuracy }),
  overLength: z.object({ value: z.number(), ci95: interval }),
  lengthStrata: z.array(z.object({ label: z.string(), lengthAccuracy: ratio, ...counted })),
  prefersLonger: z.object({ model: ratio, people: ratio }).nullable(),
  calibration: z.object({
    /** T > 0, fitted on the out-of-fold differences of the training part. */
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
});

/** Everything about a trained reward model but its weights. */
export type ModelInfo = z.output<typeof modelInfoSchema>;
