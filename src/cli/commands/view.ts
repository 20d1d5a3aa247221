import { once } from "node:events";
import { stat } from "node:fs/promises";
import { InputError } from "../../io/errors.ts";
import { systemFault } from "../../io/system-fault.ts";
import { startStudio } from "../../serve/studio/index.ts";
import { action, type Context, type Outcome, type Register } from "../command.ts";
import { wholeNumber } from "../options.ts";
import { studioAssets } from "../view/assets.ts";
import { openPage } from "../view/open-page.ts";

type Options = { port: number; open: boolean; json?: boolean };

/** `allgood view`: the studio, a page for the runs of a folder. */
export const registerView: Register = (program, report) => {
  program
    .command("view")
    .description("look at runs, edit goals, label and audit in the browser; nothing leaves this machine")
    .argument("[folder]", "where the runs are", ".")
    .option("--port <n>", "port on 127.0.0.1; 0 takes any free one", wholeNumber, 4600)
    .option("--no-open", "print the address only")
    .addHelpText("after", "\nExample:\n  allgood demo --out runs/demo && allgood view runs")
    .action(
      action<Options>(ignore, async ([folder = "."], options, context) => {
        await view(folder, options, report, context);
        return { json: null, text: "" };
      }),
    );
};

/** The address is reported when it listens; at the end there is nothing more to say. */
const ignore = (): void => {};

async function view(
  folder: string,
  { port, open, json = false }: Options,
  report: (outcome: Outcome) => void,
  { signal }: Context,
): Promise<void> {
  await checkFolder(folder);
  const server = await startStudio({ folder, assets: studioAssets() }, port);
  report({
    json: { url: server.url, folder },
    text: `the studio shows ${folder} at ${server.url} (Ctrl-C ends it)`,
  });
  if (open && !json && process.stdout.isTTY) openPage(server.url);
  if (!signal.aborted) await once(signal, "abort");
  await server.drain(0);
}

async function checkFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch((error: unknown) => {
    throw systemFault(error, folder, "read");
  });
  if (!found.isDirectory())
    throw new InputError({ problem: "this is a file", file: folder, expected: "a folder with runs in it" });
}
