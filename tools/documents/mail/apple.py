"""A reader of mails as Apple's program keeps them (`.emlx`): the number of bytes, the mail, and settings behind it."""

import re

from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.mail import message

EXTRACTOR = f"emlx/1, {message.EXTRACTOR}"

COUNT_LINE = re.compile(rb"[ \t]*(\d{1,12})[ \t]*\r?\n")
SETTINGS = re.compile(rb"\n<\?xml [^\n]*>\s*<!DOCTYPE plist\b.*\Z", re.DOTALL)


def read(content: bytes, stem: str) -> Document:
    """Read a mail. Of one whose attached files are kept elsewhere (`.partial.emlx`), they are listed as skipped."""
    counted = COUNT_LINE.match(content)
    if counted is None:
        raise Unreadable("it is no mail of Apple Mail: its first line is not the number of its bytes")
    mail = content[counted.end() : counted.end() + int(counted.group(1))]
    return message.read(SETTINGS.sub(b"\n", mail), stem.removesuffix(".partial"))
