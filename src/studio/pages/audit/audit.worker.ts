/**
 * Reads and audits a chosen file off the page's thread, by the code of `allgood audit`.
 * @module
 */
import { config } from "zod/v4/core";
import { auditSteps } from "../../../evaluate/audit.ts";
import { collectScores } from "../../../evaluate/audit-collect.ts";
import { columnsOf } from "../../../evaluate/audit-names.ts";
import { readRowsOf } from "../../../io/row-source.ts";
import { sealObjective } from "../../../objective/index.ts";
import { label } from "../../../report/text.ts";
import { blobSource } from "./blob-source.ts";
import type { AuditChoices, Audited, FromWorker, Progress, ToWorker } from "./messages.ts";

// zod writes code where it may; the content security policy refuses
config({ jitless: true });

const say = (message: FromWorker) => postMessage(message);

/** Ends the job before the one that runs. */
let running = new AbortController();

addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  running.abort();
  running = new AbortController();
  const { signal } = running;
  answer(data, signal).then(
    (message) => message !== undefined && !signal.aborted && say(message),
    (error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      if (!signal.aborted) say({ job: data.job, kind: "failed", message });
    },
  );
});

async function answer(message: ToWorker, signal: AbortSignal): Promise<FromWorker | undefined> {
  const { job } = message;
  switch (message.kind) {
    case "look": {
      const rows = readRowsOf(blobSource(message.file, message.file.name), { signal });
      return { job, kind: "columns", columns: await columnsOf(rows) };
    }
    case "audit": {
      const tell = (progress: Progress) => say({ job, kind: "progress", progress });
      return { job, kind: "audited", ...(await audit(message.file, message.choices, signal, tell)) };
    }
    case "stop":
      return undefined;
  }
}

/** Reading takes about as long as all that follows. */
const READING = 0.5;

async function audit(
  file: File,
  { seed, ...options }: AuditChoices,
  signal: AbortSignal,
  tell: (progress: Progress) => void,
): Promise<Audited> {
  const now = `Reading ${label(file.name, 60)}`;
  const source = blobSource(file, file.name, (read) => tell({ now, share: (READING * read) / file.size }));
  const scores = await collectScores(file.name, readRowsOf(source, { signal }), options);
  const steps = auditSteps(scores, { seed });
  for (;;) {
    await turn();
    signal.throwIfAborted();
    const step = steps.next();
    if (step.done) {
      const objective = await sealObjective(step.value.recommendation.objective);
      return { audit: step.value, objective };
    }
    const { now, done, of } = step.value;
    tell({ now: `Looking into ${label(now, 60)}`, share: READING + ((1 - READING) * done) / of });
  }
}

/** Lets messages that came meanwhile be heard. */
const turn = () => new Promise<void>((resolve) => setTimeout(resolve));
