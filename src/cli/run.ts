import { Command, CommanderError } from "commander";
import { SessionError } from "../engine/index.ts";
import { InputError, UsageError } from "../io/errors.ts";
import { GoalError, ObjectiveFileError } from "../objective/index.ts";
import { RemoteRewardError } from "../rewards/index.ts";
import { InterruptedError, type Outcome } from "./command.ts";
import { registerCommands } from "./commands/index.ts";
import { VERSION } from "./version.ts";

/** Exit codes: 0 fine, 1 the program or its input failed, 2 usage, 100 a quality gate was missed, 130 interrupted. */
export async function run(args: string[]): Promise<number> {
  let exitCode = 0;
  const program = new Command("allgood")
    .description("Align language models to several human values at once.")
    .version(VERSION)
    .option("--json", "print one JSON document on stdout and nothing else")
    .exitOverride()
    .configureHelp({ showGlobalOptions: true });
  const report = ({ json, text, exitCode: code = 0 }: Outcome) => {
    process.stdout.write(program.opts().json ? `${JSON.stringify(json)}\n` : `${text.trimEnd()}\n`);
    exitCode = code;
  };
  registerCommands(program, report);
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    return explain(error);
  }
}

function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof InterruptedError) {
    process.stderr.write("interrupted\n");
    return 130;
  }
  const known =
    error instanceof InputError ||
    error instanceof GoalError ||
    error instanceof ObjectiveFileError ||
    error instanceof RemoteRewardError ||
    error instanceof SessionError;
  const usage = error instanceof UsageError;
  const text = known || usage ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`error: ${text}\n`);
  return usage ? 2 : 1;
}
