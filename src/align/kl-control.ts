/** γ over a run: fixed, or steered to a target KL. */
export type KlControl = {
  /** The weight for the next batch. */
  readonly weight: number;
  /** Told of the KL of a batch, in nats a response. */
  observe(kl: number): void;
  restore(weight: number): void;
};

/**
 * A proportional controller (Ziegler et al. 2019, section 2.2): the weight is multiplied by 1 + rate · clip(KL/target − 1,
 * ±0.2) after each batch. Without a target, it stays.
 * @param weight γ > 0 to begin with, or γ ≥ 0 without a target
 * @param options `target`: nats a response, above 0; `rate`: batch size over horizon, of which Ziegler et al. have
 *   512·4/10,000 ≈ 0.2; default 0.1
 * @throws RangeError for a number out of its range
 */
export function klControl(
  weight: number,
  { target, rate = 0.1 }: { target?: number; rate?: number } = {},
): KlControl {
  checkWeight(weight, target);
  if (target !== undefined && !(target > 0 && Number.isFinite(target)))
    throw new RangeError(`a target KL is a finite number above 0, got ${target}`);
  let current = weight;
  return {
    get weight() {
      return current;
    },
    observe(kl) {
      if (target === undefined) return;
      const error = Math.min(0.2, Math.max(-0.2, kl / target - 1));
      current *= 1 + rate * error;
    },
    restore(saved) {
      checkWeight(saved, target);
      current = saved;
    },
  };
}

function checkWeight(weight: number, target: number | undefined): void {
  if (!(weight >= 0 && Number.isFinite(weight)))
    throw new RangeError(`a KL weight is a finite number from 0 on, got ${weight}`);
  // multiplied, it would stay 0
  if (weight === 0 && target !== undefined)
    throw new RangeError("a KL weight that is steered to a target starts above 0");
}
