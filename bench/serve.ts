/**
 * `allgood serve` beside a FastAPI and uvicorn server of OpenRLHF's shape, with the same cheap model behind: requests a
 * second, and the time of the median and of the slowest hundredth, at several numbers of clients and of responses a request;
 * and our memory over 100,000 requests. Servers and the load run as processes of their own and are measured in turn.
 *
 * Run: npm run bench:serve [-- --json] [--rounds 5] [--seconds 1] [--no-memory]
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpus } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { median } from "./compare.ts";
import type { LoadJob, LoadResult } from "./serve/load.ts";
import { rewardOf, type Server, startAllgood, startFastApi } from "./serve/servers.ts";

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean" },
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "1" },
    memory: { type: "boolean", default: true },
  },
  allowNegative: true,
});
const ROUNDS = Number(options.rounds);
const FOR_MS = 1000 * Number(options.seconds);
const CELLS = [1, 64].flatMap((samples) => [1, 16, 64].map((clients) => ({ clients, samples })));

const generator = spawn(process.execPath, ["--import", "tsx", join(import.meta.dirname, "serve/load.ts")], {
  stdio: ["pipe", "pipe", "inherit"],
});
const answers = createInterface({ input: generator.stdout })[Symbol.asyncIterator]();

async function load(job: LoadJob): Promise<LoadResult> {
  generator.stdin.write(`${JSON.stringify(job)}\n`);
  const { value, done } = await answers.next();
  if (done) throw new Error("the load generator ended");
  return JSON.parse(value) as LoadResult;
}

/** Bodies of some prompts, each with responses of its own, as OpenRLHF sends them. */
function bodies(samples: number): Pick<LoadJob, "bodies" | "expected"> {
  const requests = Array.from({ length: 64 }, (_, r) => {
    const prompt = `<|im_start|>user\nQuestion ${r}: how does one get from a laptop to a cluster?<|im_end|>\n<|im_start|>assistant\n`;
    const responses = Array.from(
      { length: samples },
      (_, s) => `Answer ${r}.${s}: ${"step by step ".repeat(12 + (s % 7))}done.`,
    );
    return { prompt, responses };
  });
  return {
    bodies: requests.map(({ prompt, responses }) =>
      JSON.stringify({
        query: responses.map((response) => prompt + response),
        prompts: responses.map(() => prompt),
        labels: responses.map(() => null),
      }),
    ),
    expected: requests.map(({ responses }) => responses.map(rewardOf)),
  };
}

const raw = (expected: number[][]) => expected.map((row) => row.map((u) => -Math.log(Math.expm1(-u))));

async function measure(servers: readonly Server[]) {
  const rows = [];
  for (const { clients, samples } of CELLS) {
    const { bodies: texts, expected } = bodies(samples);
    const results = new Map(servers.map((server) => [server.name, [] as LoadResult[]]));
    for (let round = 0; round < ROUNDS; round++) {
      for (const server of round % 2 === 0 ? servers : servers.toReversed()) {
        const result = await load({
          ...{ port: server.port, path: "/get_reward", clients, bodies: texts, warmUpMs: 300, forMs: FOR_MS },
          // the other server's rewards are raw ones
          expected: server === allgood ? expected : raw(expected),
        });
        if (result.wrong > 0) throw new Error(`${server.name}: ${result.wrong} wrong answers`);
        results.get(server.name)!.push(result);
      }
    }
    for (const [name, each] of results) {
      const of = (number: (result: LoadResult) => number) => median(each.map(number));
      const rate = of(({ requests, seconds }) => requests / seconds);
      rows.push({
        server: name,
        clients,
        samples,
        requestsPerSecond: rate,
        p50: of(({ p50 }) => p50),
        p99: of(({ p99 }) => p99),
      });
    }
  }
  return rows;
}

/** Resident memory and live heap after so many requests of one response, 64 clients. */
async function memory(server: Server) {
  const job = {
    port: server.port,
    path: "/get_reward",
    clients: 64,
    ...bodies(1),
    warmUpMs: 0,
    forMs: 600_000,
  };
  const rows = [];
  let done = 0;
  for (const requests of [1_000, 10_000, 50_000, 100_000]) {
    await load({ ...job, requests: requests - done });
    done = requests;
    rows.push({ requests, ...(await memoryOf(server)) });
  }
  return rows;
}

async function memoryOf({ port, process: server }: Server) {
  server.kill("SIGUSR2");
  await wait(500);
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const mib = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]) / 2 ** 20;
  return { residentMiB: mib("process_resident_memory_bytes"), heapMiB: mib("nodejs_heap_size_used_bytes") };
}

const allgood = await startAllgood();
const others = [await startFastApi("plain"), await startFastApi("fast")];
const missing = others.flatMap((other) => ("missing" in other ? [other.missing] : []));
const servers = [allgood, ...others.flatMap((other) => ("missing" in other ? [] : [other]))];
const rows = await measure(servers);
const ratios = CELLS.flatMap((cell) => {
  const rate = (name: string) =>
    rows.find((row) => row.server === name && row.clients === cell.clients && row.samples === cell.samples)!
      .requestsPerSecond;
  return servers.slice(1).map(({ name }) => ({ ...cell, over: name, ratio: rate("allgood") / rate(name) }));
});
for (const server of servers) await server.stop();

let memoryRows: Awaited<ReturnType<typeof memory>> = [];
if (options.memory) {
  const fresh = await startAllgood("collecting");
  memoryRows = await memory(fresh);
  await fresh.stop();
}
generator.stdin.end();
await once(generator, "close");

const about = { cores: cpus().length, cpu: cpus()[0]?.model, rounds: ROUNDS, seconds: FOR_MS / 1000 };
const versions = Object.fromEntries(servers.map((server) => [server.name, server.about]));
if (options.json) console.log(JSON.stringify({ about, versions, missing, rows, ratios, memory: memoryRows }));
else {
  console.log(about, versions);
  for (const problem of missing) console.log(`not measured: ${problem}`);
  console.table(rows);
  console.table(ratios);
  console.table(memoryRows);
}
