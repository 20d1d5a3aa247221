import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import { LazyAbort } from "./lazy-abort.ts";
import { ServeError } from "./serve-error.ts";

/** The client has closed its connection: nobody reads the answer. */
const left = new ServeError("deadline", "the client has left");
/** nginx's status for it, in the log and the metrics. */
const CLIENT_LEFT = 499;

/** One request on its way to its answer. It is aborted when its client leaves, with its deadline, or when the server stops. */
export class LiveRequest extends LazyAbort {
  /** The client's own id where it sent one that can be logged, so that its log and ours can be read together. */
  readonly id: string;
  readonly started = performance.now();
  /** Responses to score, for the log. */
  items: number | undefined;
  /** Why it was refused, for the log. */
  error: ServeError | undefined;
  /** Where it stands among the {@link RequestsInFlight}. */
  place = -1;

  constructor(givenId: string | undefined) {
    super();
    this.id = givenId !== undefined && /^[\w.:/+=-]{1,128}$/.test(givenId) ? givenId : randomUUID();
  }

  /** @param sent the status of its answer */
  statusOf(sent: number): number {
    return this.reason === left ? CLIENT_LEFT : sent;
  }
}

/** The requests that have no answer yet, or whose answer is still being written. */
export class RequestsInFlight {
  /** True once the server is about to stop: connections are closed with their answer. */
  draining = false;
  /**
   * An array, from which one is removed by putting the last in its place. The tables of a `Set` that so many come and go
   * through are linked to one another in V8, and a dead one in the old generation keeps all that its successors ever held.
   */
  readonly #running: LiveRequest[] = [];

  get size(): number {
    return this.#running.length;
  }

  /** Counts it in until its answer is written, and ends it if its client leaves before. */
  add(request: LiveRequest, outgoing: ServerResponse): void {
    request.place = this.#running.push(request) - 1;
    if (outgoing.socket === null) closeWithConnection(outgoing);
    outgoing.once("close", () => {
      this.#remove(request);
      if (!outgoing.writableFinished) request.abort(left);
    });
  }

  abort(reason: ServeError): void {
    for (const request of this.#running.slice()) request.abort(reason);
  }

  #remove({ place }: LiveRequest): void {
    const last = this.#running.pop()!;
    if (place === this.#running.length) return;
    this.#running[place] = last;
    last.place = place;
  }
}

/** Node tells a response nothing of its connection's end while it waits for those that were asked for before it. */
function closeWithConnection(outgoing: ServerResponse): void {
  const { socket } = outgoing.req;
  const close = () => {
    outgoing.destroy();
    outgoing.emit("close");
  };
  // as many as wait, not a leak
  socket.setMaxListeners(0);
  socket.once("close", close);
  outgoing.once("socket", () => socket.off("close", close));
}
