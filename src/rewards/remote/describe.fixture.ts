import { parseDescription, type RemoteDescription } from "./description.ts";

/** A description with quick retries, checked as a file would be. */
export const describeRemote = (fields: Record<string, unknown>): RemoteDescription =>
  parseDescription(
    { format: "allgood-remote/1", value: "helpful", maxWaitMs: 50, retries: 3, timeoutMs: 5000, ...fields },
    "test.json",
  );
