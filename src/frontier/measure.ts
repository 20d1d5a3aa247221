import { quantile, sigmoid, standardise } from "../objective/index.ts";
import type { CandidateSet } from "../preferences/index.ts";
import { allGood, choiceProbability, SIGNS, signsOf, VALUES, type Value } from "../world/index.ts";
import type { FiveNumbers, FrontierRow } from "./types.ts";

/** Responses to a prompt, weighted evenly, with truth and learned rewards. */
export type JudgedResponse = {
  readonly response: string;
  readonly truth: Readonly<Record<string, number>>;
  /** Raw rewards in the order of VALUES. */
  readonly rewards: readonly number[];
};

/** A test prompt with what the base policy says to it. */
export type TestPrompt = {
  readonly set: CandidateSet;
  /** Raw rewards of the base samples, `rewards[value][sample]`. */
  readonly rewards: readonly Float64Array[];
  /** r_ref(x) of each value. */
  readonly references: readonly number[];
};

type Measured = Omit<FrontierRow, "method" | "setting" | "seed" | "kl">;

/** Base samples that a response is held against. */
const RIVALS = 32;

/**
 * Everything that is counted about some responses to the test prompts.
 * @param chosen responses of each prompt, in the order of `prompts`; the same number each
 * @param temperatures in the order of VALUES
 */
export function measure(
  prompts: readonly TestPrompt[],
  chosen: readonly (readonly JudgedResponse[])[],
  temperatures: readonly number[],
): Measured {
  const all = chosen.flat();
  const byPrompt = chosen.map((responses) => mean(responses.map(({ truth }) => (allGood(truth) ? 1 : 0))));
  const perValue = <T>(of: (v: number, value: string) => T): Record<string, T> =>
    Object.fromEntries(VALUES.map((value, v) => [value, of(v, value)]));
  const perPrompt = (of: (prompt: TestPrompt, response: JudgedResponse) => number) =>
    chosen.map((responses, p) => mean(responses.map((response) => of(prompts[p]!, response))));
  const trueByPrompt = perValue((_, value) => perPrompt((_prompt, { truth }) => truth[value]!));
  const proxyByPrompt = perValue((v) =>
    perPrompt(({ rewards }, response) => {
      const rivals = rewards[v]!.subarray(0, RIVALS);
      return mean(Array.from(rivals, (rival) => sigmoid((response.rewards[v]! - rival) / temperatures[v]!)));
    }),
  );
  const winsByPrompt = perValue((_, value) =>
    perPrompt(({ set }, { truth }) =>
      mean(
        set.candidates
          .slice(0, RIVALS)
          .map((rival) =>
            choiceProbability(plain(truth[value]!), plain(rival.truth![value]!), value as Value),
          ),
      ),
    ),
  );
  const signs = chosen.map((responses) => responses.map(({ response }) => signsOf(response)));
  const signsByPrompt = perSign((sign) => signs.map((some) => mean(some.map((each) => each[sign]))));
  return {
    allGood: mean(byPrompt),
    trueValues: perValue((_, value) => mean(trueByPrompt[value]!)),
    proxy: perValue((_, value) => mean(proxyByPrompt[value]!)),
    trueWins: perValue((_, value) => mean(winsByPrompt[value]!)),
    probes: perSign((sign) => mean(signsByPrompt[sign])),
    distributions: perValue((v, value) => ({
      truth: five(all.map(({ truth }) => truth[value]!)),
      z: five(
        chosen.flatMap((responses, p) =>
          responses.map(({ rewards }) =>
            standardise(rewards[v]!, prompts[p]!.references[v]!, temperatures[v]!),
          ),
        ),
      ),
    })),
    byPrompt,
    trueByPrompt: perValue((_, value) => trueByPrompt[value]!.map(rounded)),
    probesByPrompt: perSign((sign) => signsByPrompt[sign].map(rounded)),
    gapByPrompt: chosen.map((_, p) =>
      rounded(mean(VALUES.map((value) => proxyByPrompt[value]![p]! - winsByPrompt[value]![p]!))),
    ),
  };
}

/** What a rater sees who has no weakness: the truth, and neither length nor tone. */
const plain = (truth: number) => ({ truth, words: 0, tone: 0 });

/** Five decimals keep a file of thousands of rows small. */
const rounded = (x: number): number => Number(x.toFixed(5));

const perSign = <T>(of: (sign: (typeof SIGNS)[number]) => T) =>
  Object.fromEntries(SIGNS.map((sign) => [sign, of(sign)])) as Record<(typeof SIGNS)[number], T>;

const five = (numbers: readonly number[]): FiveNumbers =>
  [0.05, 0.25, 0.5, 0.75, 0.95].map((q) => quantile(numbers, q)) as unknown as FiveNumbers;

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
