/**
 * Finds out what kind of run lies in a folder, and reads it.
 * @module
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { FRONTIER_FILE } from "../../frontier/index.ts";
import { InputError, show } from "../../io/errors.ts";
import { systemFault } from "../../io/system-fault.ts";
import { readChecked } from "../../serve/studio/run-file.ts";
import { auditSummary } from "./audit.ts";
import { bestOfKSummary } from "./best-of-k.ts";
import { earlySummary } from "./early.ts";
import { frontierSummary } from "./frontier.ts";
import { evaluationSummary, rewardModelSummary } from "./rewards.ts";
import type { RunSummary } from "./summary.ts";
import { trainingSummary } from "./training.ts";

const KINDS =
  "a folder of align best-of-k, of align by reinforcement learning, of frontier, of reward train or eval, or of audit";

/**
 * What a run found, from its data: a report that lies there is not looked at.
 * @throws InputError where the folder holds no run, or a run that is not finished or not whole
 */
export async function readRun(folder: string): Promise<RunSummary> {
  await refuseUnlessFolder(folder);
  const has = (name: string) =>
    stat(join(folder, name)).then(
      () => true,
      () => false,
    );
  const kinds: [file: string, read: (folder: string) => Promise<RunSummary>][] = [
    [FRONTIER_FILE, frontierSummary],
    ["run.json", byCommand],
    ["evaluation.json", evaluationSummary],
    ["model.json", rewardModelSummary],
    ["audit.json", auditSummary],
  ];
  for (const [file, read] of kinds) {
    if (await has(file)) return guarded(folder, read);
  }
  throw new InputError({ problem: "there is no run in this folder", file: folder, expected: KINDS });
}

/** What the checked parts of a file did not show may still be missing where it is used or drawn. */
async function guarded(folder: string, read: (folder: string) => Promise<RunSummary>): Promise<RunSummary> {
  try {
    const run = await read(folder);
    const html = () => {
      try {
        return run.html();
      } catch (error) {
        throw formFault(error, folder);
      }
    };
    return { ...run, html };
  } catch (error) {
    throw formFault(error, folder);
  }
}

async function byCommand(folder: string): Promise<RunSummary> {
  const file = join(folder, "run.json");
  const { command = "" } = await readChecked(file, z.looseObject({ command: z.string().optional() }));
  if (command === "align best-of-k") return bestOfKSummary(folder);
  if (command === "align best-of-k --early-stop") return earlySummary(folder);
  if (/^align [a-z-]+$/.test(command)) return trainingSummary(folder);
  throw new InputError({
    problem: "there is no report of such a run",
    file,
    found: command === "" ? "no command" : show(command),
    expected: KINDS,
  });
}

async function refuseUnlessFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch((error: unknown) => {
    throw systemFault(error, folder, "read");
  });
  if (found.isDirectory()) return;
  throw new InputError({ problem: "this is a file, not the folder of a run", file: folder });
}

function formFault(error: unknown, folder: string): unknown {
  if (!(error instanceof TypeError)) return error;
  return new InputError(
    {
      problem: "the files of this run do not have the form that this version writes",
      file: folder,
      fix: "Make the run again",
    },
    { cause: error },
  );
}
