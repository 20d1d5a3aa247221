import { z } from "zod";

export const LORA_FORMAT = "allgood-lora/1";

/** Matrices of a layer that an adapter may stand beside; `gate` only where the model has one. */
export const LORA_TARGETS = ["query", "key", "value", "output", "gate", "up", "down"] as const;
export type LoraTarget = (typeof LORA_TARGETS)[number];

export type AdapterShape = {
  /** Columns of A, rows of B. */
  readonly rank: number;
  /** The product counts α/rank. */
  readonly alpha: number;
  readonly targets: readonly LoraTarget[];
};

/** The metadata of an adapter's file, where everything is text. */
export const adapterSchema = z
  .object({
    format: z.literal(LORA_FORMAT, "not an adapter that we read"),
    rank: z.coerce.number().int("not a whole number").min(1, "not above 0"),
    alpha: z.coerce.number().positive("not above 0"),
    targets: z
      .string()
      .transform((text) => text.split(","))
      .pipe(z.array(z.enum(LORA_TARGETS, "no matrix that can be adapted"))),
  })
  .transform(({ rank, alpha, targets }): AdapterShape => ({ rank, alpha, targets }));
