"""A real HTTP server that answers as a script says: what is wrong on the wire is sent over the wire."""

import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable, Dict, List, Optional, Tuple

Reply = Callable[["Handler", Any], None]


def u_of(item: Dict[str, Any]) -> float:
    """A score that tells which item it is of, so that a mix-up shows."""
    return -float(len(item["response"]) + 1)


def honest(item: Dict[str, Any]) -> Dict[str, Any]:
    u = u_of(item)
    value = {"r": u, "reference": 0.0, "z": u, "p": 0.25}
    return {"u": u, "p": 0.25, "values": {"helpful": value, "harmless": {**value, "z": -u, "p": 0.75}}}


def good(handler: "Handler", body: Any) -> None:
    under("a" * 64)(handler, body)


def under(objective: str) -> Reply:
    """The right answer, under an objective of this hash."""
    return lambda handler, body: handler.answer(
        200, {"objective": objective, "items": [honest(item) for item in body["items"]]}
    )


def status(code: int, message: str = "no", headers: Tuple[Tuple[str, str], ...] = ()) -> Reply:
    return lambda handler, _: handler.answer(code, {"error": {"message": message}}, headers)


def changed(change: Callable[[List[Dict[str, Any]]], Any]) -> Reply:
    """The right answer after a change to its items."""

    def reply(handler: "Handler", body: Any) -> None:
        items = [honest(item) for item in body["items"]]
        found = change(items)
        handler.answer(200, {"items": items if found is None else found})

    return reply


def raw(payload: bytes) -> Reply:
    return lambda handler, _: handler.answer_bytes(200, payload)


def half_a_body(handler: "Handler", body: Any) -> None:
    payload = json.dumps({"items": [honest(item) for item in body["items"]]}).encode()
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(payload)))
    handler.end_headers()
    handler.wfile.write(payload[: len(payload) // 2])
    handler.wfile.flush()
    handler.drop()


def reset(handler: "Handler", _: Any) -> None:
    handler.drop()


def hang(handler: "Handler", _: Any) -> None:
    handler.server.released.wait(10)
    handler.drop()


def drip(handler: "Handler", _: Any) -> None:
    """A byte every 50 ms, for ever: no single read is late."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    try:
        while not handler.server.released.wait(0.05):
            handler.wfile.write(b" ")
            handler.wfile.flush()
    except OSError:
        pass
    handler.drop()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "FaultyServer"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.record(self.path, dict(self.headers), body, self.client_address)
        self.server.next_reply()(self, body)

    def answer(self, code: int, body: Any, headers: Tuple[Tuple[str, str], ...] = ()) -> None:
        self.answer_bytes(code, json.dumps(body).encode(), headers)

    def answer_bytes(self, code: int, payload: bytes, headers: Tuple[Tuple[str, str], ...] = ()) -> None:
        self.send_response(code)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def drop(self) -> None:
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def log_message(self, *_: Any) -> None:
        pass


class FaultyServer(ThreadingHTTPServer):
    """Answers with the replies of its script in turn, and with the last one (or `good`) for ever after."""

    daemon_threads = True

    def __init__(self, *script: Reply, last: Optional[Reply] = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self._script = list(script)
        self._last = last or good
        self._lock = threading.Lock()
        self.released = threading.Event()
        self.requests: List[Dict[str, Any]] = []
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def next_reply(self) -> Reply:
        with self._lock:
            return self._script.pop(0) if self._script else self._last

    def record(self, path: str, headers: Dict[str, str], body: Any, peer: Tuple[str, int]) -> None:
        with self._lock:
            self.requests.append(
                {"path": path, "headers": headers, "body": body, "peer": peer, "at": time.monotonic()}
            )

    def __enter__(self) -> "FaultyServer":
        return self

    def __exit__(self, *_: Any) -> None:
        self.released.set()
        self.shutdown()
        self.server_close()
