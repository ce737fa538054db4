"""The open questions of a graph, and the answers to them, in the writes of a checkpoint.

`interrupt()` finds its answers in the RESUME write of its task: the first answer for the first question, and so on. An
answer is therefore appended to the RESUME write of the task that asked, once, in the checkpoint that asked, and travels
in it from then on. LangGraph's `Command(resume={id: answer})` is not used: passed again after a crash, it would answer
the next question of the same task, which nobody has seen.
"""

from collections.abc import Iterable, Iterator, MutableMapping
from typing import Any, NamedTuple, cast

from langgraph.checkpoint.base import WRITES_IDX_MAP
from langgraph.types import Interrupt, _interrupt_id  # pyright: ignore[reportPrivateUsage] - to know who asked

from langgraph_heartbeat._serialising.serialising import StrictSerializer

INTERRUPT_CHANNEL, RESUME_CHANNEL = "__interrupt__", "__resume__"
RESUME_INDEX = WRITES_IDX_MAP[RESUME_CHANNEL]

Location = tuple[str, str, str]
"""The thread, the namespace and the id of a checkpoint."""
Row = tuple[str, str, tuple[str, bytes], str]
"""A write: its task, channel, stored value, and the path of the task."""
Writes = MutableMapping[Location, dict[tuple[str, int], Row]]
"""The pending writes of every checkpoint, by task and index."""


class Asker(NamedTuple):
    """The task that asked a question. Askers are compared by depth: the largest is the task that called `interrupt`."""

    depth: tuple[int, int]
    location: Location
    task: str
    path: str


class Questions:
    """Reads and answers the questions in `writes`; `answered` are ids whose tasks have not used their answer yet."""

    def __init__(self, writes: Writes, serde: StrictSerializer) -> None:
        self._writes, self._serde = writes, serde
        self.answered: set[str] = set()

    def open(self) -> dict[str, Interrupt[Any]]:
        """Return the questions that wait for an answer, by their ids."""
        return {each.id: each for _, each in self._asked() if each.id not in self.answered}

    def asker(self, question: str) -> Asker | None:
        """Return the task that waits for the answer to this question; None if there is none.

        A question of a subgraph or of a `@task` is in the writes of the tasks around it, too.
        """
        askers = [asker for asker, each in self._asked() if each.id == question and question not in self.answered]
        return max(askers, default=None)

    def answer(self, asker: Asker, question: str, value: Any) -> None:
        """Put the answer where the task will find it. Raises `UnfitError` if it cannot be stored unchanged."""
        key = (asker.task, RESUME_INDEX)
        answers = [*self._answers(asker.location, asker.task), value]
        self._writes[asker.location][key] = (asker.task, RESUME_CHANNEL, self._serde.dumps_typed(answers), asker.path)
        self.answered.add(question)

    def longest(self, location: Location, task: str, answers: list[Any]) -> list[Any]:
        """Return the answers to store for a task that reports `answers`.

        A task that fails between its first and its second question reports the first answer only. The second one stays
        given, because it has been answered.
        """
        known = self._answers(location, task)
        return known if len(known) > len(answers) and known[: len(answers)] == answers else answers

    def withdraw(self, location: Location, task: str) -> list[str]:
        """Take the last answer of a task back, because the task refused it; return the ids of its questions."""
        answers = self._answers(location, task)
        if not answers:
            return []
        key = (task, RESUME_INDEX)
        row = self._writes[location][key]
        self._writes[location][key] = (*row[:2], self._serde.dumps_typed(answers[:-1]), row[3])
        questions = [each for asker, each in self._asked() if asker.task == task]
        self.asked(questions)
        return [each.id for each in questions]

    def can_reach(self, question: Interrupt[Any], task: str, node: str) -> bool:
        """Return whether an answer would reach a question that `task`, of the graph itself and its `node`, reported."""
        asker = self.asker(question.id)
        if asker is None or asker.task != task or asker.location[1]:
            return asker is not None  # a task inside this one asked, and the checkpoint knows that task
        # A task derives the ids of its own questions from its namespace and the number of answers before.
        return question.id in {_interrupt_id(f"{node}:{task}", 0), _interrupt_id(f"{node}:{task}", self._count(asker))}

    def _count(self, asker: Asker) -> int:
        return len(self._answers(asker.location, asker.task))

    def asked(self, interrupts: Iterable[Interrupt[Any]]) -> None:
        """Note that these questions are asked, perhaps again."""
        self.answered -= {each.id for each in interrupts}

    def _asked(self) -> Iterator[tuple[Asker, Interrupt[Any]]]:
        """Yield the questions of tasks that have not finished."""
        for location, rows in self._writes.items():
            finished = {task for task, index in rows if index >= 0}
            for task, channel, stored, path in rows.values():
                if channel == INTERRUPT_CHANNEL and task not in finished:
                    for each in interrupts_in(self._serde.loads_typed(stored)):
                        yield Asker((len(location[1]), len(path)), location, task, path), each

    def _answers(self, location: Location, task: str) -> list[Any]:
        row = self._writes.get(location, {}).get((task, RESUME_INDEX))
        return [] if row is None else list(self._serde.loads_typed(row[2]))


def interrupts_in(value: Any) -> list[Interrupt[Any]]:
    """Return the interrupts in a value of the channel of interrupts, which holds one or several."""
    several = cast("Iterable[object]", value if isinstance(value, list | tuple) else (value,))
    return [each for each in several if isinstance(each, Interrupt)]
