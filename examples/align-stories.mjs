// A real language model aligned to one value, from its own samples to a folder in Hugging Face layout.
// Run: node examples/align-stories.mjs [DATA] [OUT]
//
// The policy is stories260K, a llama2.c checkpoint of 260 thousand parameters, in DATA/models/stories260K. The value is
// "cheerful", and a rule of one line stands in for the people who would judge it. A reward model learns the rule from
// pairs of the policy's own samples, the policy learns from the reward model, and the rule, which training never sees,
// counts on other prompts what became of it.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [data = "../shared/data", out = "runs/align-stories"] = process.argv.slice(2);
const stories = join(data, "models", "stories260K");
const base = { model: join(stories, "stories260K.bin"), tokenizer: join(stories, "tok512.bin") };
// the aligned folder needs nothing beside it
const aligned = { model: join(out, "aligned") };
const text = { format: "text", "max-new-tokens": 64 };

/** Cheerful words in a story. */
const cheerful = (story) =>
  story.match(/\b(happy|happily|smil\w*|laugh\w*|lov\w*|fun|joy|hug\w*)\b/gi)?.length ?? 0;

function allgood(command, options) {
  const flags = Object.entries(options).flatMap(([name, value]) =>
    value === true ? [`--${name}`] : [`--${name}`, String(value)],
  );
  const words = [...command.split(" "), ...flags];
  console.log(`\n$ allgood ${words.join(" ")}`);
  execFileSync("npx", ["allgood", ...words], { stdio: ["ignore", "inherit", "inherit"] });
}

const file = (name) => join(out, name);
const write = (name, rows) =>
  writeFileSync(file(name), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
const read = (name) =>
  readFileSync(file(name), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

const THINGS = ["a cat", "a big tree", "a red ball", "the park", "a bird", "the rain", "a box", "the moon"];
const openings = (names) =>
  THINGS.flatMap((thing) =>
    names.flatMap((name) => [
      { prompt: `One day, ${name} saw ${thing}.` },
      { prompt: `${name} wanted to play, but there was ${thing}.` },
    ]),
  );

/** Every two stories to one opening of which the rule prefers one. */
const preferences = ({ prompt, candidates }) =>
  Array.from({ length: candidates.length / 2 }, (_, i) => candidates.slice(2 * i, 2 * i + 2))
    .map((two) => two.map(({ response }) => response).sort((a, b) => cheerful(b) - cheerful(a)))
    .filter(([chosen, rejected]) => cheerful(chosen) > cheerful(rejected))
    .map(([chosen, rejected]) => ({ prompt, chosen, rejected }));

mkdirSync(out, { recursive: true });
const [prompts, testPrompts] = [file("prompts.jsonl"), file("test-prompts.jsonl")];
write("prompts.jsonl", openings(["Tom", "Lily", "Ben", "Sara", "Max", "Mia"]));
write("test-prompts.jsonl", openings(["Sam", "Anna"]));

const samples = file("samples.jsonl");
allgood("lm candidates", { ...base, ...text, prompts, n: 16, seed: 1, out: samples });
write("pairs.jsonl", read("samples.jsonl").flatMap(preferences));

const objective = file("objective.json");
allgood("reward train", { value: "cheerful", data: file("pairs.jsonl"), out: file("reward") });
allgood("calibrate", { model: file("reward"), data: samples, goal: "cheerful", out: objective });
allgood("align rloo", {
  policy: base.model,
  tokenizer: base.tokenizer,
  ...text,
  ...{ objective, prompts, out: aligned.model, resume: true },
  ...{ steps: 20, "prompts-per-step": 16, samples: 4, lr: 5e-4, "kl-weight": 0.05, "max-kl": 40 },
});

for (const [name, model] of Object.entries({ before: base, after: aligned })) {
  allgood("lm sample", { ...model, prompt: "One day, Sam saw the rain.", "max-new-tokens": 64, seed: 3 });
  allgood("lm candidates", {
    ...model,
    ...text,
    prompts: testPrompts,
    n: 8,
    seed: 2,
    out: file(`${name}.jsonl`),
  });
}

/** Cheerful words a story, by the rule. */
function count(name) {
  const counts = read(name).flatMap(({ candidates }) => candidates.map(({ response }) => cheerful(response)));
  return counts.reduce((sum, each) => sum + each, 0) / counts.length;
}
const { first, last } = JSON.parse(readFileSync(join(aligned.model, "run.json"), "utf8")).result;
const summary = {
  cheerful: { before: count("before.jsonl"), after: count("after.jsonl") },
  utility: { before: first.utility, after: last.utility },
  kl: last.kl,
  entropy: { before: first.entropy, after: last.entropy },
};
writeFileSync(file("summary.json"), `${JSON.stringify(summary, undefined, 2)}\n`);
const { before, after } = summary.cheerful;
const { exact, k1, k3 } = last.kl;
console.log(
  `\ncheerful words a story, on other openings: ${before.toFixed(2)} before, ${after.toFixed(2)} after`,
);
console.log(
  `KL ${exact.toFixed(2)} nats a story (exact at each token; by k1 ${k1.toFixed(2)}, by k3 ${k3.toFixed(2)})`,
);
