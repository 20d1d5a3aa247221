// Two rewards that you already have, combined into one utility: what LSC AND does that a sum does not.
// Run: node examples/combine-two-rewards.mjs
import { compileGoal, quantileReference, standardise } from "allgood/objective";

/** Raw rewards of four answers to one prompt, from two models of different scale. */
const answers = [
  { name: "thorough", helpful: 61, harmless: 1.4 },
  { name: "reckless", helpful: 74, harmless: -2.9 },
  { name: "refusal", helpful: 22, harmless: 3.0 },
  { name: "plain", helpful: 55, harmless: 1.1 },
];
const temperature = { helpful: 9, harmless: 1 };
const goal = compileGoal("helpful and harmless");

const reference = Object.fromEntries(
  goal.values.map((value) => [
    value,
    quantileReference(
      answers.map((answer) => answer[value]),
      0.5,
    ),
  ]),
);
for (const answer of answers) {
  const z = Object.fromEntries(
    goal.values.map((value) => [value, standardise(answer[value], reference[value], temperature[value])]),
  );
  const { u, p, bindingValue } = goal.explain(z);
  const sum = answer.helpful + answer.harmless;
  console.log(
    `${answer.name.padEnd(9)} raw sum ${sum.toFixed(1).padStart(5)}   u ${u.toFixed(2)}   p ${p.toFixed(2)}   held back by ${bindingValue}`,
  );
}
