/**
 * A TCP proxy before a real HTTP server that spoils chosen answers on the wire. Requests without a fault pass through as
 * they are, streams too. One request a connection: it asks both sides to close.
 * @module
 */
import { createServer, type Socket, connect as toUpstream } from "node:net";

export type Fault =
  /** The connection is reset (RST) when the request comes; the server never sees it. */
  | { kind: "reset" }
  /** The server answers; the client gets the head and half of the body, then the connection ends. */
  | { kind: "half-body" }
  /** The same, but ends with a reset. */
  | { kind: "half-body-reset" }
  /** `content-length` says this many bytes more (or, if negative, fewer) than the body has. */
  | { kind: "wrong-length"; by: number }
  /** The body is changed; `content-length` fits the new one. */
  | { kind: "body"; change: (body: string) => string }
  /** An answer of its own; the server never sees the request. */
  | { kind: "status"; status: number; headers?: Record<string, string>; body?: string }
  /** The true answer, a few bytes at a time. */
  | { kind: "drip"; bytes: number; everyMs: number }
  /** Nothing, and the connection stays open. */
  | { kind: "hang" };

export type FaultProxy = {
  /** `http://127.0.0.1:PORT` */
  url: string;
  /** Requests seen so far. */
  readonly requests: number;
  /** What happens to the next requests, one each, after those set before; "none" lets one pass. */
  next(...faults: (Fault | "none")[]): void;
  /** Drops what `next` set and no request has met yet. */
  forget(): void;
  /** What happens to every request that `next` says nothing of; undefined lets them pass. */
  always(fault: Fault | undefined): void;
  /**
   * Requests whose client is still connected: to see whether one that gave up has let go. Clients keep unused connections
   * open, too; those do not count.
   */
  readonly open: number;
  close(): Promise<void>;
};

/** @param target address of an HTTP server on this machine, such as `http://127.0.0.1:8080` */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const { hostname, port } = new URL(target);
  const queue: (Fault | "none")[] = [];
  const sockets = new Set<Socket>();
  const waiting = new Set<Socket>();
  let common: Fault | undefined;
  let requests = 0;
  const server = createServer((client) => {
    keep(client, sockets);
    onHead(client, (head, rest) => {
      requests += 1;
      waiting.add(client);
      client.on("close", () => waiting.delete(client));
      const planned = queue.length > 0 ? queue.shift() : common;
      const fault = planned === "none" ? undefined : planned;
      const connect = () => {
        const upstream = toUpstream({ host: hostname, port: Number(port) });
        keep(upstream, sockets);
        client.on("close", () => upstream.destroy());
        upstream.write(closing(head));
        upstream.write(rest);
        client.on("data", (chunk) => upstream.write(chunk));
        return upstream;
      };
      answer(client, fault, connect);
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    get requests() {
      return requests;
    },
    get open() {
      return waiting.size;
    },
    forget: () => {
      queue.length = 0;
    },
    next: (...faults) => void queue.push(...faults),
    always: (fault) => {
      common = fault;
    },
    close: () =>
      new Promise((closed) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => closed());
      }),
  };
}

function answer(client: Socket, fault: Fault | undefined, connect: () => Socket): void {
  // what is not read keeps the end of the connection from being seen
  client.resume();
  if (fault === undefined) connect().pipe(client);
  else if (fault.kind === "reset") client.resetAndDestroy();
  else if (fault.kind === "status") client.end(ownAnswer(fault));
  else if (fault.kind !== "hang") {
    const chunks: Buffer[] = [];
    const upstream = connect();
    upstream.on("data", (chunk) => chunks.push(chunk));
    upstream.on("end", () => spoil(client, fault, parse(Buffer.concat(chunks))));
  }
}

type Answer = { head: string; body: Buffer };
type Spoiling = Exclude<Fault, { kind: "reset" | "status" | "hang" }>;

function spoil(client: Socket, fault: Spoiling, { head, body }: Answer): void {
  switch (fault.kind) {
    case "half-body":
    case "half-body-reset":
      client.write(withLength(head, body.length));
      client.write(body.subarray(0, body.length >> 1), () =>
        fault.kind === "half-body" ? client.end() : client.resetAndDestroy(),
      );
      break;
    case "wrong-length":
      client.write(withLength(head, body.length + fault.by));
      client.end(body);
      break;
    case "body": {
      const changed = Buffer.from(fault.change(body.toString()));
      client.write(withLength(head, changed.length));
      client.end(changed);
      break;
    }
    case "drip":
      drip(client, Buffer.concat([Buffer.from(withLength(head, body.length)), body]), fault);
  }
}

function drip(client: Socket, bytes: Buffer, { bytes: size, everyMs }: { bytes: number; everyMs: number }) {
  let at = 0;
  const timer = setInterval(() => {
    client.write(bytes.subarray(at, at + size));
    at += size;
    if (at < bytes.length) return;
    clearInterval(timer);
    client.end();
  }, everyMs);
  client.on("close", () => clearInterval(timer));
}

function ownAnswer({ status, headers = {}, body = "" }: Extract<Fault, { kind: "status" }>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const length = Buffer.byteLength(body);
  return `HTTP/1.1 ${status} Fault\r\n${lines.join("")}content-length: ${length}\r\nconnection: close\r\n\r\n${body}`;
}

/** A whole answer; a chunked body is put together. */
function parse(bytes: Buffer): Answer {
  const end = bytes.indexOf("\r\n\r\n") + 4;
  const head = bytes.subarray(0, end).toString("latin1");
  const body = bytes.subarray(end);
  return { head, body: /^transfer-encoding: *chunked/im.test(head) ? dechunk(body) : body };
}

function dechunk(body: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = body.indexOf("\r\n", at);
    const size = Number.parseInt(body.subarray(at, lineEnd).toString("latin1"), 16);
    if (lineEnd < 0 || !(size > 0)) return Buffer.concat(parts);
    parts.push(body.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}

const withLength = (head: string, length: number): string =>
  head
    .replace(/^(?:content-length|transfer-encoding|connection|keep-alive):.*\r\n/gim, "")
    .replace(/\r\n\r\n$/, `\r\ncontent-length: ${length}\r\nconnection: close\r\n\r\n`);

/** The head of a request that asks the server to close the connection after its answer. */
const closing = (head: string): string =>
  head.replace(/^connection:.*\r\n/gim, "").replace(/\r\n\r\n$/, "\r\nconnection: close\r\n\r\n");

/** Calls back once with the head of the first request and what has come of its body. */
function onHead(client: Socket, then: (head: string, rest: Buffer) => void): void {
  let got = Buffer.alloc(0);
  const read = (chunk: Buffer) => {
    got = Buffer.concat([got, chunk]);
    const end = got.indexOf("\r\n\r\n");
    if (end < 0) return;
    client.off("data", read);
    then(got.subarray(0, end + 4).toString("latin1"), got.subarray(end + 4));
  };
  client.on("data", read);
}

function keep(socket: Socket, sockets: Set<Socket>): void {
  sockets.add(socket);
  socket.on("close", () => sockets.delete(socket));
  // a client that goes away is what the proxy is for
  socket.on("error", () => socket.destroy());
}
