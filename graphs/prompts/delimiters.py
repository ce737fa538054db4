"""Documents in a prompt: numbered, and marked so that nothing in them can pass for the prompt's own words.

The mark is a hash of what it encloses: a text cannot contain the hash of itself.
"""

from collections.abc import Sequence

from outlast.evidence.sources import sha256

MARK_HEX_DIGITS = 16  # hexadecimal digits


def delimit(texts: Sequence[str], name: str) -> str:
    """`texts` one after the other, each numbered from 1: `<passage 1 0f3a...> text </passage 1 0f3a...>`."""
    mark = sha256("\0".join(texts))[:MARK_HEX_DIGITS]
    return "\n".join(
        f"<{name} {number} {mark}>\n{text}\n</{name} {number} {mark}>" for number, text in enumerate(texts, 1)
    )
