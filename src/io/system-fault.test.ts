import { expect, test } from "vitest";
import { systemFault } from "./system-fault.ts";

const failure = (code: string) => Object.assign(new Error(`${code}: …`), { code });

test("a fault of the system says what it means for what was being done, and to what", () => {
  expect(systemFault(failure("ENOENT"), "a.json", "read")).toMatchObject({
    message: "a.json: can't read it: no such file. Check the path",
  });
  // a new folder on a read-only file system is ENOENT to Node
  expect(systemFault(failure("ENOENT"), "new/a.json", "write")).toMatchObject({
    message: expect.stringMatching(/^new\/a\.json: can't write it: its folder .* can't be made.*read-only$/),
  });
  expect(systemFault(failure("EROFS"), "a.json", "write")).toMatchObject({
    message: "a.json: can't write it: the file system is read-only. Choose another folder",
  });
});

test("what is no fault of the system comes back as it is", () => {
  for (const error of [new Error("other"), failure("EWHAT"), "text"])
    expect(systemFault(error, "a.json", "read")).toBe(error);
});
