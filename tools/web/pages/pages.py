"""Pages of the web, read like documents: fetched, parsed in a process with limits, stored as snapshots."""

import asyncio
import os
import ssl
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path, PurePosixPath

import httpx

from outlast.evidence.sources import Source
from outlast.tools.ingest.file_state import FileState
from outlast.tools.ingest.files import FileFound
from outlast.tools.ingest.parsing.limits import MB, Limits
from outlast.tools.ingest.parsing.messages import Parsed
from outlast.tools.ingest.parsing.parsers import Parsers
from outlast.tools.store.snapshots import Snapshots
from outlast.tools.web.pages.declared import Declared
from outlast.tools.web.pages.failures import UnreadablePage
from outlast.tools.web.pages.fetching import PAUSE, USER_AGENT, Fetched, Fetcher
from outlast.tools.web.pages.outline import outline, parts
from outlast.tools.web.pages.requesting import PageLimits
from outlast.tools.web.pages.resolving import Addresses
from outlast.tools.web.pages.transport import CheckedTransport
from outlast.tools.web.pages.urls import PORTS, name_of

READER = "outlast.tools.web.pages.extracting:read_page"
"""A name: what it names is loaded in parser processes alone."""
PARSERS = min(2, os.cpu_count() or 1)
PARSING = Limits(largest_bytes=64 * MB, least_seconds=30, seconds_a_mb=5)


@asynccontextmanager
async def open_pages(
    snapshots: Snapshots,
    *,
    proxy: str | None = None,
    tls: ssl.SSLContext | None = None,
    limits: PageLimits | None = None,
    pause: timedelta = PAUSE,
    obey_robots: bool = True,
    user_agent: str = USER_AGENT,
    addresses: Addresses | None = None,
    ports: frozenset[int] = PORTS,
) -> AsyncGenerator["Pages"]:
    """Pages to read while the block lasts; at its end no parser process and no connection is left.

    `proxy` is its URL: it connects, and names are checked here. `addresses` and `ports` are for tests that read from
    a site on this machine.
    """
    transport = CheckedTransport(addresses or Addresses(), proxy, tls)
    fetcher = Fetcher(
        transport, limits=limits, pause=pause, obey_robots=obey_robots, user_agent=user_agent, ports=ports
    )
    async with fetcher, Parsers(PARSERS, PARSING, READER) as parsers:
        yield Pages(fetcher, parsers, snapshots)


class Pages:
    """Made by `open_pages`. Safe to ask from many tasks at once."""

    def __init__(self, fetcher: Fetcher, parsers: Parsers, snapshots: Snapshots) -> None:
        self._fetcher = fetcher
        self._parsers = parsers
        self._snapshots = snapshots

    async def read(self, url: str) -> Source:
        """The page at `url`, its text stored as a snapshot.

        Raises UnreadablePage (Permanent) and UnavailablePage (Transient), which say why; NeedsOperator where the proxy,
        the object store or this machine must be seen to.
        """
        fetched = await self._fetcher.fetch(url)
        parsed, text = await self._parsed(fetched)
        return Source(
            uri=fetched.url,
            title=parsed.title,
            media_type=parsed.media_type,
            snapshot=await self._snapshots.put(text),
            headings=outline(parsed.headings),
            places=parts(parsed.places),
            bytes_sha256=parsed.bytes_sha256,
            extractor=parsed.extractor,
            fetched=fetched.fetched,
            final_url=fetched.final_url if fetched.final_url != fetched.url else "",
        )

    async def _parsed(self, fetched: Fetched) -> tuple[Parsed, str]:
        declared = Declared(media_type=fetched.media_type, charset=fetched.charset, stem=_stem(fetched.final_url))
        with tempfile.TemporaryDirectory(prefix="outlast-page-") as folder:
            path = Path(folder) / "page"
            await asyncio.to_thread(path.write_bytes, fetched.content)
            outcome, text = await self._parsers.read(
                FileFound(declared.model_dump_json(), path, FileState.of(path.stat()))
            )
        if not isinstance(outcome, Parsed):
            refused = UnreadablePage(fetched.final_url, outcome.reason)
            raise refused if fetched.final_url == fetched.url else refused.reached_from(fetched.url)
        return outcome, text


def _stem(url: str) -> str:
    """The last word of the address, else its host."""
    parsed = httpx.URL(url)
    return PurePosixPath(parsed.path).stem or name_of(parsed)
