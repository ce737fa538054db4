import builtins
import os
from datetime import timedelta
from pathlib import Path

import pytest

from outlast.evidence.losses import Loss, LossKind
from outlast.tools.documents.document import Child, Document
from outlast.tools.ingest.parsing.child import read_file
from outlast.tools.ingest.parsing.confining import set_deadline
from outlast.tools.ingest.parsing.limits import Limits
from outlast.tools.ingest.parsing.messages import ParsedFile, RefusedFile
from tests.tools.ingest.parsing.strange_reader import read_document


@pytest.fixture(autouse=True)
def _without_deadline():
    yield
    set_deadline(timedelta(0))


def outcome_of(path: Path, limits: Limits | None = None) -> ParsedFile | RefusedFile:
    outcome, _ = read_file(str(path), path.name, read_document, limits or Limits())
    return outcome


def test_what_vanished_or_is_not_permitted_may_be_read_another_time(folder: Path, monkeypatch: pytest.MonkeyPatch):
    """Not by chmod, which does not keep out root, and these tests run as root in a container."""
    gone = outcome_of(folder / "gone.txt")
    assert isinstance(gone, RefusedFile)
    assert (gone.reason, gone.lasting) == ("it cannot be read (No such file or directory)", False)

    def refuse(*_: object, **__: object):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(builtins, "open", refuse)
    locked = outcome_of(folder / "locked.txt")
    assert isinstance(locked, RefusedFile)
    assert (locked.reason, locked.lasting) == ("reading it is not permitted", False)


def test_a_file_that_became_a_pipe_is_not_waited_for(folder: Path):
    os.mkfifo(folder / "pipe.txt")
    outcome = outcome_of(folder / "pipe.txt")
    assert isinstance(outcome, RefusedFile)
    assert outcome.reason == "it is not a regular file"


def test_a_file_that_has_grown_beyond_the_limit(folder: Path):
    (folder / "large.txt").write_bytes(b"x" * ((1 << 20) + 1))
    outcome = outcome_of(folder / "large.txt", Limits(largest_bytes=1 << 20))
    assert isinstance(outcome, RefusedFile)
    assert outcome.reason == "it is larger than 1 MB"


def test_the_state_is_that_of_the_file_which_was_read(folder: Path):
    (folder / "a.txt").write_text("good")
    outcome = outcome_of(folder / "a.txt")
    assert outcome.state.size_bytes == 4
    assert outcome.state.mtime_ns == (folder / "a.txt").stat().st_mtime_ns


def test_a_file_that_changes_while_it_is_read_has_the_state_from_before(folder: Path):
    (folder / "a.txt").write_text("good")

    def read_and_change(name: str, content: bytes) -> Document:
        (folder / "a.txt").write_text("good, and better")
        return read_document(name, content)

    outcome, [text] = read_file(str(folder / "a.txt"), "a.txt", read_and_change, Limits())
    assert text.startswith(b"good ")
    assert outcome.state.size_bytes == 4, "so it is read again the next time"


def test_mailboxes_and_archives_may_be_larger(folder: Path):
    limits = Limits(largest_bytes=1 << 10, largest_container_bytes=1 << 20)

    def read(name: str, content: bytes) -> Document:
        return read_document(name, content[-4:])

    for name, start, size, reason in (
        ("a.txt", b"", 2 << 10, "it is larger than 0 MB"),
        ("a.mbox", b"", 2 << 10, ""),
        ("A.ZIP", b"", 2 << 10, ""),
        ("Inbox", b"From ", 2 << 10, ""),
        ("Inbox", b"Dear ", 2 << 10, "it is larger than 0 MB"),
        ("a.mbox", b"", 2 << 20, "it is larger than 1 MB"),
    ):
        (folder / name).write_bytes(start + b"good".rjust(size))
        outcome, _ = read_file(str(folder / name), name, read, limits)
        assert (outcome.reason if isinstance(outcome, RefusedFile) else "") == reason, name


def test_what_a_container_without_text_has_lost_is_listed_with_it(folder: Path):
    inner = Document("words", "a", "text/plain", (), "box/1")
    child = Child("a.txt", "", inner)
    lost = Loss(kind=LossKind.DAMAGED, place="its second half")
    hidden = Loss(kind=LossKind.HIDDEN, place="its comment", words=2)
    box = Document("", "box", "application/box", (), "box/1", losses=(lost, hidden), children=(child,))
    (folder / "a.box").write_text("any")

    def read(_name: str, _content: bytes) -> Document:
        return box

    outcome, texts = read_file(str(folder / "a.box"), "a.box", read, Limits())
    assert isinstance(outcome, ParsedFile)
    assert texts == [b"words"]
    [refused] = outcome.refused
    assert refused.name == ""
    assert refused.reason.startswith("not all of it is read: damaged or missing parts: its second half")
