"""Pages that could not be read: blocked, dead, or of no use. Each says why, for the coverage statement."""

import re
from datetime import timedelta

from outlast.evidence.errors import Permanent, Transient
from outlast.evidence.sources import Skipped
from outlast.evidence.text import safe_address

MAX_SHOWN_CHARACTERS = 300
CREDENTIALS = re.compile(r"\A((?:[a-z][a-z0-9+.-]*:)?[/\\]*)[^/?#]*@", re.IGNORECASE)


class UnreadablePage(Permanent):
    """Asking again would give the same: refused here, refused by the site, no page there, nothing that can be read."""

    def __init__(self, url: str, reason: str) -> None:
        self.skipped = _skipped(url, reason)
        super().__init__(f"The page {self.skipped.uri} cannot be read: {reason}.")

    def reached_from(self, url: str) -> "UnreadablePage":
        """The same of the page that was asked for, and leads here."""
        return UnreadablePage(url, f"it leads to {self.skipped.uri}: {self.skipped.reason}")


class UnavailablePage(Transient):
    """The site or the way to it is out of order, or wants to be left alone for a while."""

    def __init__(self, url: str, reason: str, retry_after: timedelta | None = None) -> None:
        self.skipped = _skipped(url, reason)
        super().__init__(f"The page {self.skipped.uri} could not be read just now: {reason}.", retry_after)

    def reached_from(self, url: str) -> "UnavailablePage":
        """The same of the page that was asked for, and leads here."""
        return UnavailablePage(url, f"it leads to {self.skipped.uri}: {self.skipped.reason}", self.retry_after)


def _skipped(url: str, reason: str) -> Skipped:
    return Skipped(uri=display_url(url), reason=reason)


def display_url(url: str) -> str:
    """For people, on one line, without a user's name or password, however broken the URL is."""
    clean = CREDENTIALS.sub(r"\1", safe_address(url.strip()))
    return clean if len(clean) <= MAX_SHOWN_CHARACTERS else f"{clean[:MAX_SHOWN_CHARACTERS]}..."
