"""The program of a parser process: it reads files one after another and answers with their contents.

Its standard input is a socket to its parent; when that closes, the process ends. It runs in a new Python that imports
the readers and little else. It may crash or hang at any file: its parent knows which file that was.
"""

import contextlib
import os
import pkgutil
import signal
import stat
from collections.abc import Callable
from typing import BinaryIO

from outlast.evidence.losses import describe_losses, may_hide_words
from outlast.evidence.sources import Value, sha256
from outlast.tools.documents.containers import flatten
from outlast.tools.documents.document import Child, Document, Unreadable
from outlast.tools.ingest.file_state import FileState
from outlast.tools.ingest.files import describe_read_error
from outlast.tools.ingest.parsing.confining import confine, set_deadline, used_bytes
from outlast.tools.ingest.parsing.limits import MAILBOX_START, MIB, Limits
from outlast.tools.ingest.parsing.messages import (
    LENGTH_BYTES,
    READY,
    ParsedDocument,
    ParsedFile,
    ParserAnswer,
    RefusedChild,
    RefusedFile,
    decode_request,
    encode_frame,
)

MAX_GROWTH_BYTES = 200 * MIB
"""A process whose memory has grown by more than this is replaced, because it would keep most of that memory."""

ReadFunction = Callable[[str, bytes], Document]
"""The type of `outlast.tools.documents.reading.read_document`."""


class StartMessage(Value):
    """The argument of a parser process. `parent` is a process id; `reader` is a `ReadFunction` (`module:function`)."""

    parent: int
    reader: str
    limits: Limits


def main(start_json: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides when to end
    start = StartMessage.model_validate_json(start_json)
    with open(0, "rb") as requests, open(os.dup(0), "wb") as answers:  # noqa: PTH123 - descriptors, not paths
        try:
            read: ReadFunction = pkgutil.resolve_name(start.reader)
        except Exception as error:  # noqa: BLE001 - passed to the parent, which reports it
            _send(answers, f"{type(error).__name__}: {error}".encode())
            return
        confine(start.parent, start.limits.memory_bytes)
        _send(answers, READY)
        with contextlib.suppress(BrokenPipeError):  # the parent has ended
            _serve(requests, answers, read, start.limits)


def _serve(requests: BinaryIO, answers: BinaryIO, read: ReadFunction, limits: Limits) -> None:
    is_last, bytes_at_start = False, used_bytes()
    while not is_last and (length := requests.read(LENGTH_BYTES)):
        path, uri = decode_request(requests.read(int.from_bytes(length, "big")))
        outcome, texts = read_file(os.fsdecode(path), uri, read, limits)
        is_last = used_bytes() - bytes_at_start > MAX_GROWTH_BYTES
        _send(answers, ParserAnswer(outcome=outcome, is_last=is_last).model_dump_json().encode(), *texts)


def _send(answers: BinaryIO, *contents: bytes) -> None:
    for content in contents:
        answers.write(encode_frame(content))
    answers.flush()


def read_file(path: str, uri: str, read: ReadFunction, limits: Limits) -> tuple[ParsedFile | RefusedFile, list[bytes]]:
    """Return the parsed file and the text of each of its documents in UTF-8, and raise nothing.

    The deadline stays set until the next file.
    """
    state, lasting = FileState(size_bytes=0, mtime_ns=0, ctime_ns=0, inode=0), True
    try:
        with open(path, "rb", opener=_open_without_waiting) as opened:
            # The state before reading: if the file changes meanwhile, its state differs and it is read again.
            status = os.fstat(opened.fileno())
            state = FileState.of(status)
            set_deadline(limits.cpu_time(status.st_size))
            content = _read_content(opened, status, uri, limits)
        return _encode_document(state, content, read(uri, content))
    except Unreadable as error:
        reason = str(error)
    except MemoryError:
        reason = limits.too_much_memory_reason
    except OSError as error:
        reason, lasting = describe_read_error(error), False
    except Exception as error:  # noqa: BLE001 - a defect of a reader, which may be fixed later: other files are read
        reason, lasting = f"its parser failed ({type(error).__name__})", False
    return RefusedFile(state=state, reason=reason, lasting=lasting), []


def _read_content(opened: BinaryIO, status: os.stat_result, uri: str, limits: Limits) -> bytes:
    if not stat.S_ISREG(status.st_mode):  # it may have been replaced by a pipe since it was found
        raise Unreadable("it is not a regular file")
    start = os.pread(opened.fileno(), len(MAILBOX_START), 0)
    content, largest = b"", limits.largest(uri, start)
    if status.st_size <= largest:
        content = opened.read(status.st_size + 1)  # no more: Python allocates as many bytes as are requested
    if len(content) > status.st_size:  # the file is growing
        content += opened.read(largest + 1 - len(content))
    if max(status.st_size, len(content)) > largest:
        raise Unreadable(limits.too_large_reason(uri, start))
    return content


def _encode_document(state: FileState, content: bytes, document: Document) -> tuple[ParsedFile, list[bytes]]:
    documents, texts, refused = list[ParsedDocument](), list[bytes](), list[RefusedChild]()
    for each in (Child("", sha256(content), document), *flatten(document.children)):
        if isinstance(each.outcome, str):
            refused.append(RefusedChild(name=each.name, reason=each.outcome))
        elif each.outcome.text.strip():
            documents.append(_without_text(each.name, each.content_sha256, each.outcome))
            texts.append(each.outcome.text.encode())
        elif may_hide_words(each.outcome.losses):  # an archive has no text whose ledger could hold them
            reason = f"not all of it is read: {describe_losses(each.outcome.losses)}"
            refused.append(RefusedChild(name=each.name, reason=reason))
    if not documents:
        first = refused[0]
        raise Unreadable(f"nothing in it could be read: {f'{first.name}: ' if first.name else ''}{first.reason}")
    parsed = ParsedFile(state=state, documents=tuple(documents), refused=tuple(refused))
    parsed.model_dump_json()  # a title with a lone surrogate fails here, rather than while it is sent
    return parsed, texts


def _without_text(name: str, bytes_sha256: str, document: Document) -> ParsedDocument:
    return ParsedDocument(
        name=name,
        bytes_sha256=bytes_sha256,
        title=document.title,
        media_type=document.media_type,
        headings=document.headings,
        places=document.places,
        tables=document.tables,
        losses=document.losses,
        language=document.language,
        extractor=document.extractor,
    )


def _open_without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)  # otherwise, opening a pipe blocks until it has a writer
