import { afterAll, expect, test } from "vitest";
import { compile, graph, Session, State } from "../engine/index.ts";
import { smallGpt2, smallLlama } from "../models/configs.fixture.ts";
import { weightValues } from "../models/index.ts";
import { randomWeights } from "../models/random-weights.fixture.ts";
import { logProbs, referenceForward } from "../models/reference-forward.fixture.ts";
import { policyPass, tokenInputs } from "./policy-pass.ts";
import { layOut } from "./token-layout.ts";

const responses = [
  { promptIds: [1, 2, 3], tokens: [4, 5, 6, 7] },
  { promptIds: [8], tokens: [9] },
  { promptIds: [3, 3], tokens: [18, 0, 2] },
];
const sessions: Session[] = [];
afterAll(() => Promise.all(sessions.map((session) => session.dispose())));

test.each([
  ["rotary positions, gated", smallLlama],
  ["learned positions, tied embeddings", smallGpt2],
])("log-probs and distribution are those of plain loops: %s", async (_, config) => {
  const weights = randomWeights(config, 11);
  // one row more than responses: padding must disturb nothing
  const layout = layOut(responses, 4, config.context);
  const g = graph();
  const pass = policyPass(g, config, tokenInputs(g, layout.shape));
  const { logProbs: chosen, distribution, hidden } = pass;
  expect(hidden.shape).toEqual([layout.shape.tokens, config.dim]);
  expect(distribution.shape).toEqual([layout.shape.tokens, config.vocabSize]);
  const session = await Session.open(compile({ chosen, distribution }), { threads: 1 });
  sessions.push(session);
  const found = await session.run(layout.feeds, { state: new State(weightValues(config, weights)) });
  let k = 0;
  for (const { promptIds, tokens } of responses) {
    const logits = referenceForward(config, weights, [...promptIds, ...tokens]);
    for (const [t, token] of tokens.entries()) {
      const expected = logProbs(logits[promptIds.length + t - 1]!);
      expect(found.chosen!.data[k]).toBeCloseTo(expected[token]!, 4);
      for (const [id, logProb] of expected.entries())
        expect(found.distribution!.data[k * config.vocabSize + id]).toBeCloseTo(logProb, 4);
      k += 1;
    }
  }
  expect(k).toBe(layout.count);
});
