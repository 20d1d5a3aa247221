/**
 * 64 clients against `allgood serve`, while the reward model that it asks (`allgood serve --as vllm`, another process) is
 * stopped, killed and started again. Each request carries its own expected answer and is checked. A refusal is loud and
 * tried again; what must not happen is counted:
 *
 * - lost: a request that got no answer in two minutes of tries;
 * - mixedUp: an answer that belongs to another request;
 * - silent: status 200 with anything else than the right rewards.
 *
 * Run: npx tsx bench/soak.ts [--minutes 10] [--clients 64] [--json]; exit 1 unless all three are 0.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { sealObjective } from "../src/objective/index.ts";
import { createRandom, type Random } from "../src/stats/random.ts";
import { allgoodProcess, firstLine, stopped } from "./serve/servers.ts";

const { values: options } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    clients: { type: "string", default: "64" },
    json: { type: "boolean" },
  },
});
const CLIENTS = Number(options.clients);
const end = performance.now() + 60_000 * Number(options.minutes);
/** A request that has no answer after this is lost. */
const PATIENCE_MS = 120_000;

/** A reward that is the response's own. The text of the module is what the model server runs. */
const MODEL = `import { createHash } from "node:crypto";
export const value = "helpful";
export const score = (items) => items.map(({ response }) =>
  createHash("sha256").update(response).digest().readUIntBE(0, 6) / 2 ** 44 - 8);
`;
const rewardOf = (response: string): number =>
  createHash("sha256").update(response).digest().readUIntBE(0, 6) / 2 ** 44 - 8;
const utilityOf = (response: string): number => -Math.log1p(Math.exp(-rewardOf(response)));

const folder = await mkdtemp(join(tmpdir(), "allgood-soak-"));
const modelPort = await freePort();
await writeFile(join(folder, "model.mjs"), MODEL);
await writeFile(join(folder, "objective.json"), JSON.stringify(await objective()));

let model = await startModel();
const server = allgoodProcess([
  ...["serve", join(folder, "objective.json"), "--port", "0", "--log-level", "silent"],
]);
const { url } = await firstLine<{ url: string }>(server);

const counts = {
  requests: 0,
  ok: 0,
  refused: 0,
  disconnected: 0,
  lost: 0,
  mixedUp: 0,
  silent: 0,
  restarts: 0,
};
const refusals: Record<string, number> = {};
/** Expected answers of other requests, to tell a mix-up from other nonsense. */
const expectedOfAll = new Map<number, string>();

await Promise.all([...Array.from({ length: CLIENTS }, (_, c) => client(c)), unrest()]);
await stopped(server);
await stopped(model);
await rm(folder, { recursive: true });
const result = { minutes: Number(options.minutes), clients: CLIENTS, ...counts, refusals };
console.log(options.json ? JSON.stringify(result) : result);
process.exitCode = counts.lost + counts.mixedUp + counts.silent === 0 && counts.ok > 0 ? 0 : 1;

async function client(c: number): Promise<void> {
  const random = createRandom(c + 1);
  for (let i = 0; performance.now() < end; i++) {
    const size = 1 + Math.floor(4 * random.uniform());
    const responses = Array.from({ length: size }, (_, n) => `client ${c}, request ${i}, response ${n}.`);
    for (const response of responses) expectedOfAll.set(utilityOf(response), response);
    counts.requests += 1;
    await askUntilAnswered(responses, random);
    for (const response of responses) expectedOfAll.delete(utilityOf(response));
  }
}

async function askUntilAnswered(responses: string[], random: Random): Promise<void> {
  const giveUp = performance.now() + PATIENCE_MS;
  while (performance.now() < giveUp) {
    const answer = await ask(responses);
    if (answer === "answered") return;
    await wait(50 + 200 * random.uniform());
  }
  counts.lost += 1;
}

async function ask(responses: string[]): Promise<"answered" | "again"> {
  const prompt = "\n\nHuman: Go on.\n\nAssistant:";
  const body = JSON.stringify({
    query: responses.map((response) => `${prompt} ${response}`),
    prompts: responses.map(() => prompt),
    labels: responses.map(() => null),
  });
  let answer: { status: number; rewards: unknown };
  try {
    const response = await fetch(`${url}/get_reward`, { method: "POST", body });
    const found = (await response.json()) as { rewards?: unknown; error?: { code: string } };
    answer = { status: response.status, rewards: found.rewards };
    if (response.status !== 200) {
      counts.refused += 1;
      const name = `${response.status} ${found.error?.code}`;
      refusals[name] = (refusals[name] ?? 0) + 1;
      return "again";
    }
  } catch {
    counts.disconnected += 1;
    return "again";
  }
  judge(answer.rewards, responses);
  return "answered";
}

function judge(rewards: unknown, responses: string[]): void {
  if (!Array.isArray(rewards) || rewards.length !== responses.length) {
    counts.silent += 1;
    return;
  }
  const right = responses.map((response, n) => Math.abs(Number(rewards[n]) - utilityOf(response)) < 1e-9);
  if (right.every(Boolean)) counts.ok += 1;
  else if (rewards.some((reward, n) => !right[n] && isOfAnother(Number(reward)))) counts.mixedUp += 1;
  else counts.silent += 1;
}

const isOfAnother = (reward: number): boolean =>
  [...expectedOfAll.keys()].some((expected) => Math.abs(expected - reward) < 1e-9);

/** The model is stopped, or killed, again and again, and is away for a while. */
async function unrest(): Promise<void> {
  const random = createRandom(0);
  while (performance.now() < end) {
    await wait(4_000 + 8_000 * random.uniform());
    if (random.uniform() < 0.5) await stopped(model);
    else {
      const closed = once(model, "close");
      model.kill("SIGKILL");
      await closed;
    }
    await wait(6_000 * random.uniform());
    model = await startModel();
    counts.restarts += 1;
  }
}

async function startModel() {
  const args = ["serve", "--as", "vllm", "--model", join(folder, "model.mjs"), "--port", String(modelPort)];
  const child = allgoodProcess([...args, "--log-level", "silent"]);
  await firstLine(child);
  return child;
}

async function objective() {
  return sealObjective({
    format: "allgood-objective/1",
    goal: "helpful",
    values: {
      helpful: {
        model: {
          kind: "remote",
          description: {
            format: "allgood-remote/1",
            value: "helpful",
            protocol: "vllm-classify",
            url: `http://127.0.0.1:${modelPort}`,
            text: "transcript",
            retries: 2,
            timeoutMs: 5_000,
            maxWaitMs: 500,
          },
        },
        temperature: 1,
        reference: { kind: "fixed", global: 0, otherwise: "global" },
      },
    },
  });
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
