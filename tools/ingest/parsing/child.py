"""A parser process: reads one file after the other and answers with what is in it, until its input ends.

Its standard input is a socket to the process that started it. Everything here runs in that fresh Python, which imports
the readers and little else. It may crash or hang at any file: whoever asked knows which one that was.
"""

import contextlib
import os
import pkgutil
import signal
import stat
from collections.abc import Callable
from typing import BinaryIO

from outlast.evidence.sources import Value, sha256
from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.ingest.file_state import FileState
from outlast.tools.ingest.files import describe_read_error
from outlast.tools.ingest.parsing.confining import confine, set_deadline, used_bytes
from outlast.tools.ingest.parsing.limits import MIB, Limits
from outlast.tools.ingest.parsing.messages import (
    LENGTH_BYTES,
    READY,
    ParsedFile,
    ParserAnswer,
    RefusedFile,
    decode_request,
    encode_frame,
)

MAX_GROWTH_BYTES = 200 * MIB
"""A process that has grown by so much is replaced: it would keep most of it."""

ReadFunction = Callable[[str, bytes], Document]
"""What `outlast.tools.documents.reading.read_document` is."""


class StartMessage(Value):
    """What a parser process is told when it starts. `reader` names a `ReadFunction`, as `module:function`."""

    parent: int
    reader: str
    limits: Limits


def main(start_json: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent says when it is over
    start = StartMessage.model_validate_json(start_json)
    with open(0, "rb") as requests, open(os.dup(0), "wb") as answers:  # noqa: PTH123 - descriptors, not paths
        try:
            read: ReadFunction = pkgutil.resolve_name(start.reader)
        except Exception as error:  # noqa: BLE001 - told to who can tell a person
            _send(answers, f"{type(error).__name__}: {error}".encode())
            return
        confine(start.parent, start.limits.memory_bytes)
        _send(answers, READY)
        with contextlib.suppress(BrokenPipeError):  # nobody is there any more
            _serve(requests, answers, read, start.limits)


def _serve(requests: BinaryIO, answers: BinaryIO, read: ReadFunction, limits: Limits) -> None:
    is_last, at_first = False, used_bytes()
    while not is_last and (length := requests.read(LENGTH_BYTES)):
        path, uri = decode_request(requests.read(int.from_bytes(length, "big")))
        outcome, text = read_file(os.fsdecode(path), uri, read, limits)
        is_last = used_bytes() - at_first > MAX_GROWTH_BYTES
        _send(answers, ParserAnswer(outcome=outcome, is_last=is_last).model_dump_json().encode(), text)


def _send(answers: BinaryIO, *contents: bytes) -> None:
    for content in contents:
        answers.write(encode_frame(content))
    answers.flush()


def read_file(path: str, uri: str, read: ReadFunction, limits: Limits) -> tuple[ParsedFile | RefusedFile, bytes]:
    """What is in the file, and its text in UTF-8; its deadline runs on until the next file. Raises nothing."""
    state, lasting = FileState(size_bytes=0, mtime_ns=0, ctime_ns=0, inode=0), True
    try:
        with open(path, "rb", opener=_open_without_waiting) as opened:
            # The state before reading: if the file changes meanwhile, its state is another and it is read again.
            status = os.fstat(opened.fileno())
            state = FileState.of(status)
            set_deadline(limits.cpu_time(status.st_size))
            content = _read_content(opened, status, limits)
        return _encode_document(state, content, read(uri, content))
    except Unreadable as error:
        why = str(error)
    except MemoryError:
        why = limits.too_much_memory_reason
    except OSError as error:
        why, lasting = describe_read_error(error), False
    except Exception as error:  # noqa: BLE001 - a defect of a reader, which may be mended: the others are read
        why, lasting = f"its parser failed ({type(error).__name__})", False
    return RefusedFile(state=state, reason=why, lasting=lasting), b""


def _read_content(opened: BinaryIO, status: os.stat_result, limits: Limits) -> bytes:
    if not stat.S_ISREG(status.st_mode):  # it may have become a pipe since it was found
        raise Unreadable("it is not a regular file")
    content = b""
    if status.st_size <= limits.largest_bytes:
        content = opened.read(status.st_size + 1)  # not more: room is made for all that is asked for
    if len(content) > status.st_size:  # it grows just now
        content += opened.read(limits.largest_bytes + 1 - len(content))
    if max(status.st_size, len(content)) > limits.largest_bytes:
        raise Unreadable(limits.too_large_reason)
    return content


def _encode_document(state: FileState, content: bytes, document: Document) -> tuple[ParsedFile, bytes]:
    parsed = ParsedFile(
        state=state,
        bytes_sha256=sha256(content),
        title=document.title,
        media_type=document.media_type,
        headings=document.headings,
        places=document.places,
        extractor=document.extractor,
    )
    parsed.model_dump_json()  # a title with half a surrogate pair in it fails here rather than on its way
    return parsed, document.text.encode()


def _open_without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)  # opening a pipe waits for who writes into it
