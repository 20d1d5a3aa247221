/**
 * One writer to a folder at a time. A writer puts a claim into the folder, a file whose name says which process made it,
 * and holds the folder if no other claim stands there. Two that claim at once both see the other and step back, so never
 * both hold it. The claim of a process that was killed is known by its name and removed; names are never used twice, so
 * that nobody removes the claim of another by mistake.
 * @module
 */
import { randomBytes, randomInt } from "node:crypto";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { InputError, show } from "./errors.ts";
import { makeFolder } from "./make-folder.ts";
import { OWNER, OWNER_FORM, stateOfOwner } from "./owner.ts";
import { systemFault } from "./system-fault.ts";

/** A folder that is held for writing. */
export type FolderLock = {
  /** Lets go of it. A process that ends without doing so, in whatever way, no longer holds it either. */
  release(): Promise<void>;
};

export type LockOptions = {
  /** Who asks, for others to read: `allgood label`. */
  who: string;
  /** How long to wait for another writer; 2,000 where absent. */
  waitMs?: number;
  signal?: AbortSignal;
};

const CLAIM = new RegExp(`^\\.lock\\.(${OWNER_FORM})\\.[0-9a-f]{8}$`);

/**
 * Holds a folder for writing; it is made where it does not stand there.
 *
 * Processes of other machines that share the folder are kept out too, but whether they still run can't be known: a claim
 * that one of them left has to be removed by hand.
 *
 * @throws InputError where another process holds it all the time, which names the claim and its process, or where the
 *   folder can't be written
 */
export async function lockFolder(
  folder: string,
  { who, waitMs = 2_000, signal }: LockOptions,
): Promise<FolderLock> {
  const until = performance.now() + waitMs;
  for (;;) {
    const { lock, holder } = await attempt(folder, who);
    if (lock !== undefined) return lock;
    if (performance.now() >= until) throw await heldBy(folder, holder);
    await wait(randomInt(5, 25), undefined, signal && { signal });
  }
}

/** As `lockFolder`, but undefined at once where another process holds it. */
export async function tryLockFolder(folder: string, who: string): Promise<FolderLock | undefined> {
  return (await attempt(folder, who)).lock;
}

type Attempt = { lock: FolderLock; holder?: undefined } | { lock?: undefined; holder: string };

async function attempt(folder: string, who: string): Promise<Attempt> {
  try {
    await makeFolder(folder);
    const before = await otherClaim(folder);
    if (before !== undefined) return { holder: before };
    const name = `.lock.${OWNER}.${randomBytes(4).toString("hex")}`;
    const path = join(folder, name);
    const since = `${new Date().toISOString().slice(0, 16)}Z`;
    const says = `${who}, process ${process.pid} on ${hostname()}, since ${since}\n`;
    await writeFile(path, says, { flag: "wx" });
    const release = () => rm(path, { force: true });
    const holder = await otherClaim(folder, name).catch(async (error: unknown) => {
      await release();
      throw error;
    });
    if (holder === undefined) return { lock: { release } };
    await release();
    return { holder };
  } catch (error) {
    throw systemFault(error, folder, "write");
  }
}

/** A claim that is not `own`; those of processes that no longer run are removed. */
async function otherClaim(folder: string, own?: string): Promise<string | undefined> {
  for (const name of await readdir(folder)) {
    const owner = CLAIM.exec(name)?.[1];
    if (owner === undefined || name === own) continue;
    if (stateOfOwner(owner) !== "gone") return name;
    await rm(join(folder, name), { force: true });
  }
  return undefined;
}

async function heldBy(folder: string, claim: string): Promise<InputError> {
  const file = join(folder, claim);
  const owner = CLAIM.exec(claim)?.[1] ?? "";
  const said = (await readFile(file, "utf8").catch(() => "")).trim();
  return new InputError({
    problem: "another process is writing to this folder, and two at once would damage what is in it",
    file,
    found: said === "" ? `process ${owner.split("-")[1]}` : show(said),
    fix:
      "Wait until it is done, or end it, and try again. " +
      (stateOfOwner(owner) === "elsewhere"
        ? "Whether it still runs can't be seen from this machine: if it does not, remove this file"
        : "If that process is something else, remove this file"),
  });
}
