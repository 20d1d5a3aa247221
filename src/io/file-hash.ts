import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { systemFault } from "./system-fault.ts";

/** SHA-256 (hex) of a file's bytes, streamed. @throws InputError if it can't be read */
export async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  } catch (error) {
    throw systemFault(error, file, "read");
  }
  return hash.digest("hex");
}
