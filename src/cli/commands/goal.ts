import { UsageError } from "../../io/errors.ts";
import { compileGoal, type Explanation, type Goal } from "../../objective/index.ts";
import { colours } from "../colours.ts";
import { action, type Register } from "../command.ts";
import { table } from "../table.ts";

/** `allgood goal`: what a sentence says about one answer. */
export const registerGoal: Register = (program, report) => {
  program
    .command("goal")
    .description("explain a goal sentence: u, p, the gradient per value, and what holds it back")
    .argument("<sentence>", 'such as "helpful and (factual or not claim)"')
    .requiredOption("--z <name=number,…>", "z = (r − r_ref)/T of every value in the sentence")
    .addHelpText("after", '\nExample:\n  allgood goal "helpful and harmless" --z helpful=1.2,harmless=-0.3')
    .action(
      action<{ z: string }>(report, async ([sentence], { z }) => {
        const given = parseAssignments(z);
        const goal = compileGoal(sentence!, Object.keys(given));
        const explanation = goal.explain(given);
        const { u, p, gradient, bindingValue } = explanation;
        return { json: { u, p, gradient, bindingValue }, text: describe(goal, explanation) };
      }),
    );
};

/** Reads `a=1,b=-0.5`. */
function parseAssignments(text: string): Record<string, number> {
  const entries = text.split(",").map((part): [string, number] => {
    const [name, number, ...rest] = part.split("=").map((side) => side.trim());
    const value = Number(number);
    if (!name || !number || rest.length > 0 || !Number.isFinite(value)) {
      throw new UsageError(
        `--z takes name=number pairs, such as helpful=1.2,factual=-0.3; found "${part.trim()}"`,
      );
    }
    return [name, value];
  });
  const names = entries.map(([name]) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new UsageError(`--z gives "${twice}" twice`);
  return Object.fromEntries(entries);
}

function describe(goal: Goal, { u, p, gradient, bindingValue, values }: Explanation): string {
  const rows = goal.values.map((name) => [
    name,
    values[name]!.z.toFixed(3),
    values[name]!.p.toFixed(3),
    gradient[name]!.toFixed(3),
    name === bindingValue
      ? colours.bold(gradient[name]! > 0 ? "holds it back: raise it" : "holds it back: lower it")
      : "",
  ]);
  return `${goal.sentence}\nu = log p = ${u.toFixed(4)}   p = ${p.toFixed(4)}\n\n${table(["value", "z", "p", "du/dz", ""], rows)}`;
}
