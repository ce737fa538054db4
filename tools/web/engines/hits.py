"""Results of search engines: the hits of one engine, and the merged hits of several."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from outlast.evidence.sources import Value
from outlast.evidence.text import one_line, safe_address
from outlast.tools.web.engines.canonical import page_key

MAX_SNIPPET_CHARACTERS = 1_500
MAX_TITLE_CHARACTERS = 300
MAX_URL_CHARACTERS = 2_000


class Hit(Value):
    """One result of one engine. `rank` counts from 1; `snippet` is the engine's own summary of the page."""

    url: str
    title: str
    snippet: str
    rank: int
    engine: str


class MergedHit(Value):
    """A page that one or several engines found. Title and snippet are from the engine that ranked it highest."""

    url: str
    title: str
    snippet: str
    engines: tuple[str, ...]


class EngineFailure(Value):
    """An engine that did not answer a search or refused the query: for the coverage statement, never a finding."""

    engine: str
    reason: str


class WebResult(Value):
    """The result of a search with several engines: hits, best first, and the engines that were asked or failed."""

    hits: tuple[MergedHit, ...]
    asked: tuple[str, ...]
    """The engines that were called: an engine in its cooldown after a failure is not."""
    failures: tuple[EngineFailure, ...] = ()


@dataclass(frozen=True)
class RawHit:
    """A result as an engine sends it, unchecked: any field may be missing or of another type."""

    url: object
    title: object = ""
    snippet: object = ""


def rank_hits(engine: str, found: Iterable[RawHit], max_hits: int) -> list[Hit]:
    """Return the first `max_hits` results that are web pages, each page once, as hits with their ranks."""
    hits, seen = list[Hit](), set[str]()
    for raw in found:
        if len(hits) == max_hits:
            break
        url = raw.url.strip() if isinstance(raw.url, str) else ""
        if is_web_url(url) and (key := page_key(url)) not in seen:
            seen.add(key)
            title, snippet = tidy(raw.title, MAX_TITLE_CHARACTERS), tidy(raw.snippet, MAX_SNIPPET_CHARACTERS)
            hits.append(Hit(url=url, title=title or url, snippet=snippet, rank=len(hits) + 1, engine=engine))
    return hits


def is_web_url(url: str) -> bool:
    """Return whether `url` is the address of a web page; `javascript:` addresses, for example, are not."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    is_safe = len(url) <= MAX_URL_CHARACTERS and safe_address(url) == url and port != 0
    return is_safe and parts.scheme.lower() in ("http", "https") and bool(parts.hostname)


def tidy(text: object, max_characters: int) -> str:
    """Return `text` on one line of at most `max_characters` visible characters; "" if it is not a string."""
    return one_line(text, max_characters) if isinstance(text, str) else ""


def shorten(query: str, max_characters: int) -> str:
    """Cut a query to at most `max_characters`, between two words if possible."""
    query = " ".join(query.split())
    if len(query) <= max_characters:
        return query
    return query[: max_characters + 1].rpartition(" ")[0] or query[:max_characters]
