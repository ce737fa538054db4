"""A question that asks several things, cut into its parts; each must be a question that stands alone."""

import re

from outlast.evidence.words import content_words

QUESTION_WORDS = (
    "what|how|why|when|where|which|who|whose|whom|does|do|did|can|could|is|are|was|were|will|would|should|must|may"
    "|has|have"
)
NEXT_QUESTION = re.compile(rf"(?:\?|,? and|;|,)\s+(?=(?:{QUESTION_WORDS})\b)", re.IGNORECASE)
QUESTION_START = re.compile(rf"(?:{QUESTION_WORDS})\b", re.IGNORECASE)
BACK_REFERENCE = re.compile(r"\b(?:it|its|they|them|their|that|this|these|those|one)\b", re.IGNORECASE)
MIN_CONTENT_WORDS = 2  # that say something; fewer do not find their own subject


def split_question(question: str) -> list[str]:
    """The questions in `question`, each with a question mark; `question` alone where it cannot be cut well.

    What asks nothing and has its full stop, as "Describe the lamp.", keeps it.

    "If I lock a row, what happens?" is one question: its first half asks nothing. "How do I lock a row, and is that
    safe?" is one as well: what "that" is, the second half does not say.
    """
    parts = [part for each in NEXT_QUESTION.split(question) if (part := each.strip(" \n?,;"))]
    alone = all(QUESTION_START.match(part) for part in parts)
    following = all(
        not BACK_REFERENCE.search(part) and len(content_words(part)) >= MIN_CONTENT_WORDS for part in parts[1:]
    )
    asked = parts if alone and following else [question.strip(" \n?,;")]
    return [with_end_mark(f"{part[0].upper()}{part[1:]}") for part in asked if content_words(part)]


def with_end_mark(part: str) -> str:
    return part if part.endswith((".", "!")) and not QUESTION_START.match(part) else f"{part}?"
