"""One POST over a connection that is kept alive, within a deadline for the whole of it."""

import http.client
import os
import socket
import ssl
import threading
from collections import defaultdict
from email.utils import parsedate_to_datetime
from time import time
from typing import DefaultDict, Dict, List, NamedTuple, Optional, Tuple
from urllib.parse import urlsplit


class Answer(NamedTuple):
    status: int
    retry_after: Optional[float]
    body: bytes


class Transport:
    """Connections by server, handed to one thread at a time. Any number of threads may post at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: DefaultDict[Tuple[str, str], List[http.client.HTTPConnection]] = defaultdict(list)
        self._process = os.getpid()

    def post(self, url: str, body: bytes, headers: Dict[str, str], timeout: float) -> Answer:
        """Raises OSError or http.client.HTTPException where there is no whole answer in ``timeout`` seconds."""
        parts = urlsplit(url)
        server = (parts.scheme, parts.netloc)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        connection = self._take(server)
        if connection is not None:
            try:
                return self._exchange(server, connection, path, body, headers, timeout)
            except TimeoutError:
                raise
            except (ConnectionError, http.client.HTTPException):
                # the server may close a connection that has idled at any moment; scoring twice does no harm
                pass
        return self._exchange(server, _connect(parts.scheme, parts.netloc, timeout), path, body, headers, timeout)

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, defaultdict(list)
        for connections in idle.values():
            for connection in connections:
                connection.close()

    def _exchange(
        self,
        server: Tuple[str, str],
        connection: http.client.HTTPConnection,
        path: str,
        body: bytes,
        headers: Dict[str, str],
        timeout: float,
    ) -> Answer:
        late = threading.Event()
        # a socket's timeout is per read: a server that drips a byte a second would never meet it
        watchdog = threading.Timer(timeout, _cut, (connection, late))
        watchdog.daemon = True
        watchdog.start()
        try:
            if connection.sock is None:
                connection.connect()
            else:
                connection.sock.settimeout(timeout)
            connection.request("POST", path, body=body, headers=headers)
            response = connection.getresponse()
            content = response.read()
            if late.is_set():
                raise TimeoutError(f"no whole answer in {timeout:g} s")
        except BaseException as error:
            connection.close()
            if late.is_set() or isinstance(error, socket.timeout):
                raise TimeoutError(f"no whole answer in {timeout:g} s") from None
            raise
        finally:
            watchdog.cancel()
        if response.will_close:
            connection.close()
        else:
            self._give_back(server, connection)
        return Answer(response.status, _seconds(response.getheader("Retry-After")), content)

    def _take(self, server: Tuple[str, str]) -> Optional[http.client.HTTPConnection]:
        with self._lock:
            if self._process != os.getpid():
                # after a fork the sockets are the parent's as well
                self._process = os.getpid()
                self._idle = defaultdict(list)
            return self._idle[server].pop() if self._idle[server] else None

    def _give_back(self, server: Tuple[str, str], connection: http.client.HTTPConnection) -> None:
        with self._lock:
            self._idle[server].append(connection)


def _connect(scheme: str, netloc: str, timeout: float) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(netloc, timeout=timeout, context=ssl.create_default_context())
    return http.client.HTTPConnection(netloc, timeout=timeout)


def _cut(connection: http.client.HTTPConnection, late: threading.Event) -> None:
    late.set()
    sock = connection.sock
    if sock is not None:
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def _seconds(header: Optional[str]) -> Optional[float]:
    """Retry-After: seconds, or a date."""
    if header is None:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - time())
    except (TypeError, ValueError):
        return None
