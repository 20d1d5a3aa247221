import { type Command, InvalidArgumentError } from "commander";
import { LocalPolicy } from "../../policies/index.ts";
import type { CandidateSet } from "../../preferences/index.ts";
import {
  allGood,
  collectPreferences,
  createJudge,
  createWorld,
  readRequest,
  VALUES,
} from "../../world/index.ts";
import { colours } from "../colours.ts";
import { action, type Context, type Outcome, type Register } from "../command.ts";
import { loadWithTokenizer } from "../lm/load.ts";
import { wholeNumber } from "../options.ts";
import { type SessionFlags, sessionOptions, threadsOption } from "../session-options.ts";
import { oneLine, table } from "../table.ts";

type Options = SessionFlags & {
  n: number;
  k: number;
  seed: number;
  policy?: string;
  maxNewTokens: number;
};

/** A prompt of the world with responses, the truth about each, and what raters chose among them. */
type SampleRow = {
  prompt: string;
  intent: string;
  responses: { id: string; response: string; truth: Record<string, number>; allGood: boolean }[];
  /** One row a pair and value; a value in which all responses are equally good is not asked for. */
  choices: { value: string; chosen: string; rejected: string }[];
};

/** `allgood world …`: the demo world, to look at. */
export const registerWorld: Register = (program, report) => {
  const world = program.command("world").description("look at the demo world, where the truth is known");
  registerSample(world, report);
};

function registerSample(world: Command, report: (outcome: Outcome) => void): void {
  world
    .command("sample")
    .description("show prompts, responses, their true values, and what simulated raters chose")
    .option("--n <n>", "prompts", within(1, 10_000), 5)
    .option("--k <k>", "distinct responses to each prompt", within(2, 64), 2)
    .option("--seed <n>", "the same seed gives the same rows", wholeNumber, 1)
    .option("--policy <dir>", "a language model that answers, in place of the world's own composer")
    .option("--max-new-tokens <n>", "of a response, with --policy", within(1, 4096), 128)
    .addOption(threadsOption("with --policy: "))
    .addHelpText("after", "\nExample:\n  allgood world sample --n 20 --seed 7")
    .action(
      action<Options>(report, async (_, options, context) => {
        const rows = (await sampledSets(options, context)).map((set) => describeSet(set, options.seed));
        const { seed, policy = "composer" } = options;
        return { json: { seed, policy, rows }, text: rows.map(describe).join("\n\n") };
      }),
    );
}

async function sampledSets(options: Options, context: Context): Promise<CandidateSet[]> {
  const { n, k, seed, policy: folder, maxNewTokens } = options;
  const { candidateSets } = createWorld(seed, { prompts: n, k });
  if (folder === undefined) return candidateSets;
  const { model, tokenizer } = await loadWithTokenizer(folder, undefined);
  const policy = new LocalPolicy(model, tokenizer, sessionOptions(options));
  try {
    const samples = await policy.sample(
      candidateSets.map(({ prompt }) => prompt),
      {
        n: k,
        maxNewTokens,
        seed,
        signal: context.signal,
        onProgress: (tokens) => context.progress.show(`${tokens.toLocaleString("en")} tokens`),
      },
    );
    return candidateSets.map((set, i) => ({
      ...set,
      // a policy may say the same twice, and then there is nothing to choose
      candidates: [...new Set(samples[i]!.map(({ text }) => text))].map((response, j) => ({
        id: `${set.promptHash}.${j + 1}`,
        response,
      })),
    }));
  } finally {
    await policy.dispose();
  }
}

function describeSet(set: CandidateSet, seed: number): SampleRow {
  const judge = createJudge(set.prompt);
  const idOf = new Map(set.candidates.map(({ id, response }) => [response, id]));
  const pairsPerPrompt = Math.max(1, (set.candidates.length * (set.candidates.length - 1)) / 2);
  return {
    prompt: set.prompt[0]!.content,
    intent: readRequest(set.prompt).intent!,
    responses: set.candidates.map(({ id, response }) => {
      const truth = judge(response);
      return { id, response, truth, allGood: allGood(truth) };
    }),
    choices: VALUES.flatMap((value) =>
      collectPreferences([set], { value, pairsPerPrompt, seed }).map(({ chosen, rejected }) => ({
        value,
        chosen: idOf.get(chosen)!,
        rejected: idOf.get(rejected)!,
      })),
    ),
  };
}

function describe({ prompt, intent, responses, choices }: SampleRow): string {
  const letterOf = new Map(responses.map(({ id }, i) => [id, letters(i)]));
  const truths = responses.map(({ id, response, truth, allGood }) => [
    letterOf.get(id)!,
    ...VALUES.map((value) => truth[value]!.toFixed(2)),
    allGood ? "yes" : "no",
    oneLine(response, 100),
  ]);
  const raters = pairsOf(responses.map(({ id }) => id)).map(([a, b]) => [
    `${letterOf.get(a)} or ${letterOf.get(b)}`,
    ...VALUES.map((value) => {
      const choice = choices.find(
        (choice) =>
          choice.value === value && [choice.chosen, choice.rejected].every((id) => id === a || id === b),
      );
      return choice === undefined ? "–" : letterOf.get(choice.chosen)!;
    }),
    "",
    "",
  ]);
  return `${colours.bold(`${intent}: ${oneLine(prompt, 140)}`)}\n${table(["", ...VALUES, "all good", "response"], [...truths, ...raters])}`;
}

const pairsOf = (ids: readonly string[]): [string, string][] =>
  ids.flatMap((a, i) => ids.slice(i + 1).map((b): [string, string] => [a, b]));

/** a … z, then a1, b1 … */
const letters = (i: number): string =>
  `${String.fromCharCode(97 + (i % 26))}${i < 26 ? "" : Math.floor(i / 26)}`;

const within =
  (low: number, high: number) =>
  (text: string): number => {
    const found = Number(text);
    if (text.trim() !== "" && Number.isInteger(found) && found >= low && found <= high) return found;
    throw new InvalidArgumentError(`a whole number from ${low} to ${high.toLocaleString("en")} is needed.`);
  };
