import { expect, test } from "vitest";
import { compile, float32, Session } from "../../engine/index.ts";
import { weightValues } from "../../models/index.ts";
import { softplus } from "../../objective/index.ts";
import { makePairs } from "../pairs.fixture.ts";
import { HEADS, pairFeeds, pairLoss, type TokenPair } from "./pair-loss.ts";
import { pooledLength } from "./pooled-pass.ts";
import { encodeItem } from "./sequence.ts";
import { transformerModel } from "./transformer-model.ts";
import { makeModel, tokenizer } from "./trunk.fixture.ts";
import { createTrunk } from "./trunk.ts";

test("is Σ w(softplus(m − Δ) + c(r⁺ + r⁻)²)/Σ w of the rewards that the models give, head by head", async () => {
  const model = makeModel();
  const trunk = createTrunk(model, tokenizer, { length: 64, session: { threads: 1 } });
  const size = pooledLength(model.config);
  const heads = [0, 1].map((k) => Float32Array.from({ length: size }, (_, i) => Math.sin(i + 5 * k)));
  const models = heads.map((head) => transformerModel("m", "v", { trunk, head }));
  const made = makePairs(3);
  const marks = [
    { head: 0, margin: 0, weight: 1 },
    { head: 1, margin: 0.5, weight: 3 },
    { head: 1, margin: -1, weight: 0.5 },
  ];
  const pairs = made.map(({ prompt, chosen, rejected }, i): TokenPair => {
    const encode = (response: string) => encodeItem(tokenizer, { prompt, response }, 64);
    return { chosen: encode(chosen), rejected: encode(rejected), ...marks[i]! };
  });
  let expected = 0;
  for (const [i, { prompt, chosen, rejected }] of made.entries()) {
    const { head, margin, weight } = marks[i]!;
    const [a, b] = await models[head]!.score([
      { prompt, response: chosen },
      { prompt, response: rejected },
    ]);
    expected += (weight / 4.5) * (softplus(margin - (a! - b!)) + 0.01 * (a! + b!) ** 2);
  }
  // one pair more than there are: its rows are empty and count nothing
  const shape = { rows: 8, length: 64 };
  const { loss, trained } = pairLoss(model.config, shape, { heads: 2, centring: 0.01 });
  expect(trained.map(({ name }) => name)).toContain(HEADS);
  const session = await Session.open(compile({ loss }), { threads: 1 });
  const matrix = Float32Array.from({ length: 2 * size }, (_, i) => heads[i % 2]![i >> 1]!);
  const { feeds } = pairFeeds(pairs, shape, { heads: 2 });
  const found = await session.run({
    ...weightValues(model.config, model.weights),
    ...feeds,
    [HEADS]: float32(matrix, [size, 2]),
  });
  await session.dispose();
  expect(found.loss!.data[0]).toBeCloseTo(expected, 4);
});
