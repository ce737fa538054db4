"""Delimiters for documents in a prompt, so that nothing in a document can pass for the words of the prompt.

The delimiters contain a hash of the texts that they enclose: a text cannot contain its own hash.
"""

from collections.abc import Sequence

from outlast.evidence.sources import sha256

MARK_HEX_DIGITS = 16


def delimit(texts: Sequence[str], name: str) -> str:
    """Join `texts`, each numbered from 1 between delimiters: `<passage 1 0f3a...> text </passage 1 0f3a...>`."""
    mark = sha256("\0".join(texts))[:MARK_HEX_DIGITS]
    return "\n".join(
        f"<{name} {number} {mark}>\n{text}\n</{name} {number} {mark}>" for number, text in enumerate(texts, 1)
    )
