import { InputError } from "./errors.ts";

const words: Record<string, { problem: string; fix: string }> = {
  ENOENT: { problem: "no such file", fix: "Check the path" },
  EISDIR: { problem: "this is a folder, not a file", fix: "Give the path of a file" },
  ENOTDIR: { problem: "a part of the path is a file, not a folder", fix: "Check the path" },
  EEXIST: { problem: "a file stands where a folder is needed", fix: "Check the path" },
  EACCES: { problem: "permission denied", fix: "Check who may read and write it" },
  EPERM: { problem: "permission denied", fix: "Check who may read and write it" },
  EROFS: { problem: "the file system is read-only", fix: "Choose another folder" },
  ENOSPC: { problem: "the disk is full", fix: "Free some space or choose another folder, then run it again" },
  EDQUOT: {
    problem: "the disk quota is used up",
    fix: "Free some space or choose another folder, then run it again",
  },
  EFBIG: { problem: "the file is larger than the file system allows", fix: "Choose another folder" },
  EIO: { problem: "the disk reports an error", fix: "Check the disk" },
  EMFILE: { problem: "too many open files", fix: "Raise the limit (ulimit -n)" },
};

/** What an error means where a file is written, and its folder is made if it is not there. */
const writing: typeof words = {
  // Node says so, too, of a new folder on a read-only file system
  ENOENT: {
    problem: "its folder is not there and can't be made",
    fix: "Check the path, and that its file system is not read-only",
  },
};

/** Turns an error of the operating system into an InputError that names the path; others come back as they are. */
export function systemFault(error: unknown, file: string, doing: "read" | "write"): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const known = (doing === "write" ? writing[code] : undefined) ?? words[code];
  if (known === undefined) return error;
  return new InputError({ ...known, problem: `can't ${doing} it: ${known.problem}`, file }, { cause: error });
}
