"""Doubles for the world outside graphs: they do what a test tells them, and record what they were asked."""

from collections.abc import Sequence

from outlast.evidence.report import Evidence, Finding, Task
from outlast.evidence.sources import Passage, Quote, SearchResult
from outlast.graphs.investigate import PassageToRead, Selection, TermStatistics


class Shelf:
    """Answers each search with the next of `answers`, and with the last one after that."""

    titles = ("Bread", "Ferries")

    def __init__(self, *answers: Sequence[Passage]) -> None:
        self._answers = list(answers)
        self.asked: list[list[str]] = []

    async def search(self, queries: Sequence[str]) -> SearchResult:
        self.asked.append(list(queries))
        if not queries:
            return SearchResult(passages=(), terms=(), size=10)
        passages = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return SearchResult(passages=tuple(passages), terms=(), size=10)


class Reader:
    """Quotes the first four characters of every passage; `enough` findings end its search."""

    def __init__(self, enough: int, queries: int = 9) -> None:
        self._enough = enough
        self._queries = queries
        self.read_passages: list[int] = []

    async def queries(self, task: Task, asked: Sequence[str], known: Sequence[Finding]) -> list[str]:
        del known
        return [f"{task.question} {len(asked)}"] if len(asked) < self._queries else []

    async def read(self, reading: PassageToRead) -> list[Finding]:
        passage = reading.passage
        self.read_passages.append(passage.start)
        quote = Quote(snapshot=passage.snapshot, start=passage.start, end=passage.start + 4, text=passage.text[:4])
        return [Finding(quote=quote, strength=1 / (1 + passage.start))]

    def enough(self, task: Task, known: Sequence[Finding]) -> bool:
        del task
        return len(known) >= self._enough

    async def select(self, task: Task, known: Sequence[Finding], searched: TermStatistics) -> Selection:
        del task, searched
        return Selection(evidence=Evidence.STRONG if known else Evidence.NONE, findings=tuple(known))


def passage(start: int, text: str = "Rye bread is baked.") -> Passage:
    return Passage(
        snapshot="a" * 64, start=start, end=start + len(text), text=text, title="Bread", heading="", score=1.0
    )
