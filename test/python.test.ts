/** The Python package's own tests: its client against faults on the wire, and everything against the real server. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { PYTHON_PACKAGE, python, pythonEnvironment } from "./support/python.ts";

const run = promisify(execFile);

if (python === undefined) {
  console.warn(
    "SKIPPED for want of Python 3.9 or later (ALLGOOD_PYTHON names one): tests of integrations/python",
  );
}

test.skipIf(python === undefined)(
  "integrations/python: its tests pass with nothing but the standard library",
  async () => {
    const args = ["-m", "unittest", "discover", "-s", ".", "-t", "."];
    const { stderr } = await run(python!, args, {
      cwd: PYTHON_PACKAGE,
      env: pythonEnvironment("built"),
    }).catch((error) => error);
    expect(stderr).toMatch(/\nOK/);
    const [, count] = /^Ran (\d+) tests/m.exec(stderr)!;
    expect(Number(count), stderr).toBeGreaterThan(60);
    expect(stderr, "the tests against the real server ran").not.toContain("no built command line");
  },
  180_000,
);
