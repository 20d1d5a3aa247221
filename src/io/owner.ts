/**
 * Which process made a file. It stands in the file's name, so that other processes can tell what a killed one has left
 * behind from what a living one still works on.
 * @module
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";

/** Names of machines may be long and hold anything. */
const HOST = createHash("sha256").update(hostname()).digest("hex").slice(0, 8);

/** This process: `<machine>-<process id>-<start>`. */
export const OWNER = `${HOST}-${process.pid}-${statOf(process.pid)?.start ?? 0}`;

/** The form of an owner, for a regular expression. */
export const OWNER_FORM = "[0-9a-f]{8}-\\d+-\\d+";

/**
 * Whether the process that an owner names still runs; `elsewhere` where it ran on another machine, which says nothing
 * about it here. A process that may not be asked about counts as running.
 *
 * Where there is `/proc`, its start is compared too: process ids come again, in containers the same one at every start.
 *
 * @param owner of the form `OWNER_FORM`
 */
export function stateOfOwner(owner: string): "running" | "gone" | "elsewhere" {
  const [host, id, start] = owner.split("-");
  if (host !== HOST) return "elsewhere";
  const pid = Number(id);
  if (!exists(pid)) return "gone";
  const stat = statOf(pid);
  if (stat === undefined) return "running";
  // a zombie was killed, and its parent has not yet taken notice
  return stat.state === "Z" || (start !== "0" && stat.start !== start) ? "gone" : "running";
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}

/** State and start (clock ticks since the machine's) of a process, proc(5); undefined where there is no such file. */
function statOf(pid: number): { state: string; start: string } | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // the second field is the program's name in brackets, with anything in it
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, start] = [fields[0], fields[19]];
  return state === undefined || start === undefined ? undefined : { state, start };
}
