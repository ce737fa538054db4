"""Merge the hits of several engines into one list by reciprocal rank fusion (RRF), each page once."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from outlast.tools.web.engines.canonical import page_key
from outlast.tools.web.engines.hits import Hit, MergedHit

RRF_CONSTANT = 60
"""As in the paper that proposed RRF: a first place counts little more than a second, and two engines more than one."""
MIN_SNIPPET_WORDS = 12
"""Equal snippets with fewer words do not show that pages are the same: many pages say `We use cookies`."""

WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class _Content:
    """The words of a hit, case-folded and separated by single spaces."""

    title: str
    snippet: str

    def same_as(self, other: "_Content") -> bool:
        """Return whether two hits have the same text: equal titles, and one snippet contains the other."""
        short, long = sorted((self.snippet, other.snippet), key=len)
        return self.title == other.title and short.count(" ") >= MIN_SNIPPET_WORDS - 1 and f" {short} " in f" {long} "


@dataclass
class _Page:
    """A page with its hits, of which `best` has the highest rank."""

    best: Hit
    content: _Content
    hits: list[Hit] = field(default_factory=list[Hit])

    @property
    def score(self) -> float:
        """The page's RRF score; higher is better."""
        return sum(1 / (RRF_CONSTANT + rank) for rank in self._ranks().values())

    def _ranks(self) -> dict[str, int]:
        """Return the best rank by engine, so that an engine which has the page twice counts once."""
        ranks = dict[str, int]()
        for hit in self.hits:
            ranks[hit.engine] = min(hit.rank, ranks.get(hit.engine, hit.rank))
        return ranks


def merge(lists: Sequence[Sequence[Hit]], max_hits: int) -> tuple[MergedHit, ...]:
    """Return the best `max_hits` pages of all lists. Pages with equal scores keep the order of their lists."""
    pages = list[_Page]()
    by_address = dict[str, _Page]()
    ranked = [(hit.rank, order, hit) for order, hits in enumerate(lists) for hit in hits]
    for _, _, hit in sorted(ranked, key=lambda entry: entry[:2]):  # so that a page's first hit is its best
        key = page_key(hit.url)
        content = _Content(_words(hit.title), _words(hit.snippet))
        page = by_address.get(key) or next((page for page in pages if page.content.same_as(content)), None)
        if page is None:
            page = _Page(hit, content)
            pages.append(page)
        page.hits.append(hit)
        by_address[key] = page
    best = sorted(pages, key=lambda page: -page.score)[:max_hits]
    return tuple(_as_merged_hit(page) for page in best)


def _as_merged_hit(page: _Page) -> MergedHit:
    engines = dict.fromkeys(hit.engine for hit in page.hits)
    return MergedHit(
        url=page.best.url,
        title=page.best.title,
        snippet=page.best.snippet or next((hit.snippet for hit in page.hits if hit.snippet), ""),
        engines=tuple(engines),
    )


def _words(text: str) -> str:
    return " ".join(WORD.findall(text.casefold()))
