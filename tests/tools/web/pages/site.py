"""A web site on loopback that behaves as real sites do, good and bad ones. Its answers are written by hand."""

import asyncio
import gzip
import socket
import ssl
import zlib
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import brotli
import zstandard

from tests.tools.documents.pdf.paper import column, pdf

MB = 1 << 20

ARTICLE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>The harbour crane | Harbour News</title>
<script>let secret = 1;</script></head><body><nav><a href="/">Start</a> <a href="/about">About us</a></nav>
<main><article><h1>The harbour crane</h1>
<p>The harbour crane was built in 1904 by the engineers of the port. It lifts eleven tons, and it was driven by steam
until 1951, when electric motors took the place of its boiler.</p>
<h2>The motors</h2>
<p>Two motors of forty kilowatts turn the drum. They were wound again in 1988 after a fire in the engine house, and the
crane has stood still for no more than nine days since then.</p>
<table><tr><th>Year</th><th>Load</th></tr><tr><td>1904</td><td>eleven tons</td></tr></table>
</article></main><footer><p>All rights with the port.</p></footer></body></html>"""

PAPER = pdf([column("The lock gates are of greenheart, a wood that no shipworm bores into, and were hung in 1899.")])
WORDS = "The tide gauge at the mole counts every wave. "


@dataclass(frozen=True)
class Asked:
    host: str
    path: str
    headers: dict[str, str]


Deed = Callable[[Asked, StreamWriter], Awaitable[None]]


@dataclass
class Site:
    """`asked` are the requests so far; `deeds` has the reaction for each path; `robots` is the text of robots.txt."""

    port: int = 0
    robots: str | None = None
    deeds: dict[str, Deed] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    busy: int = 0
    most_busy: int = 0

    def paths(self) -> list[str]:
        return [each.path for each in self.asked if each.path != "/robots.txt"]

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        self.connections += 1
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
            asked = Asked(headers.get("host", ""), head[0].split(" ")[1], headers)
            self.asked.append(asked)
            self.busy += 1
            self.most_busy = max(self.most_busy, self.busy)
            await self._deed(asked)(asked, writer)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client closed the connection
        finally:
            self.busy = max(0, self.busy - 1)
            writer.close()

    def _deed(self, asked: Asked) -> Deed:
        path = asked.path.partition("?")[0]
        if path == "/robots.txt" and path not in self.deeds:
            return status(404) if self.robots is None else page(self.robots, "text/plain")
        return self.deeds.get(path) or DEEDS.get(path) or status(404)


def page(text: str | bytes, content_type: str | None = "text/html; charset=utf-8", **headers: str) -> Deed:
    content = text.encode() if isinstance(text, str) else text
    declared = {"Content-Type": content_type} if content_type is not None else {}
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def deed(_: Asked, writer: StreamWriter) -> None:
        send(writer, 200, {**declared, "Content-Length": str(len(content)), **named}, content)

    return deed


def status(number: int, **headers: str) -> Deed:
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def deed(_: Asked, writer: StreamWriter) -> None:
        send(writer, number, {"Content-Type": "text/html", "Content-Length": "5", **named}, b"<p>no")

    return deed


def redirect(location: str, number: int = 302) -> Deed:
    return status(number, Location=location)


def raw(content: bytes) -> Deed:
    async def deed(_: Asked, writer: StreamWriter) -> None:
        writer.write(content)

    return deed


def send(writer: StreamWriter, number: int, headers: dict[str, str], content: bytes) -> None:
    lines = [f"HTTP/1.1 {number} Some words", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    writer.write("\r\n".join(lines).encode("latin-1") + content)


async def drip(_: Asked, writer: StreamWriter) -> None:
    """Send a byte every tenth of a second, for ever: no timeout between bytes ends it."""
    send(writer, 200, {"Content-Type": "text/html"}, b"<p>")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.1)


async def drip_headers(_: Asked, writer: StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.1)


async def silence(_: Asked, writer: StreamWriter) -> None:
    await asyncio.Event().wait()


async def endless(_: Asked, writer: StreamWriter) -> None:
    """Send content without end and without a Content-Length header."""
    send(writer, 200, {"Content-Type": "text/html"}, b"<p>")
    while True:
        writer.write(b"x" * MB)
        await writer.drain()


async def cut_off(_: Asked, writer: StreamWriter) -> None:
    send(writer, 200, {"Content-Type": "text/html", "Content-Length": "1000"}, b"<p>The beginning")


def zstd_bomb() -> bytes:
    packing = zstandard.ZstdCompressor(level=3).compressobj()
    return b"".join(packing.compress(bytes(MB)) for _ in range(100)) + packing.flush()


def gzip_bomb() -> bytes:
    packing = zlib.compressobj(1, zlib.DEFLATED, 31)
    return b"".join(packing.compress(bytes(MB)) for _ in range(100)) + packing.flush()


def brotli_bomb() -> bytes:
    packing = brotli.Compressor(quality=1)
    return b"".join(packing.process(bytes(MB)) for _ in range(100)) + packing.finish()


def links(count: int) -> str:
    listed = "".join(
        f'<li><a href="/page/{number}">Page number {number} of the index</a></li>' for number in range(count)
    )
    return f"<title>Index</title><h1>Index</h1><p>{WORDS * 5}</p><ul>{listed}</ul>"


DEEDS: dict[str, Deed] = {
    "/article": page(ARTICLE),
    "/paper.pdf": page(PAPER, "application/pdf"),
    "/paper-as-download": page(PAPER, "application/octet-stream"),
    "/notes.txt": page("The mole\n\nThe mole is 900 metres long, and of granite.\n", "text/plain; charset=utf-8"),
    "/gzip": page(gzip.compress(ARTICLE.encode()), Content_Encoding="gzip"),
    "/deflate": page(zlib.compress(ARTICLE.encode()), Content_Encoding="deflate"),
    "/raw-deflate": page(zlib.compress(ARTICLE.encode(), wbits=-15), Content_Encoding="deflate"),
    "/br": page(brotli.compress(ARTICLE.encode()), Content_Encoding="br"),
    "/zstd": page(zstandard.compress(ARTICLE.encode()), Content_Encoding="zstd"),
    "/twice": page(brotli.compress(gzip.compress(ARTICLE.encode())), Content_Encoding="gzip, br"),
    "/moved": redirect("/article", 301),
    "/loop": redirect("/loop"),
    "/drip": drip,
    "/drip-headers": drip_headers,
    "/silence": silence,
    "/endless": endless,
    "/cut-off": cut_off,
    "/empty": page(""),
    "/nothing": raw(b"HTTP/1.1 200 OK\r\n\r\n"),
    "/picture": page(b"\x89PNG", "image/png"),
    "/links": page(links(10_000)),
    "/only-links": page("<ul>" + "<li><a href=/a>A page of ours</a></li>" * 50 + "</ul>"),
    "/scripts": page("<title>App</title><div id=root></div><script>run()</script>"),
    "/login": page("<title>Sign in</title><h1>Sign in</h1><form><input name=u><input type=Password></form>"),
    "/hundred-mb": raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 104857600\r\n\r\n<p>"),
    "/no-http": raw(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "/chain": redirect("/moved"),
}


@asynccontextmanager
async def running(tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> AsyncGenerator[Site]:
    """Run a site on a free port that is not a well-known one."""
    site = Site()
    under_way: set[asyncio.Task[None]] = set()

    def serve(reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.create_task(site.serve(reader, writer))
        under_way.add(task)
        task.add_done_callback(under_way.discard)

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    server = await asyncio.start_server(serve, host, 0, ssl=tls, family=family)
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield site
    finally:
        server.close()
        for task in list(under_way):
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
