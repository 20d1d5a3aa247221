import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { ColumnNames } from "../../../evaluate/audit-names.ts";
import type { AuditChoices, Audited, FromWorker, Progress, ToWorker } from "./messages.ts";

export type AuditState = {
  file?: File;
  /** Of the file, once it was looked into. */
  columns?: ColumnNames;
  /** What the worker is busy with. */
  progress?: Progress | undefined;
  /** Why the file can't be looked into or audited. */
  problem?: string | undefined;
  audited?: Audited | undefined;
  stopped?: boolean;
};

export type AuditActions = {
  choose(file: File): void;
  audit(choices: AuditChoices): void;
  stop(): void;
};

// `Omit` would lose which fields go with which kind
type Request<Message> = Message extends ToWorker ? Omit<Message, "job"> : never;

/** The worker lives as long as the page is open: after its start nothing is fetched. */
export function useAudit(): [AuditState, AuditActions] {
  const [state, setState] = useState<AuditState>({});
  const worker = useRef<Worker>();
  const job = useRef(0);
  useEffect(() => {
    const started = new Worker(new URL("./audit.worker.ts", import.meta.url), { type: "module" });
    worker.current = started;
    started.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if (data.job === job.current) setState((before) => ({ ...before, ...heard(data) }));
    };
    started.onerror = (event) => {
      event.preventDefault();
      const problem = `The audit can't run in this browser${event.message ? `: ${event.message}` : "."}`;
      setState((before) => ({ ...before, progress: undefined, problem }));
    };
    return () => started.terminate();
  }, []);
  const send = useCallback((request: Request<ToWorker>) => {
    job.current += 1;
    worker.current?.postMessage({ ...request, job: job.current });
  }, []);
  return [
    state,
    {
      choose(file) {
        setState({ file, progress: { now: "Looking into the file", share: 0 } });
        send({ kind: "look", file });
      },
      audit(choices) {
        const { file, columns } = state;
        if (file === undefined || columns === undefined) return;
        setState({ file, columns, progress: { now: "Reading", share: 0 } });
        send({ kind: "audit", file, choices });
      },
      stop() {
        setState((before) => ({ ...before, progress: undefined, stopped: true }));
        send({ kind: "stop" });
      },
    },
  ];
}

function heard(message: FromWorker): Partial<AuditState> {
  switch (message.kind) {
    case "columns":
      return { columns: message.columns, progress: undefined };
    case "progress":
      return { progress: message.progress };
    case "audited":
      return { audited: { audit: message.audit, objective: message.objective }, progress: undefined };
    case "failed":
      return { problem: message.message, progress: undefined };
  }
}
