/**
 * Whether questions chosen by disagreement teach more than random ones, at equal numbers: `allgood label` with the demo
 * world's raters, both ways, over seeds. A model is judged by the truth: the share of pairs of responses to prompts of
 * another world, unequal in the true value, that it puts in the right order.
 *
 *   npx tsx bench/label.ts [--seeds 8] [--values helpful,harmless,factual,creative] [--rounds 6] [--per-round 50] [--json]
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createWorldRater } from "../src/cli/label/world-rater.ts";
import { table } from "../src/cli/table.ts";
import type { Message } from "../src/preferences/index.ts";
import { Collection, type Judgement, loadRewardModel, type RewardModel } from "../src/rewards/index.ts";
import { bootstrap } from "../src/stats/bootstrap.ts";
import { createWorld, VALUES } from "../src/world/index.ts";

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    seeds: { type: "string", default: "8" },
    values: { type: "string", default: VALUES.join(",") },
    rounds: { type: "string", default: "6" },
    "per-round": { type: "string", default: "50" },
    prompts: { type: "string", default: "240" },
  },
});
const seeds = Array.from({ length: Number(options.seeds) }, (_, i) => i + 1);
const rounds = Number(options.rounds);
const perRound = Number(options["per-round"]);
const WAYS = ["random", "disagreement"] as const;

type Row = { value: string; seed: number; by: (typeof WAYS)[number]; questions: number; accuracy: number };

const rows: Row[] = [];
for (const value of options.values.split(",")) {
  for (const seed of seeds) for (const by of WAYS) rows.push(...(await collect(value, seed, by)));
}
const summary = options.values
  .split(",")
  .flatMap((value) => Array.from({ length: rounds }, (_, r) => summarise(value, (r + 1) * perRound)));
if (options.json) console.log(JSON.stringify({ summary, rows }));
else {
  const interval = (ci95: readonly number[]) => ci95.map((x) => x.toFixed(3)).join(", ");
  console.log(
    table(
      ["value", "questions", ...WAYS, "difference", "95 % over seeds", "seeds ahead"],
      summary.map(({ value, questions, random, disagreement, difference, ahead }) => [
        value,
        String(questions),
        random.toFixed(3),
        disagreement.toFixed(3),
        difference.value.toFixed(3),
        interval(difference.ci95),
        `${ahead} of ${seeds.length}`,
      ]),
    ),
  );
}

function summarise(value: string, questions: number) {
  const of = (by: Row["by"], seed: number) =>
    rows.find(
      (row) => row.value === value && row.seed === seed && row.by === by && row.questions === questions,
    )!.accuracy;
  const mean = (numbers: number[]) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
  const gaps = seeds.map((seed) => of("disagreement", seed) - of("random", seed));
  return {
    value,
    questions,
    random: mean(seeds.map((seed) => of("random", seed))),
    disagreement: mean(seeds.map((seed) => of("disagreement", seed))),
    difference: bootstrap(seeds.length, (units) => mean(Array.from(units, (i) => gaps[i]!)), { seed: 1 }),
    ahead: gaps.filter((gap) => gap > 0).length,
  };
}

async function collect(value: string, seed: number, by: Row["by"]): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), "allgood-bench-"));
  const test = unequalPairs(value, seed);
  const rater = createWorldRater(value, seed);
  const found: Row[] = [];
  const collection = await Collection.open({
    folder,
    identity: "bench",
    value,
    sets: createWorld(seed, { prompts: Number(options.prompts) }).candidateSets,
    rounds,
    perRound,
    by,
    seed,
  });
  try {
    for (;;) {
      const question = await collection.next();
      if (collection.rounds.length > found.length) {
        const model = await loadRewardModel(join(folder, "model"));
        const accuracy = await truthAccuracy(model, test);
        found.push({ value, seed, by, questions: collection.rounds.length * perRound, accuracy });
      }
      if (question === undefined) break;
      await collection.judge(question, (await rater.ask(question)) as Judgement);
    }
  } finally {
    await collection.close();
    await rm(folder, { recursive: true });
  }
  process.stderr.write(
    `${value} ${seed} ${by} ${found.map(({ accuracy }) => accuracy.toFixed(3)).join(" ")}\n`,
  );
  return found;
}

type TestPair = { prompt: Message[]; better: string; worse: string };

function unequalPairs(value: string, seed: number): TestPair[] {
  return createWorld(seed + 1000, { prompts: 160 }).candidateSets.flatMap(({ prompt, candidates }) =>
    candidates.flatMap((better) =>
      candidates
        .filter((worse) => better.truth![value]! > worse.truth![value]!)
        .map((worse) => ({ prompt, better: better.response, worse: worse.response })),
    ),
  );
}

async function truthAccuracy(model: RewardModel, pairs: readonly TestPair[]): Promise<number> {
  const items = pairs.flatMap(({ prompt, better, worse }) => [
    { prompt, response: better },
    { prompt, response: worse },
  ]);
  const rewards = await model.score(items);
  let right = 0;
  for (let i = 0; i < pairs.length; i++) {
    const difference = rewards[2 * i]! - rewards[2 * i + 1]!;
    right += difference > 0 ? 1 : difference === 0 ? 0.5 : 0;
  }
  return right / pairs.length;
}
