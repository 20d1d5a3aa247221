import {
  float32,
  gather,
  int64,
  mul,
  scatterAddRows,
  softplus,
  sub,
  sum,
  type Tensor,
  zeros,
} from "../../engine/index.ts";
import {
  type Algorithm,
  type AlgorithmContext,
  type AlgorithmPart,
  logRatio,
  type ScoredRollouts,
} from "../algorithm.ts";
import { flatTokens, layOut } from "../token-layout.ts";

export type DpoOptions = {
  /**
   * `soft`: the label of a pair is σ(u⁺ − u⁻), the share of Bradley–Terry raters with utility u who would choose y⁺. `hard`:
   * 1, as if all did. Default `soft`.
   */
  labels?: "soft" | "hard";
  /** `all` pairs of a prompt's responses, or `best-worst` alone, which trains on two responses a prompt. Default `all`. */
  pairs?: "all" | "best-worst";
  /** Updates from one batch of rollouts. Default 1. */
  epochs?: number;
};

/** Two responses to one prompt, as indices of rollouts, the better one first, and the label of their preference. */
export type RankedPair = { readonly chosen: number; readonly rejected: number; readonly label: number };

/**
 * DPO (Rafailov et al. 2023, equation 7) on pairs ranked by u, with labels s: for the margin
 * m = β[(log π − log π_ref)(y⁺) − (log π − log π_ref)(y⁻)] the loss is −s log σ(m) − (1 − s) log σ(−m), averaged over pairs;
 * β is the KL weight γ.
 *
 * Soft labels put the minimum of every pair at m = u⁺ − u⁻, whichever policy the responses came from: the optimum is
 * π* ∝ π_ref exp(u/γ), and there the gradient is zero pair by pair, not on average. Hard labels have no minimum: the policy
 * goes past π*, towards the best response alone, and only the number of steps holds it.
 */
export function dpo({ labels = "soft", pairs = "all", epochs = 1 }: DpoOptions = {}): Algorithm {
  let metrics: Record<string, number> = {};
  return {
    name: "dpo",
    loss(g, pass, { rows, tokens }) {
      const count = pairCapacity(rows);
      const references = g.input("referenceLogProbs", "float32", [tokens]);
      const owners = g.input("owners", "int64", [tokens]);
      const chosen = g.input("chosen", "int64", [count]);
      const rejected = g.input("rejected", "int64", [count]);
      const label = g.input("labels", "float32", [count]);
      const weight = g.input("weights", "float32", [count]);
      const beta = g.input("beta", "float32", []);
      const ratios = sequenceSums(sub(pass.logProbs, references), owners, rows);
      const margin = mul(beta, sub(gather(ratios, chosen), gather(ratios, rejected)));
      // −s log σ(m) − (1 − s) log σ(−m) = softplus(m) − s m
      return { loss: sum(mul(weight, sub(softplus(margin), mul(label, margin)))) };
    },
    async updates(batch, context) {
      const ranked = rankedPairs(batch, { labels, pairs });
      metrics = pairMetrics(ranked.flat(), batch);
      if (metrics.pairs === 0) return [];
      const parts = pairParts(ranked, batch, context);
      return Array.from({ length: epochs }, () => parts);
    },
    metrics: () => metrics,
  };
}

/** Sequences in a part at most, and so responses of one prompt that are compared with each other. */
const ROWS = 32;

/** Pairs among so many sequences: parts have room for all. */
const pairCapacity = (rows: number): number => (rows * (rows - 1)) / 2;

/** Σ over the tokens of each sequence: one number a row, and one more for the padding. */
function sequenceSums(perToken: Tensor, owners: Tensor, rows: number): Tensor {
  const start = perToken.graph.constant(zeros({ dtype: "float32", shape: [rows + 1] }));
  return scatterAddRows(start, owners, perToken);
}

/**
 * Pairs of responses to the same prompt. Among more than 32 responses to one prompt, pairs are made within the first 32,
 * the next 32, and so on. Responses of the same tokens make no pair: they have nothing to teach. Equal utilities make one
 * only where labels are soft: there it keeps the two in the proportion that the reference policy gave them.
 *
 * @returns the pairs by block of responses, without empty blocks
 */
export function rankedPairs(
  { rollouts, u, n }: Pick<ScoredRollouts, "rollouts" | "u" | "n">,
  { labels, pairs }: Required<Pick<DpoOptions, "labels" | "pairs">>,
): RankedPair[][] {
  const same = (a: number, b: number) => rollouts[a]!.tokens.join() === rollouts[b]!.tokens.join();
  const blocks: RankedPair[][] = [];
  for (let start = 0; start < rollouts.length; start += n) {
    for (let from = start; from < start + n; from += ROWS) {
      const members = Array.from({ length: Math.min(ROWS, start + n - from) }, (_, i) => from + i);
      // stable: of equals, the first sampled stands first
      members.sort((a, b) => u[b]! - u[a]!);
      const candidates =
        pairs === "all"
          ? members.flatMap((a, i) => members.slice(i + 1).map((b) => [a, b] as const))
          : [[members[0]!, members.at(-1)!] as const];
      const block = candidates
        .filter(([a, b]) => a !== b && (labels === "soft" || u[a] !== u[b]) && !same(a, b))
        .map(([chosen, rejected]) => ({
          chosen,
          rejected,
          label: labels === "hard" ? 1 : 1 / (1 + Math.exp(u[rejected]! - u[chosen]!)),
        }));
      if (block.length > 0) blocks.push(block);
    }
  }
  return blocks;
}

/** Fills parts with whole blocks, like lengths together. */
function pairParts(
  blocks: readonly RankedPair[][],
  { rollouts }: ScoredRollouts,
  { config, klWeight }: Pick<AlgorithmContext, "config" | "klWeight">,
): AlgorithmPart[] {
  const size = (i: number) => rollouts[i]!.promptIds.length + rollouts[i]!.tokens.length;
  const sized = blocks.map((pairs) => {
    const members = [...new Set(pairs.flatMap(({ chosen, rejected }) => [chosen, rejected]))];
    return { pairs, members, longest: Math.max(...members.map(size)) };
  });
  sized.sort((a, b) => a.longest - b.longest || a.members[0]! - b.members[0]!);
  const rows = Math.min(
    ROWS,
    sized.reduce((total, { members }) => total + members.length, 0),
  );
  const filled: { pairs: RankedPair[]; members: number[] }[] = [];
  for (const { pairs, members } of sized) {
    const last = filled.at(-1);
    if (last === undefined || last.members.length + members.length > rows)
      filled.push({ pairs: [...pairs], members: [...members] });
    else {
      last.pairs.push(...pairs);
      last.members.push(...members);
    }
  }
  const weight = 1 / blocks.reduce((total, pairs) => total + pairs.length, 0);
  return filled.map(({ pairs, members }): AlgorithmPart => {
    const responses = members.map((i) => rollouts[i]!);
    const layout = layOut(responses, rows, config.context);
    const { tokens } = layout.shape;
    const owners = new BigInt64Array(tokens).fill(BigInt(rows));
    let next = 0;
    for (const [row, response] of responses.entries()) {
      owners.fill(BigInt(row), next, next + response.tokens.length);
      next += response.tokens.length;
    }
    const rowOf = new Map(members.map((i, row) => [i, row]));
    const capacity = pairCapacity(rows);
    // a pair of the padding with itself has weight 0
    const placed = (pick: (pair: RankedPair) => number) =>
      int64(
        BigInt64Array.from({ length: capacity }, (_, p) =>
          BigInt(pairs[p] === undefined ? rows : rowOf.get(pick(pairs[p]))!),
        ),
      );
    const perPair = (pick: (pair: RankedPair) => number) =>
      float32(
        Float32Array.from({ length: capacity }, (_, p) => (pairs[p] === undefined ? 0 : pick(pairs[p]))),
      );
    return {
      layout,
      feeds: {
        referenceLogProbs: float32(
          flatTokens(
            responses.map(({ referenceLogProbs }) => referenceLogProbs),
            layout,
          ),
        ),
        owners: int64(owners),
        chosen: placed(({ chosen }) => chosen),
        rejected: placed(({ rejected }) => rejected),
        labels: perPair(({ label }) => label),
        weights: perPair(() => weight),
        beta: float32(Float32Array.of(klWeight), []),
      },
    };
  });
}

/** Before the update: how many pairs there are, and in what share of them the policy already leans to the better one. */
function pairMetrics(pairs: readonly RankedPair[], { rollouts }: ScoredRollouts): Record<string, number> {
  if (pairs.length === 0) return { pairs: 0 };
  const ratios = rollouts.map(logRatio);
  const right = pairs.filter(({ chosen, rejected }) => ratios[chosen]! > ratios[rejected]!).length;
  return { pairs: pairs.length, pairAccuracy: right / pairs.length };
}
