"""Documents inside documents: the attachments of a mail, the members of an archive."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from outlast.evidence.sources import sha256
from outlast.tools.documents.document import Child, Unreadable

MAX_DEPTH = 4
"""A zip of mails with zips as attachments is read; what is nested more deeply is listed as skipped."""

_depth: ContextVar[int] = ContextVar("depth", default=0)


def read_child(name: str, content: bytes) -> Child:
    """Read a document inside another one by the suffix of its name. Why it cannot be read is in the result."""
    from outlast.tools.documents.reading import read_document  # noqa: PLC0415 - it loads the readers that call this

    with _one_deeper() as depth:
        if depth > MAX_DEPTH:
            return Child(name, sha256(content), f"it is nested more than {MAX_DEPTH} documents deep")
        try:
            return Child(name, sha256(content), read_document(name, content))
        except Unreadable as error:
            return Child(name, sha256(content), str(error))


def flatten(children: tuple[Child, ...], prefix: str = "") -> Iterator[Child]:
    """Yield all children and their children, each with its whole name: `letters.zip#a.eml#minutes.pdf`."""
    for child in children:
        name = f"{prefix}#{child.name}" if prefix else child.name
        yield Child(name, child.content_sha256, child.outcome)
        if not isinstance(child.outcome, str):
            yield from flatten(child.outcome.children, name)


@contextmanager
def _one_deeper() -> Generator[int]:
    token = _depth.set(_depth.get() + 1)
    try:
        yield _depth.get()
    finally:
        _depth.reset(token)
