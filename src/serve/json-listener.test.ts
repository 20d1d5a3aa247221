import { once } from "node:events";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { echoModel } from "./echo-model.fixture.ts";
import { asCurl, globalUtility, testServers } from "./serving.fixture.ts";

const serving = testServers();

const bodyOf = (response: string) =>
  JSON.stringify({ query: [`ask ${response}`], prompts: ["ask"], labels: [null] });
const utilityOf = (response: string) =>
  globalUtility({ prompt: [{ role: "user", content: "ask" }], response });
const wire = (body: string) =>
  Buffer.from(
    `POST /get_reward HTTP/1.1\r\nhost: x\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );

const get = (path: string) => Buffer.from(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);

/** Fails by the test's own time limit. */
async function until(there: () => boolean): Promise<void> {
  while (!there()) await new Promise((done) => setTimeout(done, 2));
}

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
  await until(() => server.parts.requests.size === 1);
  socket.destroy();
  await until(() => server.log.length > 0);
  expect(server.log.at(-1)).toMatchObject({ route: "/get_reward", status: 499 });
  expect(server.parts.requests.size).toBe(0);
});

test("requests that wait behind another leave with their client", async () => {
  let release = () => {};
  const held = new Promise<void>((done) => {
    release = done;
  });
  const helpful = echoModel({ value: "helpful" });
  const score: typeof helpful.score = async (items) => {
    await held;
    return helpful.score(items);
  };
  const server = await serving({ models: { helpful: { ...helpful, score } } });
  const socket = connect(server.port, "127.0.0.1");
  await once(socket, "connect");
  const others = Array.from({ length: 12 }, (_, i) => wire(bodyOf(`${i}`)));
  socket.write(Buffer.concat([wire(bodyOf("x")), ...others, get("/v1/objective")]));
  await until(() => server.parts.requests.size === 14);
  socket.destroy();
  await until(() => server.parts.requests.size === 0);
  release();
  expect(server.parts.requests.size).toBe(0);
});

test("a body that is nested too deeply to be written again is refused, and the server goes on", async () => {
  const { url } = await serving();
  const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  const body = `{"responses_create_params":{"input":"Hi"},"response":{"output":[{"content":"Hello."}]},"deep":${deep}}`;
  for (const path of ["/verify", "/verify?by=hono"]) {
    const answer = await fetch(url + path, { method: "POST", body });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { message: "the body is nested too deeply" } });
  }
  expect((await fetch(`${url}/get_reward`, asCurl(bodyOf("x")))).status).toBe(200);
});

test("bytes that are no UTF-8 are refused; a mark of byte order is none of the body", async () => {
  const { url } = await serving();
  const post = (path: string, body: Uint8Array) => fetch(url + path, { method: "POST", body });
  for (const path of ["/get_reward", "/get_reward?by=hono"]) {
    for (const bytes of [Buffer.from(bodyOf("caf\u00e9"), "latin1"), gzipSync(bodyOf("x"))]) {
      const refused = await post(path, bytes);
      expect(refused.status).toBe(400);
      expect(await refused.text()).toContain("the body is not UTF-8");
    }
    const marked = await post(path, Buffer.from(`\ufeff${bodyOf("x")}`));
    expect(((await marked.json()) as { rewards: number[] }).rewards[0]).toBeCloseTo(utilityOf("x"), 10);
  }
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
