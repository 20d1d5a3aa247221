/**
 * Two real servers behind a real nginx with the configuration of `deploy/`, while servers are restarted, killed, full and
 * broken. Clients get their own rewards, or what a server said; nothing that nginx made up.
 */
import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { workFolder } from "./support/cli.ts";
import { type Balancer, nginx, startBalancer } from "./support/nginx.ts";
import { KEY, Replica, utilityOf } from "./support/replica.ts";

// each server has an address of 127/8 for itself, which only Linux gives without asking
const possible = nginx !== undefined && process.platform === "linux";
if (!possible)
  console.warn("SKIPPED for want of nginx (ALLGOOD_NGINX names one) on Linux: tests of deploy/balancer.conf");

const at = workFolder();
let a: Replica;
let b: Replica;
let balancer: Balancer | undefined;
let agent: Agent;

beforeEach(async () => {
  [a, b] = await Promise.all([Replica.make("127.0.0.2", at("a")), Replica.make("127.0.0.3", at("b"))]);
  agent = new Agent({ keepAlive: true });
});
afterEach(async () => {
  agent.destroy();
  await Promise.all([a.stop("SIGKILL"), b.stop("SIGKILL"), balancer?.stop()]);
  balancer = undefined;
});

/** An nginx that knows nothing of the servers yet. */
async function balance(): Promise<string> {
  await balancer?.stop();
  balancer = await startBalancer(at("nginx"), { "allgood-a": a.address, "allgood-b": b.address });
  return balancer.url;
}

type Answer = {
  id: string;
  status: number;
  headers: IncomingMessage["headers"];
  body: string;
  expected: number[];
  /** Of the client's end: which connection it was. */
  localPort: number | undefined;
};

let asked = 0;
/** Two responses that nobody has asked for before. */
async function ask(
  url: string,
  { through = agent, id, key = KEY }: { through?: Agent; id?: string; key?: string } = {},
): Promise<Answer> {
  const names = [0, 1].map((i) => `response ${i} of request ${asked}`);
  asked += 1;
  const body = JSON.stringify({
    query: names.map((name) => `\n\nHuman: Go on.\n\nAssistant: ${name}`),
    prompts: names.map(() => "\n\nHuman: Go on.\n\nAssistant:"),
    labels: names.map(() => null),
  });
  const headers = { authorization: `Bearer ${key}`, ...(id !== undefined && { "x-request-id": id }) };
  const sent = request(`${url}/get_reward`, { method: "POST", agent: through, headers });
  sent.end(body);
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  const { localPort } = answer.socket;
  if (id !== undefined && answer.statusCode === 200) expect(answer.headers["x-request-id"]).toBe(id);
  return {
    ...{ id: String(answer.headers["x-request-id"]), status: answer.statusCode!, headers: answer.headers },
    ...{ body: await text(answer), expected: names.map(utilityOf), localPort },
  };
}

function expectRight({ status, body, expected }: Answer): void {
  expect(status, body).toBe(200);
  const { rewards } = JSON.parse(body) as { rewards: number[] };
  expect(rewards).toHaveLength(expected.length);
  for (const [i, u] of rewards.entries()) expect(u).toBeCloseTo(expected[i]!, 9);
}

const codeOf = ({ body }: Answer) => (JSON.parse(body) as { error: { code: string } }).error.code;

const CLIENTS = 16;
const MOST = 2000;

/** 16 clients that ask, each one request after the other, while something is done to the servers. */
async function during(
  url: string,
  act: (more: (n: number) => Promise<void>) => Promise<void>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  let over = false;
  const clients = Array.from({ length: CLIENTS }, async (_, client) => {
    for (let i = 0; i < MOST && !over; i++) answers.push(await ask(url, { id: `client-${client}-${i}` }));
  });
  const all = Promise.all(clients);
  const more = (n: number) => {
    const enough = answers.length + n;
    return until(() => answers.length >= enough);
  };
  const early = all.then(() => {
    if (!over) throw new Error("the clients were done before the servers");
  });
  await Promise.race([early, act(more)]).finally(() => {
    over = true;
  });
  await all;
  return answers;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await wait(5);
}
const answeredBy = (replica: Replica, status: number) => () =>
  replica.log.some((line) => line.status === status && line.id?.startsWith("client-") === true);

/** Asks a server whose model fails until it does not ask the model any more. */
async function openCircuit(replica: Replica): Promise<void> {
  while ((await ask(`http://${replica.address}`)).status !== 503);
}

const TINY = ["--max-queue", "2", "--max-items", "2", "--max-batch", "2"];

describe.skipIf(!possible)("two servers behind deploy/balancer.conf", () => {
  test("one is changed, the other is killed: all get their rewards, and idle connections live on", async () => {
    await Promise.all([a.start(), b.start()]);
    const url = await balance();
    const idle = new Agent({ keepAlive: true, maxSockets: 1 });
    const before = await ask(url, { through: idle });
    const answers = await during(url, async (more) => {
      await until(() => answeredBy(a, 200)() && answeredBy(b, 200)());
      expect(await a.stop("SIGTERM")).toBe(0);
      await more(2 * CLIENTS);
      await a.start();
      await until(answeredBy(a, 200));
      await b.stop("SIGKILL");
      await more(2 * CLIENTS);
      await b.start();
    });
    for (const answer of answers) expectRight(answer);
    const after = await ask(url, { through: idle });
    for (const answer of [before, after]) expectRight(answer);
    expect(after.localPort).toBe(before.localPort);
    idle.destroy();
  });

  test("what one is too full for, the other takes; once both are, clients are told when to come again", async () => {
    await Promise.all([a.start(), b.start(...TINY)]);
    const url = await balance();
    const answers = await during(url, () => until(() => answeredBy(b, 429)() && answeredBy(b, 200)()));
    for (const answer of answers) expectRight(answer);

    await a.stop("SIGTERM");
    await a.start(...TINY);
    const full = await during(url, (more) => more(10 * CLIENTS));
    for (const answer of full.filter(({ status }) => status === 200)) expectRight(answer);
    const refused = full.filter(({ status }) => status !== 200);
    expect(refused.length).toBeGreaterThan(0);
    for (const answer of refused) {
      expect(answer.status, answer.body).toBe(429);
      expect(codeOf(answer)).toBe("busy");
      expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
    }
    expectRight(await ask(url));
  });

  test("the model of one fails: the other is asked; once both fail, clients are told so", async () => {
    await Promise.all([a.start(), b.start()]);
    await b.breakModel(true);
    for (const answer of await during(await balance(), () => until(answeredBy(b, 502)))) expectRight(answer);
    await openCircuit(b);
    const url = await balance();
    for (const answer of await during(url, () => until(answeredBy(b, 503)))) expectRight(answer);

    await a.breakModel(true);
    await openCircuit(a);
    const failed = await during(url, (more) => more(2 * CLIENTS));
    for (const answer of failed)
      expect([answer.status, codeOf(answer)]).toEqual(
        answer.status === 503 ? [503, "upstream_down"] : [502, "upstream_failed"],
      );
    expect(failed.some(({ headers }) => Number(headers["retry-after"]) > 0)).toBe(true);
    await Promise.all([a.breakModel(false), b.breakModel(false)]);
  });

  test("a thousand at once: all get their rewards", async () => {
    await Promise.all([a.start(), b.start()]);
    const url = await balance();
    for (const answer of await Promise.all(Array.from({ length: 1000 }, () => ask(url)))) expectRight(answer);
  });

  test("keys and ids pass; bodies up to the limit do, and larger ones don't", async () => {
    await Promise.all([a.start(), b.start()]);
    const url = await balance();
    const refused = await ask(url, { key: "another-key-of-some-length" });
    expect(refused.status).toBe(401);
    expect(codeOf(refused)).toBe("unauthorized");

    const own = await ask(url, { id: "step-7/sample-3" });
    const given = await ask(url);
    expect(own.id).toBe("step-7/sample-3");
    expect(given.id).toMatch(/^[0-9a-f]{32}$/);
    const logged = () => [...a.log, ...b.log].map(({ id }) => id);
    await until(() => logged().includes(own.id) && logged().includes(given.id));

    const headers = { authorization: `Bearer ${KEY}` };
    const spaces = " ".repeat(16 * 2 ** 20);
    const fits = await fetch(`${url}/get_reward`, { method: "POST", headers, body: spaces });
    expect([fits.status, await fits.text()]).toEqual([400, expect.stringContaining("bad_request")]);
    // the head is enough for nginx
    const large = request(`${url}/get_reward`, {
      method: "POST",
      headers: { ...headers, "content-length": 16 * 2 ** 20 + 1 },
    });
    large.flushHeaders();
    const [answer] = (await once(large, "response")) as [IncomingMessage];
    expect(answer.statusCode).toBe(413);
    large.destroy();
  });
});
