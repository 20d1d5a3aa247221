/**
 * JSON routes straight on Node's own requests. The objects that a web framework makes of a request and its response cost
 * more than all the rest of a small one: see `bench/serve.ts`.
 * @module
 */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { asServeError, errorReply } from "./answer-error.ts";
import type { JsonRoute } from "./json-route.ts";
import { answered, type LifecycleOptions, live, tooLarge } from "./lifecycle.ts";
import { LiveRequest } from "./live-request.ts";
import { jsonText, textOf } from "./read-body.ts";

type Reply = { status: number; headers?: Record<string, string>; text: string };

/** @param otherwise answers all requests that are for none of the routes */
export function jsonListener(
  routes: readonly JsonRoute[],
  options: LifecycleOptions,
  otherwise: RequestListener,
): RequestListener {
  const byPath = new Map(routes.map((route) => [route.path, route]));
  return (incoming, outgoing) => {
    const route = incoming.method === "POST" ? byPath.get(incoming.url ?? "") : undefined;
    if (route === undefined) otherwise(incoming, outgoing);
    else void serve(route, incoming, outgoing, options);
  };
}

async function serve(
  route: JsonRoute,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  options: LifecycleOptions,
): Promise<void> {
  const header = (name: string) => {
    const found = incoming.headers[name];
    return typeof found === "string" ? found : undefined;
  };
  const request = new LiveRequest(header("x-request-id"));
  const work = async () => route.answer(textOf(await readBytes(incoming, options.maxBodyBytes)), request);
  let reply: Reply;
  try {
    reply = { status: 200, text: jsonText(await live(request, { header, outgoing }, options, work)) };
  } catch (error) {
    request.error = asServeError(error);
    const { body, ...rest } = errorReply(request.error, request.id);
    reply = { ...rest, text: JSON.stringify(body) };
  }
  if (options.requests.draining) outgoing.shouldKeepAlive = false;
  if (!outgoing.destroyed) send(outgoing, request.id, reply);
  answered(request, { method: "POST", route: route.path, status: reply.status }, options);
}

function send(outgoing: ServerResponse, id: string, { status, headers, text }: Reply): void {
  outgoing.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    "x-request-id": id,
    ...headers,
  });
  outgoing.end(text);
}

function readBytes(incoming: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    incoming.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      // what is too much is still read, or the client would not read the answer
      if (bytes > maxBytes) reject(tooLarge(maxBytes));
      else chunks.push(chunk);
    });
    incoming.once("end", () => {
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
    });
  });
}
