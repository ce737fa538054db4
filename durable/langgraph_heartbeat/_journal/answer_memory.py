"""What a journal remembers: answers of unfinished tasks, and which of them are still good when a task fails."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Set
from typing import Any

from langgraph_heartbeat._serialising.serialising import (
    StrictSerializer,
    TypeName,
    UnfitError,
    UnknownTypeError,
    only_known_types,
)

from .answer_sizes import Answer, AnswerSizes
from .call_errors import is_cut_off, related_errors, time_of_call_error
from .call_observer import Call, Run
from .call_places import Places
from .unremembered import Unremembered

KEPT = "kept:"
"""The beginning of the keys of answers that are kept if their node raises."""


class AnswerMemory:
    """The remembered answers of one attempt, by their keys. `types` are those that answers may hold."""

    def __init__(self, types: Iterable[TypeName] = ()) -> None:
        self._serializer = StrictSerializer(types)
        self.unremembered = Unremembered()
        self._sizes = AnswerSizes(self.unremembered)
        self._answers: dict[str, Answer] = {}
        self._begun_tasks: Callable[[], Set[str]] = frozenset
        """Returns the namespaces of the tasks that have asked for something in this attempt."""
        self._around: dict[str, tuple[str, frozenset[str]]] = {}
        """The namespace of the call of this key, and the keys of the calls around it, if there are any."""
        self._places: dict[str, Places] = {}
        """The places among the questions and subgraphs of its task that the kept call of this key takes."""
        self._earlier = set[str]()
        """The keys of answers that an earlier run of their task was given."""
        self._given: dict[str, int] = {}
        """When the node was given the answer of this key in this attempt: it was made, or remembered."""
        self._failed_tasks: set[str] = set()
        self._time = 0
        self._lock = threading.Lock()

    @property
    def remembered(self) -> int:
        """How many answers the next attempt would not ask for again."""
        return self.remembered_by_task().total()

    def remembered_by_task(self) -> Counter[str]:
        """Return how many answers the next attempt would not ask for again, by the task of the graph itself.

        It is what a failure leaves of the calls that were made: an answer that its node rejected is not in it. Neither
        is an answer of an earlier attempt that a task of this attempt did not ask for, because the request of a task
        that names the current time is another one in each attempt.
        """
        with self._lock:
            begun = self._begun_tasks()
            return Counter(
                outermost_task(namespace)
                for key, (namespace, *_) in self._answers.items()
                if key in self._given or not (namespace in begun or self._is_of_failed_task(namespace))
            )

    def task_failed(self, task: str, error: object) -> None:
        """Forget the answers of a task whose node raised, if the node rejected them.

        If the error comes from a model call, the answers before that call are good, and those after it were rejected:
        of a fallback, for example. A task that was cancelled, or cut off a call that took too long, has rejected
        nothing. Whatever else raises, the code of the node rejected an answer, and the calls are made again. This is
        about models: what tools and functions returned is kept.
        """
        with self._lock:
            if not is_cut_off(error):
                self._forget_rejected(error, lambda _, namespace: self._is_of(namespace, task))
            self._failed_tasks.add(task)

    def forget_answers(self, dead: Callable[[str], bool]) -> None:
        """Forget the answers of the tasks of dead namespaces."""
        with self._lock:
            for key in [key for key, (namespace, *_) in self._answers.items() if dead(namespace)]:
                del self._answers[key]
                self._given.pop(key, None)
                self._places.pop(key, None)
                self._earlier.discard(key)
            for key in [key for key, (namespace, _) in self._around.items() if dead(namespace)]:
                del self._around[key]
            self._sizes.forget(self._answers.__contains__)

    def answers_by_key(self) -> dict[str, Answer]:
        """Return a copy of the remembered answers, for `reinstate`."""
        with self._lock:
            return dict(self._answers)

    def reinstate(self, answers: Mapping[str, Answer]) -> None:
        """Set the remembered answers to what they were."""
        with self._lock:
            self._answers.clear()
            self._answers.update(answers)

    def content(self, room_bytes: int | None = None) -> dict[str, Any]:
        """Return the remembered answers; if the room for them is given, as many as fit in it when compressed."""
        left_out = self._sizes.left_out(self.answers_by_key(), room_bytes)
        return {key: list(answer) for key, answer in self._answers.items() if key not in left_out}

    def note_left_out(self, room_bytes: int | None) -> None:
        """Count and name the answers that the newest heartbeat had no room for."""
        self._sizes.note_left_out(self.answers_by_key(), room_bytes)

    def restore(self, content: Mapping[str, Any]) -> None:
        """Load the answers of an earlier attempt. One of a class that is another now is asked for again."""
        for key, (namespace, kind, data) in content.items():
            try:
                with only_known_types():
                    value = self._serializer.loads_typed((kind, data))
                if key.startswith(KEPT):
                    self._note_places(key, places_in(value))
            except UnknownTypeError as error:
                node = namespace.rpartition("|")[2].partition(":")[0]
                self.unremembered.note(
                    Run("an answer", node), "of another class now", f"Of an earlier attempt: {error}."
                )
            else:
                self._answers[key] = (namespace, kind, data)
                self._earlier.add(key)

    def _record(self, call: Call, kind: str, data: bytes) -> None:
        self._answers[call.key] = (call.namespace, kind, data)
        self._sizes.add(call.key, call.run, data)
        self._note_given(call.key)

    def _forget_rejected(self, error: object, is_judged: Callable[[str, str], bool]) -> None:
        """Forget the answers of models that the code which raised this error has judged."""
        since = max(map(time_of_call_error, related_errors(error)), default=0)
        for key, (namespace, *_) in list(self._answers.items()):
            if self._given.get(key, 0) >= since and not key.startswith(KEPT) and is_judged(key, namespace):
                del self._answers[key]

    def _note_places(self, key: str, places: Places) -> None:
        if places := {counter: list(indices) for counter, indices in places.items() if indices}:
            self._places[key] = places

    def _reserved(self, namespace: str, counter: str) -> set[int]:
        """Return the places in a task that the answers of its earlier runs hold."""
        with self._lock:
            held = [key for key in self._places if key in self._earlier and key in self._answers]
            ours = [key for key in held if self._answers[key][0] == namespace]
            return {index for key in ours for index in self._places[key].get(counter, ())}

    def _note_unfit(self, run: Run, unfit: UnfitError) -> None:
        self.unremembered.note(run, unfit.reason.partition(" ")[0].rstrip(","), f"It holds {unfit.reason}.")

    def _note_given(self, key: str) -> None:
        self._time += 1
        self._given[key] = self._time

    def _is_of(self, namespace: str, task: str) -> bool:
        """Return whether a call in this namespace is the task's own, or of a part of it that has not failed by itself.

        A task inside it that failed or was cancelled has had its answers judged already.
        """
        _, found, inside = namespace.partition(f":{task}")
        return bool(found) and not self._is_of_failed_task(inside)

    def _is_of_failed_task(self, namespace: str) -> bool:
        return any(part.rpartition(":")[2] in self._failed_tasks for part in namespace.split("|"))


def places_in(stored: Any) -> Places:
    """Return the places of a stored result of a call; raise `ValueError` if `Journal.keep` has not stored this."""
    try:
        _, places, puts = stored
        if isinstance(puts, list):
            return {str(name): [int(index) for index in indices] for name, indices in places.items()}
    except (TypeError, AttributeError):
        pass
    raise ValueError("it holds the result of a call in another form")


def outermost_task(namespace: str) -> str:
    """Return the id of the task of the graph itself in which a namespace lies; "" for the graph itself."""
    return namespace.partition("|")[0].partition(":")[2]
