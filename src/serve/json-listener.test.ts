import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import type { Listening } from "./listen.ts";
import { asCurl, globalUtility, testServer } from "./serving.fixture.ts";

const open = new Set<Listening>();

async function serving(options: Parameters<typeof testServer>[0] = {}) {
  const server = await testServer(options);
  open.add(server);
  return server;
}

afterEach(async () => {
  await Promise.all([...open].map((server) => server.drain(0)));
  open.clear();
});

const bodyOf = (response: string) =>
  JSON.stringify({ query: [`ask ${response}`], prompts: ["ask"], labels: [null] });
const utilityOf = (response: string) =>
  globalUtility({ prompt: [{ role: "user", content: "ask" }], response });
const wire = (body: string) =>
  Buffer.from(
    `POST /get_reward HTTP/1.1\r\nhost: x\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );

/** All that comes back over one connection until `enough`. */
async function exchange(port: number, pieces: readonly Buffer[], enough: (text: string) => boolean) {
  const socket = connect(port, "127.0.0.1").setNoDelay();
  let got = "";
  for (const piece of pieces) {
    socket.write(piece);
    await new Promise((done) => setTimeout(done, 5));
  }
  for await (const chunk of socket) {
    got += String(chunk);
    if (enough(got)) break;
  }
  socket.destroy();
  return got;
}

const rewardsIn = (text: string) => [...text.matchAll(/"rewards":\[([^\]]+)\]/g)].map(([, u]) => Number(u));

test("requests sent without waiting are answered in their order", async () => {
  const { port } = await serving();
  const names = ["one", "two", "three"];
  const sent = [Buffer.concat(names.map((name) => wire(bodyOf(name))))];
  const got = await exchange(port, sent, (text) => rewardsIn(text).length === 3);
  expect(rewardsIn(got)).toEqual(names.map((name) => expect.closeTo(utilityOf(name), 10)));
});

test("a body in pieces, cut within a character", async () => {
  const { port } = await serving();
  const whole = wire(bodyOf("né à Łódź 😀"));
  const cut = whole.indexOf("😀") + 2;
  const pieces = [whole.subarray(0, 30), whole.subarray(30, cut), whole.subarray(cut)];
  const got = await exchange(port, pieces, (text) => rewardsIn(text).length === 1);
  expect(rewardsIn(got)[0]).toBeCloseTo(utilityOf("né à Łódź 😀"), 10);
});

test("a client that leaves amid its body is 499 in the log, and nothing of it stays", async () => {
  const server = await serving();
  const socket = connect(server.port, "127.0.0.1");
  await once(socket, "connect");
  socket.write(wire(bodyOf("x")).subarray(0, -5));
  for (let i = 0; i < 500 && server.parts.requests.size === 0; i++)
    await new Promise((d) => setTimeout(d, 2));
  expect(server.parts.requests.size).toBe(1);
  socket.destroy();
  for (let i = 0; i < 500 && server.log.length === 0; i++) await new Promise((d) => setTimeout(d, 2));
  expect(server.log.at(-1)).toMatchObject({ route: "/get_reward", status: 499 });
  expect(server.parts.requests.size).toBe(0);
});

test("the deadline holds while the body still comes", async () => {
  const server = await serving({ deadlineMs: 50 });
  const got = await exchange(server.port, [wire(bodyOf("x")).subarray(0, -5)], (text) => text.includes("}}"));
  expect(got).toContain("HTTP/1.1 504");
  expect(got).toContain('"code":"deadline"');
});

test("with a query after its path it is the same route; by another method it is none", async () => {
  const { url } = await serving();
  const answer = await fetch(`${url}/get_reward?trainer=1`, asCurl(bodyOf("x")));
  expect(((await answer.json()) as { rewards: number[] }).rewards[0]).toBeCloseTo(utilityOf("x"), 10);
  expect((await fetch(`${url}/get_reward`, { method: "PUT", body: bodyOf("x") })).status).toBe(404);
});
