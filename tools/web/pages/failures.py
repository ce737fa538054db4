"""Errors for pages that could not be read: blocked, missing, unusable. Each has a reason for the coverage statement."""

import re
from datetime import timedelta

from outlast.evidence.errors import Permanent, Transient
from outlast.evidence.sources import Skipped
from outlast.evidence.text import safe_address

MAX_SHOWN_CHARACTERS = 300
CREDENTIALS = re.compile(r"\A((?:[a-z][a-z0-9+.-]*:)?[/\\]*)[^/?#]*@", re.IGNORECASE)


class UnreadablePage(Permanent):
    """Another attempt would fail too: the address is refused, the site refuses, or there is no readable page."""

    def __init__(self, url: str, reason: str) -> None:
        self.skipped = _skipped(url, reason)
        super().__init__(f"The page {self.skipped.uri} cannot be read: {reason}.")

    def reached_from(self, url: str) -> "UnreadablePage":
        """Return this failure as the failure of the page at `url`, which redirects here."""
        return UnreadablePage(url, f"it redirects to {self.skipped.uri}: {self.skipped.reason}")


class UnavailablePage(Transient):
    """The site or the connection to it fails at present, or the site asks for a pause. Another attempt may succeed."""

    def __init__(self, url: str, reason: str, retry_after: timedelta | None = None) -> None:
        self.skipped = _skipped(url, reason)
        super().__init__(f"The page {self.skipped.uri} could not be read just now: {reason}.", retry_after)

    def reached_from(self, url: str) -> "UnavailablePage":
        """Return this failure as the failure of the page at `url`, which redirects here."""
        return UnavailablePage(url, f"it redirects to {self.skipped.uri}: {self.skipped.reason}", self.retry_after)


def _skipped(url: str, reason: str) -> Skipped:
    return Skipped(uri=display_url(url), reason=reason)


def display_url(url: str) -> str:
    """Return the URL as it is shown to people: on one line, without user name and password, even if it is malformed."""
    clean = CREDENTIALS.sub(r"\1", safe_address(url.strip()))
    return clean if len(clean) <= MAX_SHOWN_CHARACTERS else f"{clean[:MAX_SHOWN_CHARACTERS]}..."
