"""The question, as a person gives it."""

import sys

from outlast.evidence.errors import Permanent
from outlast.evidence.scripts import NOT_SEARCHED, is_without_blanks

MOST_BYTES = 4 * 1024 * 1024
"""Of stdin. A question is far shorter; whoever pipes a book in hears so at once."""


def read_question(given: str) -> str:
    """`given`, or what stdin holds where it is "-"; in one line. Raises Permanent where it is none."""
    question = " ".join((from_stdin() if given == "-" else given).split())
    if not question:
        raise Permanent('The question is empty. Ask one: outlast research "QUESTION" --docs DIR')
    if is_without_blanks(question):
        raise Permanent(NOT_SEARCHED)
    return question


def from_stdin() -> str:
    try:
        return sys.stdin.buffer.read(MOST_BYTES).decode()
    except UnicodeDecodeError as error:
        raise Permanent(f"The question on stdin is not in UTF-8 (at byte {error.start}). Convert it first.") from None
