"""A web server on loopback that answers what a test tells it, faults included: the other side of engines and models.

    with ScriptedServer(lambda request: answers({"results": []})) as server:
        server.faults += [fails(500), RESET]          # for the first two requests
        ...
        assert len(server.requests) == 3

It runs in threads of its own, so that blocking tests and other processes can speak to it.
"""

import json
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, Self
from urllib.parse import parse_qsl, urlsplit

import httpx

DRIP_SECONDS = 0.01


@dataclass(frozen=True)
class Request:
    """A request as it came. `fields` are those of its address, its form, or its JSON."""

    method: str
    host: str
    path: str
    fields: Mapping[str, Any]
    headers: Mapping[str, str]
    """With lower-case names."""


@dataclass(frozen=True)
class Reply:
    """`way`: whole; the connection reset before a byte, or after half of the body; a byte now and then; never."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    way: Literal["whole", "reset", "cut", "drip", "silent"] = "whole"


def answers(body: object, **headers: str) -> Reply:
    return Reply(json.dumps(body).encode(), headers={"Content-Type": "application/json"} | headers)


def fails(status: int, body: object = "", **headers: str) -> Reply:
    """`Retry_After="3"` gives the header Retry-After."""
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return Reply(content, status, {name.replace("_", "-"): value for name, value in headers.items()})


RESET = Reply(way="reset")
CUT = Reply(b'{"results": [' + b" " * 2_000, way="cut")
DRIP = Reply(b'{"results": [' + b" " * 100_000, way="drip")
SILENT = Reply(way="silent")
MALFORMED = Reply(b'{"results": [{"url": "https://exam', headers={"Content-Type": "application/json"})
EMPTY = Reply()

Script = Callable[[Request], Reply]


class ScriptedServer:
    def __init__(self, script: Script) -> None:
        self.script = script
        self.faults: list[Reply] = []
        self.requests: list[Request] = []
        self.arrived = threading.Event()
        """Set at the first request."""
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def reply(self, request: Request) -> Reply:
        with self._lock:
            self.requests.append(request)
            self.arrived.set()
            fault = self.faults.pop(0) if self.faults else None
        return fault or self.script(request)  # outside of the lock: a script that takes its time holds up no other

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._server.socket.shutdown(socket.SHUT_RDWR)  # it waits for a connection, and would look up twice a second
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def __init__(self, scripted: ScriptedServer, *args: Any) -> None:
        self.scripted = scripted
        super().__init__(*args)  # answers

    def handle(self) -> None:
        with suppress(ConnectionError):  # between two requests the other side may have had enough, too
            super().handle()

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def _answer(self, body: bytes) -> None:
        reply = self.scripted.reply(_request(self, body))
        try:
            self._send(reply)
        except ConnectionError:  # the other side has had enough
            self.close_connection = True

    def _send(self, reply: Reply) -> None:
        if reply.way == "silent":
            self.scripted.stopping.wait(20)
        if reply.way in ("reset", "silent"):
            self._reset()
            return
        self.send_response(reply.status)
        for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if reply.way == "drip":
            self._drip(reply.body)
        elif reply.way == "cut":
            self.wfile.write(reply.body[: len(reply.body) // 2])
            self._reset()
        else:
            self.wfile.write(reply.body)

    def _drip(self, body: bytes) -> None:
        for byte in body:
            self.wfile.write(bytes([byte]))
            if self.scripted.stopping.wait(DRIP_SECONDS):
                break
        self._reset()

    def _reset(self) -> None:
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as its base has it
        """Says nothing: a test looks at `requests`."""


def _request(handler: BaseHTTPRequestHandler, body: bytes) -> Request:
    address = urlsplit(handler.path)
    fields: dict[str, Any] = dict(parse_qsl(address.query, keep_blank_values=True))
    if "json" in handler.headers.get("Content-Type", ""):
        fields |= json.loads(body)
    else:
        fields |= dict(parse_qsl(body.decode(), keep_blank_values=True))
    headers = {name.lower(): value for name, value in handler.headers.items()}
    return Request(handler.command, handler.headers["Host"], address.path, fields, headers)


class Rerouted(httpx.AsyncBaseTransport):
    """httpx's own transport, which takes every request to one server, whatever host it is for."""

    def __init__(self, url: str) -> None:
        self._url = httpx.URL(url)
        self._inner = httpx.AsyncHTTPTransport(verify=False)  # plain HTTP on loopback: no certificates to load

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        there = request.url.copy_with(scheme="http", host=self._url.host, port=self._url.port)
        moved = httpx.Request(
            request.method, there, headers=request.headers, stream=request.stream, extensions=request.extensions
        )
        return await self._inner.handle_async_request(moved)

    async def aclose(self) -> None:
        await self._inner.aclose()
