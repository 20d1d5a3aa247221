import { useEffect, useState } from "preact/hooks";
import type { MetricsRow, MetricsRun } from "../../../../serve/studio/types.ts";
import { address } from "../../../api.ts";

export type Live = {
  rows: MetricsRow[];
  result: Record<string, unknown> | null;
  state: "live" | "reconnecting" | "done";
};

const parse = <T>(event: MessageEvent<string>): T => JSON.parse(event.data) as T;

/** A run's rows as they are written. The browser connects again by itself, and goes on after the last row that it has. */
export function useLive({ name, rows, next, result }: MetricsRun): Live {
  const [live, setLive] = useState<Live>({ rows, result, state: result === null ? "live" : "done" });
  useEffect(() => {
    // a run that is done can go on all the same: by --resume
    const source = new EventSource(address("metrics/live", { run: name, from: next }));
    const on = <T>(type: string, change: (live: Live, data: T) => Live) =>
      source.addEventListener(type, (event) => setLive((now) => change(now, parse<T>(event))));
    on<MetricsRow[]>("rows", (now, more) => ({ ...now, rows: [...now.rows, ...more] }));
    on("restart", (now) => ({ ...now, rows: [], result: null, state: "live" }));
    on<Record<string, unknown>>("result", (now, found) => ({ ...now, result: found, state: "done" }));
    source.addEventListener("open", () =>
      setLive((now) => ({ ...now, state: now.result === null ? "live" : "done" })),
    );
    source.addEventListener("error", () =>
      setLive((now) => (now.result === null ? { ...now, state: "reconnecting" } : now)),
    );
    return () => source.close();
  }, [name, next]);
  return live;
}
