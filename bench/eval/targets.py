"""The values that figures must reach, the values that would be excellent, and the table of results."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.eval.scoring import Score

MEAN = "mean"
"""The row of all corpora of a set, in which each corpus counts the same."""


@dataclass(frozen=True)
class Row:
    """A row of results. `wrong` is the share of questions to a wrong corpus that were refused; None with one corpus."""

    wording: str
    corpus: str
    score: Score
    wrong: float | None = None


@dataclass(frozen=True)
class Target:
    """A field of a score, the wording whose mean counts ("" for the mean of both), and the values it should have."""

    name: str
    field: str
    wording: str
    rules: float
    encoder: float
    excellent: float
    at_most: bool = False


TARGETS = (
    Target("documents' words: hit", "hit", "plain", 0.90, 0.92, 0.97),
    Target("documents' words: hit@3", "first_three", "plain", 0.80, 0.85, 0.92),
    Target("people's words: hit", "hit", "paraphrased", 0.50, 0.60, 0.72),
    Target("people's words: hit@3", "first_three", "paraphrased", 0.38, 0.46, 0.60),
    Target("unanswerable, said so", "refused", "", 0.70, 0.80, 0.92),
    Target("wrong corpus, refused", "wrong", "", 0.72, 0.80, 0.90),
    Target("documents' words: false refusals", "false_refusals", "plain", 0.04, 0.03, 0.01, at_most=True),
    Target("people's words: false refusals", "false_refusals", "paraphrased", 0.18, 0.13, 0.06, at_most=True),
    Target("people's words: quotes from wrong files", "wrong_files", "paraphrased", 0.40, 0.33, 0.15, at_most=True),
)
MAX_CALIBRATION_ERROR = 0.08


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


def judge(rows: Sequence[Row], *, encoder: bool, calibration_error: float) -> list[JudgedFigure]:
    """Return the figures that have a target, each the mean over corpora."""
    means = {row.wording: row for row in rows if row.corpus == MEAN}
    figures: list[JudgedFigure] = []
    for target in TARGETS:
        asked = [means[target.wording]] if target.wording else list(means.values())
        values = [row.wrong if target.field == "wrong" else getattr(row.score, target.field) for row in asked]
        known = [value for value in values if value is not None]
        if known:
            needed = target.encoder if encoder else target.rules
            value = sum(known) / len(known)
            figures.append(JudgedFigure(target.name, value, needed, target.excellent, target.at_most))
    limit = MAX_CALIBRATION_ERROR
    return [*figures, JudgedFigure("calibration error", calibration_error, limit, limit / 2, at_most=True)]


def table(rows: Sequence[Row]) -> str:
    head = (
        "wording      corpus         n  hit  hit@3  whole  wrong files  quotes  refused   n  false refusals"
        "  wrong corpus"
    )
    return "\n".join([head, *(line(row) for row in rows)])


def line(row: Row) -> str:
    found = row.score
    wrong = "" if row.wrong is None else f"{row.wrong:>14.2f}"
    return (
        f"{row.wording:<12} {row.corpus:<13} {found.answerable:>2} {found.hit:>4.2f}  {found.first_three:>5.2f}  "
        f"{found.whole:>5.2f}  {found.wrong_files:>11.2f}  {found.quotes:>6.1f}  {found.refused:>7.2f}  "
        f"{found.unanswerable:>2}  {found.false_refusals:>14.2f}{wrong}"
    )
