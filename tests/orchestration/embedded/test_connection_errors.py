"""Why a server cannot be reached: each real failure of a connection has its own words, and no traceback."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.envconfig import ClientConfigProfile, ClientConfigTLS

from outlast.evidence.errors import NeedsOperator, Permanent
from outlast.orchestration.embedded.connection import connect
from outlast.orchestration.embedded.dev_server import Ports
from outlast.orchestration.settings import Settings, decodable_environment
from tests.certificates import self_signed, serving

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(serve: Serve, tls: ssl.SSLContext | None = None) -> AsyncIterator[ClientConfigProfile]:
    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls) as server:
        yield ClientConfigProfile(address=f"localhost:{server.sockets[0].getsockname()[1]}")


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(10)
    writer.close()


async def answer_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(10)
    writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    await writer.drain()
    writer.close()


@pytest.fixture
def own_certificate(tmp_path: Path) -> ssl.SSLContext:
    return serving(self_signed("localhost", tmp_path / "server.pem"))


def with_tls(profile: ClientConfigProfile) -> ClientConfigProfile:
    return replace(profile, tls=ClientConfigTLS())


async def test_a_server_that_wants_tls_and_a_certificate_nobody_trusts(own_certificate: ssl.SSLContext) -> None:
    async with listening(hang_up, own_certificate) as server:
        with pytest.raises(NeedsOperator, match="it may speak TLS, which this client is not set to use"):
            await connect(server)
        with pytest.raises(NeedsOperator, match="its TLS certificate is not trusted here"):
            await connect(with_tls(server))


async def test_a_server_without_tls_and_one_that_is_not_temporal() -> None:
    async with listening(hang_up) as server:
        with pytest.raises(NeedsOperator, match="it does not speak TLS, which this client is set to use"):
            await connect(with_tls(server))
    async with listening(answer_http) as server:
        with pytest.raises(NeedsOperator, match="is not a Temporal server"):
            await connect(server)
        with pytest.raises(NeedsOperator, match="it does not speak TLS, which this client is set to use"):
            await connect(with_tls(server))


async def test_nothing_listens(nobody: str) -> None:
    with pytest.raises(NeedsOperator, match="nothing listens there"):
        await connect(ClientConfigProfile(address=nobody))


@pytest.mark.parametrize("address", ["::::", "localhost:99999", "a b:7233", "http://"])
async def test_what_is_no_address_is_refused_and_never_waited_for(address: str) -> None:
    with pytest.raises(Permanent, match=r"TEMPORAL_ADDRESS cannot be used: .* is not an address of the form host:port"):
        await connect(ClientConfigProfile(address=address))


async def test_a_namespace_that_the_server_lacks(client: Client, ports: Ports) -> None:
    with pytest.raises(NeedsOperator, match=r"has no namespace 'harbour'\. Create it \(`temporal operator namespace"):
        await connect(ClientConfigProfile(address=ports.address, namespace="harbour"))
    assert await connect(ClientConfigProfile(address=ports.address, namespace="default"))


def test_a_variable_that_is_not_utf8_is_not_the_sdks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TITLE", "h\udcff")
    assert Settings().temporal() is None
    assert "TITLE" not in decodable_environment()
