/**
 * TensorBoard's event files: protobuf events (tensorflow/core/util/event.proto) in TFRecord frames.
 * @module
 */
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import protobuf from "protobufjs/light.js";
import { maskedCrc32c } from "./crc32c.ts";
import { makeFolder } from "./make-folder.ts";
import { systemFault } from "./system-fault.ts";

const field = (id: number, type: string) => ({ id, type });

/** The field numbers of event.proto and summary.proto that we use. */
const schema = protobuf.Root.fromJSON({
  nested: {
    Event: {
      fields: {
        wallTime: field(1, "double"),
        step: field(2, "int64"),
        fileVersion: field(3, "string"),
        summary: field(5, "Summary"),
        sessionLog: field(7, "SessionLog"),
      },
    },
    Summary: {
      fields: { value: { id: 1, type: "Value", rule: "repeated" } },
      nested: { Value: { fields: { tag: field(1, "string"), simpleValue: field(2, "float") } } },
    },
    SessionLog: { fields: { status: field(1, "int32") } },
  },
});
const Event = schema.lookupType("Event");

/** SessionLog.START: TensorBoard then forgets what earlier files say of later steps. */
const START = 1;

export type EventFile = {
  readonly path: string;
  /** Numbers by tag (`train/loss`) at a step. */
  write(step: number, scalars: Readonly<Record<string, number>>): Promise<void>;
  close(): Promise<void>;
};

/**
 * A new event file in `folder`, which is made if need be. A run that goes on makes another one beside the first.
 * @param step the first step that this file may speak of
 * @param now seconds since 1970 of each event
 * @throws InputError where the file can't be written
 */
export async function createEventFile(
  folder: string,
  step: number,
  now: () => number = () => Date.now() / 1000,
): Promise<EventFile> {
  const path = join(folder, `events.out.tfevents.${Math.floor(now())}.allgood.${process.pid}.${step}`);
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw systemFault(error, path, "write");
    }
  };
  const handle: FileHandle = await guarded(async () => {
    await makeFolder(folder);
    return open(path, "a");
  });
  const append = (event: object) =>
    guarded(() =>
      handle.appendFile(frame(Event.encode(Event.fromObject({ wallTime: now(), ...event })).finish())),
    );
  await append({ fileVersion: "brain.Event:2" });
  await append({ step, sessionLog: { status: START } });
  return {
    path,
    write: (at, scalars) =>
      append({
        step: at,
        summary: { value: Object.entries(scalars).map(([tag, simpleValue]) => ({ tag, simpleValue })) },
      }),
    close: () => handle.close(),
  };
}

/** Length (8 bytes, little-endian), its checksum, the bytes, their checksum. */
function frame(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(16 + bytes.length);
  const view = new DataView(out.buffer);
  view.setBigUint64(0, BigInt(bytes.length), true);
  view.setUint32(8, maskedCrc32c(out.subarray(0, 8)), true);
  out.set(bytes, 12);
  view.setUint32(12 + bytes.length, maskedCrc32c(bytes), true);
  return out;
}
