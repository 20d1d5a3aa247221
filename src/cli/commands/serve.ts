import { type Command, Option } from "commander";
import { UsageError } from "../../io/errors.ts";
import { DIALECTS, type ServerParts } from "../../serve/index.ts";
import { action, type Context, type Register } from "../command.ts";
import { positiveWholeNumber, wholeNumber } from "../options.ts";
import { promptFormatOption } from "../policy-source.ts";
import { type RewardServerFlags, serveRewardModel } from "../serve/model.ts";
import { type ObjectiveFlags, serveObjective } from "../serve/objective.ts";
import { modelOptions, type ServerFlags, seconds, serverOptions } from "../serve/options.ts";
import { type PolicyServerFlags, servePolicy } from "../serve/policy.ts";
import { type Served, serveUntilStopped } from "../serve/run.ts";
import { providerOption, threadsOption } from "../session-options.ts";

type Options = ServerFlags & ObjectiveFlags & Partial<RewardServerFlags & PolicyServerFlags>;

/** `allgood serve`: an objective, a reward model or a policy over HTTP. */
export const registerServe: Register = (program, report) => {
  const command = program
    .command("serve")
    .description("serve an objective over HTTP, as trainers ask for rewards; or a reward model, or a policy")
    .argument("[objective]", "objective file; it is read again when it changes")
    .addOption(
      new Option(
        "--otherwise <what>",
        "what a prompt without base samples gets, whatever the file says",
      ).choices(["error", "global", "estimator"]),
    )
    .option("--reload <seconds>", "how often the objective file is looked at; 0: never", seconds, 1)
    .addOption(
      new Option("--as <dialect>", "serve a reward model as this server would").choices(
        Object.keys(DIALECTS),
      ),
    )
    .option("--model <path>", "with --as: a model folder, a remote reward (.json) or a function (.mjs)")
    .option("--policy <dir>", "serve a language model as OpenAI would")
    .option("--name <name>", "with --as or --policy: the model's name for clients")
    .option("--tokenizer <path>", "with --policy: where the folder has none")
    .addOption(promptFormatOption("with --policy: "))
    .option("--batch <n>", "with --policy: samples that grow side by side at most", positiveWholeNumber, 64)
    .option("--seed <n>", "with --policy: of requests without a seed", wholeNumber, 1)
    .addOption(threadsOption("with --policy: "))
    .addOption(providerOption("with --policy: "));
  serverOptions(modelOptions(command), 8080)
    .addHelpText("after", HELP)
    .action(
      action<Options>(ignore, async ([objective], options, context) => {
        refuseOthersOptions(command);
        const load = (parts: ServerParts) => loadServed(objective, options, parts, context);
        await serveUntilStopped(options, load, report, context);
        return { json: null, text: "" };
      }),
    );
};

const HELP = `
Examples:
  allgood serve objective.json --port 8080
  curl -s localhost:8080/get_reward -d '{"query":["Hi! Hello."],"prompts":["Hi!"],"labels":[null]}'
  allgood serve --as vllm --model models/helpful --port 8082
  allgood serve --policy runs/base --port 8083`;

/** The address is reported when it listens; at the end there is nothing more to say. */
const ignore = (): void => {};

const POLICY_OPTIONS = ["tokenizer", "promptFormat", "batch", "seed", "threads", "provider"];
const OBJECTIVE_OPTIONS = ["otherwise", "reload", "maxItems"];
const QUEUE_OPTIONS = ["maxBatch", "maxWait", "maxQueue", "modelTimeout"];
/** By what is served: options that are for something else. */
const OTHERS_OPTIONS = {
  "an objective": ["name", ...POLICY_OPTIONS],
  "--as": [...OBJECTIVE_OPTIONS, ...POLICY_OPTIONS],
  "--policy": [...OBJECTIVE_OPTIONS, ...QUEUE_OPTIONS],
};

/** @throws UsageError for an option that would change nothing of what is served */
function refuseOthersOptions(command: Command): void {
  const { as, policy } = command.opts<Options>();
  const served = policy !== undefined ? "--policy" : as !== undefined ? "--as" : "an objective";
  const given = OTHERS_OPTIONS[served].find((name) => command.getOptionValueSource(name) === "cli");
  if (given === undefined) return;
  const option = command.options.find((each) => each.attributeName() === given)?.long;
  throw new UsageError(`${option} changes nothing with ${served}: leave it out`);
}

/** @throws UsageError unless exactly one thing is to be served */
async function loadServed(
  objective: string | undefined,
  { as, model, policy, ...options }: Options,
  parts: ServerParts,
  context: Context,
): Promise<Served> {
  const given = [objective, as, policy].filter((each) => each !== undefined);
  if (given.length !== 1) {
    throw new UsageError(
      `one of an objective file, --as with --model, and --policy is served, and ${given.length === 0 ? "none" : "more than one"} is given`,
    );
  }
  if ((as === undefined) !== (model === undefined))
    throw new UsageError("--as and --model go together: allgood serve --as vllm --model models/helpful");
  if (objective !== undefined) return serveObjective(objective, options, parts, context);
  if (policy !== undefined) return servePolicy({ batch: 64, seed: 1, ...options, policy }, parts);
  return serveRewardModel({ ...options, as: as!, model: model! }, parts);
}
