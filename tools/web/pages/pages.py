"""Read web pages like documents: fetch them, parse them in a process with limits, store their text as snapshots."""

import asyncio
import os
import ssl
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path, PurePosixPath

import httpx

from outlast.evidence.sources import Heading, Places, Source
from outlast.tools.ingest.file_state import FileState
from outlast.tools.ingest.files import FileFound
from outlast.tools.ingest.parsing.limits import MIB, Limits
from outlast.tools.ingest.parsing.messages import ParsedDocument, ParsedFile
from outlast.tools.ingest.parsing.parsers import ParserPool
from outlast.tools.store.snapshots import Snapshots
from outlast.tools.web.pages.declared import Declared
from outlast.tools.web.pages.failures import UnreadablePage
from outlast.tools.web.pages.fetching import HOST_PAUSE, USER_AGENT, FetchedPage, Fetcher
from outlast.tools.web.pages.requesting import PageLimits
from outlast.tools.web.pages.resolving import AddressResolver
from outlast.tools.web.pages.transport import CheckedTransport
from outlast.tools.web.pages.urls import ALLOWED_PORTS, host_of

READER = "outlast.tools.web.pages.extracting:read_page"
"""The name of the function that reads pages; only parser processes import it."""
PARSER_PROCESSES = min(2, os.cpu_count() or 1)
PARSING_LIMITS = Limits(largest_bytes=64 * MIB, least_seconds=30, seconds_a_mb=5)


@asynccontextmanager
async def open_pages(
    snapshots: Snapshots,
    *,
    proxy: str | None = None,
    tls: ssl.SSLContext | None = None,
    limits: PageLimits | None = None,
    pause: timedelta = HOST_PAUSE,
    obey_robots: bool = True,
    user_agent: str = USER_AGENT,
    addresses: AddressResolver | None = None,
    ports: frozenset[int] = ALLOWED_PORTS,
) -> AsyncGenerator["Pages"]:
    """Open a reader of pages for this block. At its end, no parser process and no connection is left.

    `proxy` is a proxy's URL: the proxy connects, and host names are checked here. `addresses` and `ports` are for tests
    that read from a site on this machine.
    """
    transport = CheckedTransport(addresses or AddressResolver(), proxy, tls)
    fetcher = Fetcher(
        transport, limits=limits, pause=pause, obey_robots=obey_robots, user_agent=user_agent, ports=ports
    )
    async with fetcher, ParserPool(PARSER_PROCESSES, PARSING_LIMITS, READER) as parsers:
        yield Pages(fetcher, parsers, snapshots)


class Pages:
    """Reads pages. `open_pages` creates it. Many tasks may use it at once."""

    def __init__(self, fetcher: Fetcher, parsers: ParserPool, snapshots: Snapshots) -> None:
        self._fetcher = fetcher
        self._parsers = parsers
        self._snapshots = snapshots

    async def read(self, url: str) -> Source:
        """Return the page at `url` as a source, after storing its text as a snapshot.

        Raises UnreadablePage (Permanent) and UnavailablePage (Transient), which say why; NeedsOperator if a person must
        repair the proxy, the object store or this machine.
        """
        fetched = await self._fetcher.fetch(url)
        parsed, text = await self._parse(fetched)
        return Source(
            uri=fetched.url,
            title=parsed.title,
            media_type=parsed.media_type,
            snapshot=await self._snapshots.put(text),
            headings=limit_headings(parsed.headings),
            places=limit_places(parsed.places),
            tables=parsed.tables[:MAX_TABLES],
            losses=parsed.losses[:MAX_LOSSES],
            language=parsed.language,
            bytes_sha256=parsed.bytes_sha256,
            extractor=parsed.extractor,
            fetched=fetched.fetched,
            final_url=fetched.final_url if fetched.final_url != fetched.url else "",
        )

    async def _parse(self, fetched: FetchedPage) -> tuple[ParsedDocument, str]:
        declared = Declared(media_type=fetched.media_type, charset=fetched.charset, stem=_stem(fetched.final_url))
        with tempfile.TemporaryDirectory(prefix="outlast-page-") as folder:
            path = Path(folder) / "page"
            await asyncio.to_thread(path.write_bytes, fetched.content)
            outcome, texts = await self._parsers.read(
                FileFound(declared.model_dump_json(), path, FileState.of(path.stat()))
            )
        if not isinstance(outcome, ParsedFile):
            refused = UnreadablePage(fetched.final_url, outcome.reason)
            raise refused if fetched.final_url == fetched.url else refused.reached_from(fetched.url)
        return outcome.documents[0], texts[0]


def _stem(url: str) -> str:
    """Return the last part of the URL's path without its suffix, or else the host."""
    parsed = httpx.URL(url)
    return PurePosixPath(parsed.path).stem or host_of(parsed)


MAX_HEADINGS = 200
"""A source is stored in histories, which must stay small, and a hostile page may have thousands of headings."""
MAX_PARTS = 2_000
"""The maximum number of places of a page's parts, such as the pages of a PDF or the rows of a table."""


MAX_TABLES = 100
MAX_LOSSES = 20


def limit_headings(headings: Sequence[Heading]) -> tuple[Heading, ...]:
    """Return as many complete outer levels of headings as have at most `MAX_HEADINGS` headings together."""
    kept: tuple[Heading, ...] = ()
    for max_level in sorted({heading.level for heading in headings}):
        candidates = tuple(heading for heading in headings if heading.level <= max_level)
        if len(candidates) > MAX_HEADINGS:
            break
        kept = candidates
    return kept


def limit_places(places: Places | None) -> Places | None:
    """Return all places, or None if there are too many: a wrong page or row number is worse than none."""
    return None if places is None or len(places.starts) > MAX_PARTS else places
