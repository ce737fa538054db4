"""What is kept of a page's headings and parts: its source travels through histories, which take no megabytes.

A page may have thousands of headings because somebody wants it so.
"""

from collections.abc import Sequence

from outlast.evidence.sources import Heading, Places

MAX_HEADINGS = 200
MAX_PARTS = 2_000
"""Pages of a PDF, rows of a table."""


def limit_headings(headings: Sequence[Heading]) -> tuple[Heading, ...]:
    """The outer levels, as many of them as are not too many headings; within those, no heading is missing."""
    kept: tuple[Heading, ...] = ()
    for deepest in sorted({heading.level for heading in headings}):
        deeper = tuple(heading for heading in headings if heading.level <= deepest)
        if len(deeper) > MAX_HEADINGS:
            break
        kept = deeper
    return kept


def limit_places(places: Places | None) -> Places | None:
    """All of them or none: a number that is wrong is worse than no number."""
    return None if places is None or len(places.starts) > MAX_PARTS else places
