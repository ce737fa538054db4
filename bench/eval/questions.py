"""The questions of the evaluation in two wordings, and the sentences that answer them."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

DEV = Path(__file__).parent / "dev.jsonl"
FITTED = Path(__file__).parent / "fitted.jsonl"
"""Questions to which, with those of DEV, the gate of answers is fitted."""
UNSEEN = Path(__file__).parent / "unseen.jsonl"
"""Questions about documents that nobody tuned to. To keep it so, look at their figures, never at the answer to one."""


class Facet(BaseModel):
    """A part of the answer: a quote must contain one of the strings, from `file` or from a file in `also`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    also: tuple[str, ...] = ()
    must_contain: tuple[str, ...]

    @property
    def files(self) -> frozenset[str]:
        return frozenset((self.file, *self.also))


class Question(BaseModel):
    """`question` is worded by somebody who does not know the documents; `question_plain` uses the documents' words."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    corpus: str
    question: str
    question_plain: str | None = None
    kind: str
    gold: tuple[Facet, ...] = ()
    unanswerable: bool = False
    note: str | None = None

    def worded(self, wording: str) -> str:
        return (self.question_plain or self.question) if wording == "plain" else self.question


def read_questions(file: Path) -> list[Question]:
    return [Question.model_validate_json(line) for line in file.read_text(encoding="utf-8").splitlines() if line]
