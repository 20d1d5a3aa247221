import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { sealObjective } from "../../objective/index.ts";
import { captureOutput } from "../captured-output.fixture.ts";
import { run } from "../run.ts";

const printed = captureOutput();

test.each([
  ["--as vllm --model m --otherwise error", "--otherwise changes nothing with --as: leave it out"],
  ["--as tei --model m --seed 2", "--seed changes nothing with --as"],
  ["--policy m --max-batch 8", "--max-batch changes nothing with --policy"],
  ["o.json --name n", "--name changes nothing with an objective"],
  ["o.json --deadline 3000000", "at most 2147483 is possible"],
  ["o.json --model-timeout 3000000", "at most 2147483 is possible"],
  ["o.json --reload 3000000", "at most 2147483 is possible"],
  ["o.json --max-wait 3e9", "at most 2147483647 is possible"],
  ["o.json --max-body 512", "at most 511 is possible"],
])("serve %s is refused", async (args, message) => {
  expect(await run(["serve", ...args.split(" ")])).toBe(2);
  expect(printed.stderr).toContain(message);
});

test("where the port is taken, remote rewards are not waited for", async () => {
  const silent = createServer().listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as AddressInfo;
  const folder = await mkdtemp(join(tmpdir(), "allgood-serve-"));
  const file = join(folder, "objective.json");
  await writeFile(file, JSON.stringify(await remoteObjective(`http://127.0.0.1:${port}`)));
  const args = ["--port", String(port), "--model-timeout", "0.2", "--log-level", "silent"];
  expect(await run(["serve", file, ...args])).toBe(1);
  expect(printed.stderr).toContain("is in use by another program");
  await wait(600);
  expect(printed.stderr).not.toContain("did not answer");
  silent.close();
  await rm(folder, { recursive: true });
});

const remoteObjective = (url: string) =>
  sealObjective({
    format: "allgood-objective/1",
    goal: "warm",
    values: {
      warm: {
        model: {
          kind: "remote",
          description: { format: "allgood-remote/1", value: "warm", protocol: "vllm-classify", url },
        },
        temperature: 1,
        reference: { kind: "fixed", global: 0, otherwise: "global" },
      },
    },
  });
