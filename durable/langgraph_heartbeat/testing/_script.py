"""The script of a model: its answers in a row, by patterns, or by a function."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import islice
from typing import Any, Literal, Protocol, cast

from langchain_core.messages import BaseMessage

from ._scripted_answers import Asked, ScriptError, named
from ._turns import Turns

AnswerFunction = Callable[[list[BaseMessage]], Any | Awaitable[Any]]
Pattern = str | re.Pattern[str]
Script = Sequence[Any] | Mapping[Any, Any] | AnswerFunction
"""The answers in a row; answers by regular expressions, one or a list for each; or a function of the messages."""
Searched = Literal["last message", "conversation"]
"""Where patterns are searched: in the last message, or in all of them."""

MAX_SHOWN = 80
"""Maximum number of characters of a message that an error shows."""


class Answering(Protocol):
    """A script that is ready to answer."""

    def answer_to(self, asked: Asked, turns: Turns) -> Any:
        """Return the answer; an awaitable if it is given by an async function. Raise `ScriptError` if there is none."""
        ...


def answering(script: object, searched: Searched) -> Answering:
    """Return what answers by this script; raise `TypeError` or `ValueError` if it is none."""
    if isinstance(script, Mapping):
        return ByPattern(cast("Mapping[Pattern, Any]", script), searched)
    if callable(script):
        return ByFunction(cast("AnswerFunction", script))
    if isinstance(script, Sequence) and not isinstance(script, (str, bytes)):
        return InARow(cast("Sequence[Any]", script))
    raise TypeError(
        "A script is a list of answers, a dict from regular expressions to answers, or a function of the messages, "
        f"not {script!r}."
    )


class InARow:
    def __init__(self, answers: Sequence[Any]) -> None:
        self._answers = tuple(answers)

    def answer_to(self, asked: Asked, turns: Turns) -> Any:
        return nth(self._answers, turns.take("answers"), "The script", asked)

    def __str__(self) -> str:
        return ", ".join(map(named, self._answers))


class ByPattern:
    """The first pattern that is found answers. The last answer of a pattern's list is repeated."""

    def __init__(self, patterns: Mapping[Pattern, Any], searched: Searched) -> None:
        if searched not in ("last message", "conversation"):
            raise ValueError(
                f"Patterns are searched in the 'last message' or in the 'conversation', not in {searched!r}."
            )
        self._searched = searched
        self._answers = [(re.compile(pattern), answers_of(answer)) for pattern, answer in patterns.items()]
        for pattern, answers in self._answers:
            if not answers:
                raise ValueError(f"The pattern {pattern.pattern!r} of the script has no answers.")

    def answer_to(self, asked: Asked, turns: Turns) -> Any:
        text = asked.last if self._searched == "last message" else asked.conversation
        for pattern, answers in self._answers:
            if pattern.search(text):
                lane = f"pattern {pattern.pattern}"
                return answers[min(turns.take(lane), len(answers) - 1)]
        patterns = ", ".join(repr(pattern.pattern) for pattern, _ in self._answers)
        raise ScriptError(f"No pattern of the script is found in {shown(text)}. Its patterns: {patterns}.")

    def __str__(self) -> str:
        return "; ".join(f"{each.pattern}: {', '.join(map(named, answers))}" for each, answers in self._answers)


class ByFunction:
    def __init__(self, function: AnswerFunction) -> None:
        self._function = function

    def answer_to(self, asked: Asked, turns: Turns) -> Any:
        del turns
        return self._function(list(asked.messages))

    def __str__(self) -> str:
        return named(self._function)


def answers_of(answer: Any) -> list[Any]:
    return list(cast("list[Any]", answer)) if isinstance(answer, list) else [answer]


def nth(answers: Sequence[Any], index: int, what: str, asked: Asked) -> Any:
    for answer in islice(answers, index, None):
        return answer
    raise ScriptError(
        f"{what} has {len(answers)} answers, and this is call {index + 1}. Its last message: {shown(asked.last)}."
    )


def shown(text: str) -> str:
    line = " ".join(text.split())
    return repr(line if len(line) <= MAX_SHOWN else f"{line[:MAX_SHOWN]}...")
