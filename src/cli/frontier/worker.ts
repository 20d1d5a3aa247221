import type { Provider } from "../../engine/index.ts";
import { frontierWorker, type Job } from "../../frontier/index.ts";
import { InputError } from "../../io/errors.ts";
import type { FromWorker, ToWorker, WorkerSetup } from "./pool.ts";

/** The other end of the pool: runs in a child process until its parent is gone. */
export function serveFrontier(): Promise<void> {
  const send = (message: FromWorker) => process.send?.(message);
  let work: ((job: Job) => Promise<unknown>) | undefined;
  // the parent hears Ctrl-C too, and ends its children
  process.on("SIGINT", () => undefined);
  process.on("message", async (message: ToWorker) => {
    if ("setup" in message) {
      work = workOf(message.setup, (progress) => send({ progress }));
      return;
    }
    try {
      send({ rows: (await work!(message.job)) as never });
    } catch (error) {
      if (error instanceof InputError) send({ fault: error.fault });
      else send({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
  return new Promise((resolve) => process.on("disconnect", resolve)).then(() => process.exit(0));
}

const workOf = ({ threads, provider, ...setup }: WorkerSetup, onProgress: (text: string) => void) =>
  frontierWorker({
    ...setup,
    session: { threads, ...(provider !== undefined && { provider: provider as Provider }) },
    onProgress,
  });
