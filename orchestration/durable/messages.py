"""What a durable phase takes and gives beside its own request and result."""

import base64
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Question(Value):
    """An `interrupt()` of a graph that waits for an answer."""

    id: str
    value: Any


class Paused(Value):
    """A phase that stands and waits: the result of its activity, instead of its own."""

    outcome: Literal["paused"] = "paused"
    questions: list[Question]
    checkpoint: str
    """What the next run of the phase takes as `Resume.checkpoint`."""


class Resume(Value):
    """Go on from there: the second argument of a phase's activity. Newer heartbeat details win over it."""

    checkpoint: str = ""
    answers: dict[str, Any] | None = None
    """By the ids of the questions."""


def as_text(checkpoint: bytes) -> str:
    """JSON has no bytes."""
    return base64.b64encode(checkpoint).decode()


def as_bytes(checkpoint: str) -> bytes:
    """`ValueError` where it is not what `as_text` made."""
    return base64.b64decode(checkpoint, validate=True)
