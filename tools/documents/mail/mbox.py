"""A reader of mailboxes (mbox), as archives of lists and Thunderbird keep them: each mail is a document of its own."""

import re
from collections.abc import Iterator

from outlast.tools.documents.containers import Children
from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.mail.message import subject_of
from outlast.tools.documents.mail_sniffing import DAY_AND_MONTH, HEADER, is_mailbox

EXTRACTOR = "mbox/2"

AFTER_BLANK_LINE = re.compile(rb"From (?:-?[ \t]*|\S+[ \t]*|[^\r\n]*\d{4}[^\r\n]*)\r?\n(?=>From |" + HEADER + rb")")
"""A line "From " opens a mail if a header follows it: with a date, a sender alone, or nothing."""
ANYWHERE = re.compile(rb"From [^\r\n]{0,300}?" + DAY_AND_MONTH + rb"[^\r\n]*\r?\n(?=>From |" + HEADER + rb")")
"""Some programs write no blank line before it: then only a date tells it from a sentence that begins with the word."""
QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)
"""Lines that begin with "From " inside a mail are marked, so that they do not open one."""
MAX_SUBJECT_CHARACTERS = 80
MAX_HEAD_BYTES = 20_000
"""Within so many bytes of a mail, its subject is looked for."""


def read(content: bytes, stem: str) -> Document:
    """Read a mailbox. Raises Unreadable if it is none, or if it is empty."""
    if not content.strip():
        raise Unreadable("it is a mailbox with no mails in it")
    if not is_mailbox(content):
        raise Unreadable('it is not a mailbox: its first line does not begin with "From ", or no mail follows it')
    children = Children()
    for number, mail in enumerate(mails_of(content), start=1):
        if not children.has_room():
            break
        children.add(_name(number, mail), mail)
    return Document("", stem, "application/mbox", (), EXTRACTOR, children=children.found)


def mails_of(content: bytes) -> Iterator[bytes]:
    """Yield the mails without the lines that separate them."""
    content = content.lstrip()
    start, searched = content.find(b"\n") + 1, 0
    while (found := content.find(b"\nFrom ", searched)) >= 0:
        is_after_blank_line = content[found - 1 : found] == b"\n" or content[found - 2 : found] == b"\n\r"
        separator = (AFTER_BLANK_LINE if is_after_blank_line else ANYWHERE).match(content, found + 1)
        searched = found + 1
        if separator:
            yield _unquoted(content[start : found + 1])
            start, searched = separator.end(), separator.end() - 1
    yield _unquoted(content[start:])


def _unquoted(mail: bytes) -> bytes:
    return QUOTED_FROM.sub(rb"\1", mail) if b">From " in mail else mail


def _name(number: int, mail: bytes) -> str:
    """Return the name by which the mail is cited: its number and its subject."""
    subject = " ".join(subject_of(mail[:MAX_HEAD_BYTES]).replace("/", "-").split())
    if len(subject) > MAX_SUBJECT_CHARACTERS:
        subject = f"{subject[:MAX_SUBJECT_CHARACTERS].rstrip()}…"
    return f"{number} {subject}.eml" if subject else f"{number}.eml"
