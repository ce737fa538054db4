"""Deleted text that a document shows struck through: it is told from what replaces it, the same in all formats."""

STRUCK_MARK = "~~"


def struck(text: str) -> str:
    """Return the text between marks; "" if there is none."""
    return f"{STRUCK_MARK}{text}{STRUCK_MARK}" if text.strip() else text
