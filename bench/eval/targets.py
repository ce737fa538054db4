"""The values that figures must reach, the values that would be excellent, and the table of results."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.eval.scoring import Score


@dataclass(frozen=True)
class Row:
    """A row of results. `wrong` is the share of questions to a wrong corpus that were refused; None with one corpus."""

    wording: str
    corpus: str
    score: Score
    wrong: float | None = None


@dataclass(frozen=True)
class JudgedFigure:
    """A figure and its two targets. With `at_most`, less is better."""

    name: str
    value: float
    needed: float
    excellent: float
    at_most: bool = False

    @property
    def must(self) -> bool:
        return self._reaches(self.needed)

    def _reaches(self, target: float) -> bool:
        return self.value <= target + 1e-9 if self.at_most else self.value >= target - 1e-9

    def line(self) -> str:
        word = "EXCELLENT" if self._reaches(self.excellent) else "MUST" if self.must else "BELOW"
        side = "at most" if self.at_most else "at least"
        targets = f"must be {side} {self.needed:.2f}, excellent {self.excellent:.2f}"
        return f"{word:<10} {self.name}: {self.value:.2f}  ({targets})"


def judge(rows: Sequence[Row]) -> list[JudgedFigure]:
    """Return the figures that have a target, of all corpora together."""
    whole = {row.wording: row for row in rows if row.corpus == "all"}
    plain, paraphrased = whole["plain"].score, whole["paraphrased"].score
    return [
        JudgedFigure("plain: an answer quoted", plain.hit, 0.85, 0.95),
        JudgedFigure("plain: among the first three", plain.first_three, 0.75, 0.85),
        JudgedFigure("paraphrased: an answer quoted", paraphrased.hit, 0.50, 0.65),
        *refusals(whole),
        JudgedFigure("plain: quotes from wrong files", plain.wrong_files, 0.25, 0.10, at_most=True),
        *(
            JudgedFigure(f"{wording}: wrong corpus, refused", row.wrong, 0.70, 0.90)
            for wording, row in whole.items()
            if row.wrong is not None
        ),
    ]


def refusals(whole: dict[str, Row]) -> Iterator[JudgedFigure]:
    for wording, row in whole.items():
        yield JudgedFigure(f"{wording}: unanswerable, said so", row.score.refused, 0.80, 0.95)
        yield JudgedFigure(f"{wording}: false refusals", row.score.false_refusals, 0.10, 0.03, at_most=True)


def table(rows: Sequence[Row]) -> str:
    head = (
        "wording      corpus     n  hit  hit@3  whole  wrong files  quotes  refused   n  false refusals  wrong corpus"
    )
    return "\n".join([head, *(line(row) for row in rows)])


def line(row: Row) -> str:
    found = row.score
    wrong = "" if row.wrong is None else f"{row.wrong:>14.2f}"
    return (
        f"{row.wording:<12} {row.corpus:<9} {found.answerable:>2} {found.hit:>4.2f}  {found.first_three:>5.2f}  "
        f"{found.whole:>5.2f}  {found.wrong_files:>11.2f}  {found.quotes:>6.1f}  {found.refused:>7.2f}  "
        f"{found.unanswerable:>2}  {found.false_refusals:>14.2f}{wrong}"
    )
