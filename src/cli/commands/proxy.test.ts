import { join } from "node:path";
import { expect, test } from "vitest";
import { proxyWorld } from "../../serve/proxy/proxy-world.fixture.ts";
import { captureOutput } from "../captured-output.fixture.ts";
import { run } from "../run.ts";

const world = proxyWorld();
const printed = captureOutput();

test.each([
  ["an address that is none", ["--upstream", "localhost"], /address is needed/],
  ["a key in the address", ["--upstream", "http://me:secret@host/v1"], /--upstream-key-env/],
  ["a variable that is not set", ["--upstream-key-env", "ALLGOOD_NO_SUCH"], /no such environment variable/],
  ["more than the most", ["--max-k", "2"], /--max-k 2/],
  ["fewer than needed", ["--min-k", "9"], /--min-k 9/],
  ["a deadline that node does not wait for", ["--deadline", "600"], /at most 290/],
  ["a threshold that is no probability", ["--early-stop", "p=2"], /p=0\.9/],
  ["an open host without a key", ["--host", "0.0.0.0"], /there is no key/],
])("%s", async (_, args, message) => {
  const objective = join(world.folder, "objective.json");
  const all = ["--upstream", "http://127.0.0.1:9", "--objective", objective, "--port", "0", ...args];
  expect(await run(["proxy", ...all])).toBe(2);
  expect(printed.stderr).toMatch(message);
  expect(printed.stderr).not.toMatch(/secret/);
});
