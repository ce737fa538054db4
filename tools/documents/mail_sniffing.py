"""Mails and mailboxes whose name says nothing: those of Thunderbird and of Maildir folders have no suffix."""

import re

SNIFFED_BYTES = 20_000
HEADER = rb"[!-9;-~]{1,100}:"
DAY_AND_MONTH = (
    rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? +(?:(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +\d|\d{1,2} +[A-Z])"
)
FIRST_LINE = re.compile(rb"\s*From [^\r\n]*\r?\n(?:>From |" + HEADER + rb")")
UNMISTAKABLE = re.compile(rb"\s*From (?:-?[ \t]*|\S+[ \t]*|[^\r\n]{0,300}?" + DAY_AND_MONTH + rb"[^\r\n]*)\r?\n")
"""A first line that no text has: with a date, a sender alone, or nothing."""
HEADER_LINE = re.compile(rb"([!-9;-~]{1,70}):")
POSTMARKS = frozenset(b"received message-id return-path delivered-to mime-version dkim-signature x-mailer".split())
"""Headers that programs write: nobody types them at the top of a text."""
IN_MAILDIR = re.compile(r"(?:^|/)(?:cur|new)/\d{6,}\.[^./]+\.[^/]*\Z")
TEXT_SUFFIXES = frozenset({".txt", ".text"})
"""Suffixes under which mails are saved, and archives of mailing lists."""


def is_in_maildir(name: str) -> bool:
    """Return whether a path is that of a mail in a Maildir. What looks like its suffix ends the name of a computer."""
    return IN_MAILDIR.search(name) is not None


def is_mailbox(content: bytes) -> bool:
    """Return whether the content begins like a mailbox. The first kilobytes of a file are enough."""
    return FIRST_LINE.match(content[:SNIFFED_BYTES]) is not None


def is_plainly_mailbox(content: bytes) -> bool:
    """Return whether content under any name is a mailbox: a sentence may begin with "From " too."""
    return is_mailbox(content) and UNMISTAKABLE.match(content[:SNIFFED_BYTES]) is not None


def recognize_mail(name: str, suffix: str, content: bytes, known: frozenset[str]) -> str:
    """Return `.eml` for a mail and `.mbox` for a mailbox under another name; "" for everything else."""
    has_free_name = suffix not in known or is_in_maildir(name)
    if not has_free_name and suffix not in TEXT_SUFFIXES:
        return ""
    start = content[:SNIFFED_BYTES]
    if is_plainly_mailbox(start):
        return ".mbox"
    found = _header_names(start)
    if b"from" not in found:
        return ""
    is_stamped = not found.isdisjoint(POSTMARKS)
    return ".eml" if is_stamped or (has_free_name and {b"subject", b"date"} <= found) else ""


def _header_names(start: bytes) -> set[bytes]:
    """Return the names of the headers with which a text begins, in lower case; none if a line is no header."""
    found = set[bytes]()
    for line in start.lstrip().splitlines():
        if not line:
            break
        if line[:1] in (b" ", b"\t"):  # the line before goes on
            continue
        matched = HEADER_LINE.match(line)
        if matched is None:
            return set()
        found.add(matched.group(1).lower())
    return found
