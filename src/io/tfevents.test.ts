import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import protobuf from "protobufjs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { maskedCrc32c } from "./crc32c.ts";
import { InputError } from "./errors.ts";
import { createEventFile } from "./tfevents.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allgood-tfevents-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

// a second description of the format, in its own language, so that a wrong field number shows
const Event = protobuf
  .parse(
    `syntax = "proto3";
    message Event {
      double wall_time = 1; int64 step = 2;
      oneof what { string file_version = 3; bytes graph_def = 4; Summary summary = 5; SessionLog session_log = 7; }
    }
    message SessionLog { enum Status { UNSPECIFIED = 0; START = 1; STOP = 2; } Status status = 1; }
    message Summary { repeated Value value = 1; message Value { string tag = 1; oneof value { float simple_value = 2; } } }`,
  )
  .root.lookupType("Event");

function eventsOf(bytes: Buffer): unknown[] {
  const events: unknown[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at));
    expect(bytes.readUInt32LE(at + 8)).toBe(maskedCrc32c(bytes.subarray(at, at + 8)));
    const data = bytes.subarray(at + 12, at + 12 + length);
    expect(bytes.readUInt32LE(at + 12 + length)).toBe(maskedCrc32c(data));
    events.push(Event.toObject(Event.decode(data), { longs: Number, enums: String }));
    at += 16 + length;
  }
  return events;
}

test("what is written reads back: version, start, scalars", async () => {
  let time = 100;
  const file = await createEventFile(join(folder, "a"), 7, () => time++);
  await file.write(7, { "train/loss": 1.5, "train/learningRate": 0.25 });
  await file.write(2 ** 33, { "train/loss": -0.125 });
  await file.close();
  expect((await readdir(join(folder, "a")))[0]).toMatch(/^events\.out\.tfevents\.100\./);
  const [version, start, first, second] = eventsOf(await readFile(file.path));
  expect(version).toEqual({ wallTime: 101, fileVersion: "brain.Event:2" });
  expect(start).toEqual({ wallTime: 102, step: 7, sessionLog: { status: "START" } });
  expect(first).toEqual({
    wallTime: 103,
    step: 7,
    summary: {
      value: [
        { tag: "train/loss", simpleValue: 1.5 },
        { tag: "train/learningRate", simpleValue: 0.25 },
      ],
    },
  });
  expect(second).toMatchObject({ step: 2 ** 33 });
});

test("a folder that can't be made is said", async () => {
  const file = await createEventFile(join(folder, "b"), 0);
  await file.close();
  await expect(createEventFile(join(file.path, "c"), 0)).rejects.toThrow(InputError);
});
