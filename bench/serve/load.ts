/**
 * A light HTTP client for load: one raw socket a client, requests made beforehand, one after the other. It costs a
 * fraction of what a full client does, so that on few cores the server is what is measured. Runs as a process of its own:
 * reads a job from standard input, one JSON line each, and answers with one.
 */
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";

export type LoadJob = {
  port: number;
  path: string;
  /** Bodies that the clients send in turn, and the rewards that each must bring. */
  bodies: string[];
  expected: number[][];
  clients: number;
  /** Requests not counted, before the clock starts. */
  warmUpMs: number;
  /** Ends after this time, or this many requests. */
  forMs: number;
  requests?: number;
};

export type LoadResult = { requests: number; seconds: number; p50: number; p99: number; wrong: number };

/** One answer in so many is parsed and compared number by number. */
const CHECKED = 16;

async function load(job: LoadJob): Promise<LoadResult> {
  const wires = job.bodies.map((body) =>
    Buffer.from(
      `POST ${job.path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    ),
  );
  const latencies: number[] = [];
  let wrong = 0;
  let sent = 0;
  const started = performance.now() + job.warmUpMs;
  const end = started + job.forMs;
  const client = async (): Promise<void> => {
    const ask = await openClient(job.port);
    for (;;) {
      const now = performance.now();
      if (now >= end || (job.requests !== undefined && latencies.length >= job.requests)) break;
      const at = sent++ % wires.length;
      const { status, body } = await ask(wires[at]!);
      const done = performance.now();
      if (status !== 200) wrong += 1;
      else if (sent % CHECKED === 0 && !fits(body, job.expected[at]!)) wrong += 1;
      if (now >= started) latencies.push(done - now);
    }
    ask.close();
  };
  await Promise.all(Array.from({ length: job.clients }, client));
  const seconds = (performance.now() - started) / 1000;
  const sorted = Float64Array.from(latencies).sort();
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return { requests: latencies.length, seconds, p50: at(0.5), p99: at(0.99), wrong };
}

const fits = (body: string, expected: readonly number[]): boolean => {
  const { rewards } = JSON.parse(body) as { rewards: number[] };
  return (
    rewards.length === expected.length && rewards.every((reward, i) => Math.abs(reward - expected[i]!) < 1e-9)
  );
};

type Reply = { status: number; body: string };
type Client = ((request: Buffer) => Promise<Reply>) & { close(): void };

async function openClient(port: number): Promise<Client> {
  const socket: Socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  let got = "";
  let waiting: { resolve(reply: Reply): void; reject(error: Error): void } | undefined;
  socket.setEncoding("latin1");
  socket.on("data", (chunk) => {
    got += chunk;
    const reply = takeReply(got);
    if (reply === undefined) return;
    got = "";
    waiting?.resolve(reply);
  });
  socket.on("error", (error) => waiting?.reject(error));
  socket.on("close", () => waiting?.reject(new Error("the server closed the connection")));
  const ask = (request: Buffer) =>
    new Promise<Reply>((resolve, reject) => {
      waiting = { resolve, reject };
      socket.write(request);
    });
  return Object.assign(ask, { close: () => void socket.end() });
}

function takeReply(text: string): Reply | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, end))?.[1];
  if (length === undefined) throw new Error(`an answer without content-length: ${text.slice(0, end)}`);
  const body = text.slice(end + 4);
  if (body.length < Number(length)) return undefined;
  return { status: Number(text.slice(9, 12)), body };
}

for await (const line of createInterface({ input: process.stdin })) {
  const result = await load(JSON.parse(line) as LoadJob);
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
