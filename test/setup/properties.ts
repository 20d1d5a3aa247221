import fc from "fast-check";

/**
 * Property tests draw the same inputs on every run, so that a failure is a change's and not luck's. To explore others:
 * FAST_CHECK_SEED=7 npm test. A search for a smaller counterexample ends after 100 s.
 */
fc.configureGlobal({
  seed: Number(process.env.FAST_CHECK_SEED ?? 1),
  interruptAfterTimeLimit: 100_000,
  markInterruptAsFailure: true,
});
