"""What search engines find: one engine's list, and what several found together."""

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
    """One result of one engine. `rank` counts from 1; a snippet is the engine's own words for what the page says."""

    url: str
    title: str
    snippet: str
    rank: int
    engine: str


class MergedHit(Value):
    """A page that one or several engines found; its text is of the engine that had it highest."""

    url: str
    title: str
    snippet: str
    engines: tuple[str, ...]


class EngineFailure(Value):
    """An engine that did not answer a search, or took no such query: for the statement of coverage, never a finding."""

    engine: str
    reason: str


class WebResult(Value):
    """What a search of several engines found, best first; who was asked; who did not answer."""

    hits: tuple[MergedHit, ...]
    asked: tuple[str, ...]
    """The engines that were called: one that rests after a failure is not."""
    failures: tuple[EngineFailure, ...] = ()


@dataclass(frozen=True)
class RawHit:
    """A result as an engine gives it: unchecked, anything may be missing or of another type."""

    url: object
    title: object = ""
    snippet: object = ""


def rank_hits(engine: str, found: Iterable[RawHit], max_hits: int) -> list[Hit]:
    """The first `most` that are web pages, each once, as hits with their ranks."""
    hits, seen = list[Hit](), set[str]()
    for one in found:
        if len(hits) == max_hits:
            break
        url = one.url.strip() if isinstance(one.url, str) else ""
        if is_web_url(url) and (key := page_key(url)) not in seen:
            seen.add(key)
            title, snippet = tidy(one.title, MAX_TITLE_CHARACTERS), tidy(one.snippet, MAX_SNIPPET_CHARACTERS)
            hits.append(Hit(url=url, title=title or url, snippet=snippet, rank=len(hits) + 1, engine=engine))
    return hits


def is_web_url(url: str) -> bool:
    """Whether that is the address of a page on the web; `javascript:` and the like are not."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    usual = len(url) <= MAX_URL_CHARACTERS and safe_address(url) == url and port != 0
    return usual and parts.scheme.lower() in ("http", "https") and bool(parts.hostname)


def tidy(text: object, max_characters: int) -> str:
    """One line of at most `most` characters, of what can be seen."""
    return one_line(text, max_characters) if isinstance(text, str) else ""


def shorten(query: str, max_characters: int) -> str:
    """A query of at most `most` characters, in whole words where it has any so short."""
    query = " ".join(query.split())
    if len(query) <= max_characters:
        return query
    return query[: max_characters + 1].rpartition(" ")[0] or query[:max_characters]
