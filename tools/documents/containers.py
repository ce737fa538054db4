"""Documents inside documents: the attachments of a mail, the members of an archive."""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from outlast.evidence.sources import sha256
from outlast.evidence.text import one_line
from outlast.tools.documents.document import Child, Document, Unreadable

MAX_DEPTH = 8
"""A zip of mails with zips as attachments is read; what is nested more deeply is listed as skipped."""
MAX_CHILDREN = 50_000
"""In one file, at all depths together."""
MAX_CHILDREN_BYTES = 1 << 30
"""In one file, at all depths together: an archive in an archive may multiply its size at each depth."""
MAX_TEXT_CHARACTERS = 128 << 20
"""In one file, at all depths together: they are in memory at the same time."""
MAX_CHILD_BYTES = 64 << 20
"""In one document inside another one, unpacked: as much as in a file of its own."""
MAX_NAME_CHARACTERS = 150
LARGE_CHILD_REASON = f"it is larger than {MAX_CHILD_BYTES >> 20} MB when unpacked"
TOO_LARGE_REASON = f"the documents before it in its file have more than {MAX_CHILDREN_BYTES >> 30} GB already"
TOO_MUCH_TEXT_REASON = (
    f"the documents before it in its file have more than {MAX_TEXT_CHARACTERS >> 20} MB of text already"
)
TOO_MANY_REASON = f"its file holds more than {MAX_CHILDREN:,} documents: the others are not read"
TOO_DEEP_REASON = f"it is nested more than {MAX_DEPTH} documents deep"


@dataclass
class _Allowance:
    """What one file may still unpack. The documents inside a document share the allowance of the outermost one."""

    children: int = field(default_factory=lambda: MAX_CHILDREN)
    bytes: int = field(default_factory=lambda: MAX_CHILDREN_BYTES)
    characters: int = field(default_factory=lambda: MAX_TEXT_CHARACTERS)
    is_said: bool = False
    """Whether it is listed already that the file holds more."""


_depth: ContextVar[int] = ContextVar("depth", default=0)
_allowance: ContextVar[_Allowance | None] = ContextVar("allowance", default=None)


class Children:
    """The documents inside one document, each with a unique name. Its reader adds them one after another."""

    def __init__(self) -> None:
        self._found: list[Child] = []
        self._allowance = _allowance.get() or _Allowance()
        self._times: dict[str, int] = {}
        """How often each name was given, so that a thousand equal names are told apart in linear time."""

    @property
    def found(self) -> tuple[Child, ...]:
        return tuple(self._found)

    def add(self, name: str, content: bytes, read: Callable[[], Document] | None = None) -> None:
        """Read a document by the suffix of `name`, or by `read`, and keep it or the reason why it cannot be read."""
        if not self.has_room():
            return
        self._allowance.bytes -= len(content)
        if reason := self._reason_against(content):
            self.refuse(name, reason, content)
            return
        self._allowance.children -= 1
        token = _allowance.set(self._allowance)
        try:
            child = read_child(self._unique(name), content, read)
        finally:
            _allowance.reset(token)
        if not isinstance(child.outcome, str):
            self._allowance.characters -= len(child.outcome.text)
        self._found.append(child)

    def refuse(self, name: str, reason: str, content: bytes = b"") -> None:
        """List a document that is not read, with the reason."""
        if self.has_room():
            self._allowance.children -= 1
            self._found.append(Child(self._unique(name), sha256(content), reason))

    def has_room(self) -> bool:
        """Return whether one more document may be read or listed; if not, that there are more is listed once."""
        if self._allowance.children > 0:
            return True
        if not self._allowance.is_said:
            self._allowance.is_said = True
            self._found.append(Child(self._unique("more"), "", TOO_MANY_REASON))
        return False

    def _reason_against(self, content: bytes) -> str:
        if len(content) > MAX_CHILD_BYTES:
            return LARGE_CHILD_REASON
        if self._allowance.bytes < 0:
            return TOO_LARGE_REASON
        return TOO_MUCH_TEXT_REASON if self._allowance.characters < 0 else ""

    def _unique(self, name: str) -> str:
        shown = _shown_name(name)
        unique = shown
        while unique in self._times:
            self._times[shown] = number = self._times.get(shown, 1) + 1
            stem, suffix = _split_suffix(shown)
            unique = f"{stem} ({number}){suffix}"
        self._times[unique] = 1
        return unique


def read_child(name: str, content: bytes, read: Callable[[], Document] | None = None) -> Child:
    """Read a document inside another one by the suffix of its name, or by `read` if it is no file of its own.

    Why it cannot be read is in the result.
    """
    from outlast.tools.documents.reading import read_document  # noqa: PLC0415 - it loads the readers that call this

    with _one_deeper() as depth:
        if depth > MAX_DEPTH:
            return Child(name, sha256(content), TOO_DEEP_REASON)
        try:
            return Child(name, sha256(content), read() if read is not None else read_document(name, content))
        except Unreadable as error:
            return Child(name, sha256(content), str(error))
        except MemoryError:
            return Child(name, sha256(content), "reading it needs too much memory")
        except Exception as error:  # noqa: BLE001 - a defect of one reader: the other documents of the file are read
            return Child(name, sha256(content), f"its parser failed ({type(error).__name__})")


def flatten(children: tuple[Child, ...], prefix: str = "") -> Iterator[Child]:
    """Yield all children and their children, each with its whole name: `letters.zip#a.eml#minutes.pdf`."""
    for child in children:
        name = f"{prefix}#{child.name}" if prefix else child.name
        yield Child(name, child.content_sha256, child.outcome)
        if not isinstance(child.outcome, str):
            yield from flatten(child.outcome.children, name)


def _shown_name(name: str) -> str:
    """Return a name for reports: on one line, without control characters, and not too long. Its suffix stays."""
    line = one_line(name) or "without a name"
    if len(line) <= MAX_NAME_CHARACTERS:
        return line
    stem, suffix = _split_suffix(line)
    return f"{stem[: MAX_NAME_CHARACTERS - len(suffix)].rstrip()}{suffix}"


def _split_suffix(name: str) -> tuple[str, str]:
    folder, slash, last = name.rpartition("/")
    stem, dot, suffix = last.rpartition(".")
    if not stem or len(suffix) > 12 or not suffix.isalnum():
        return name, ""
    return f"{folder}{slash}{stem}", f"{dot}{suffix}"


@contextmanager
def _one_deeper() -> Generator[int]:
    token = _depth.set(_depth.get() + 1)
    try:
        yield _depth.get()
    finally:
        _depth.reset(token)
