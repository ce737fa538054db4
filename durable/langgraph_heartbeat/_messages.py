"""What a durable phase takes and gives beside its own request and result."""

import base64
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


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
    update: dict[str, Any] = Field(default_factory=dict[str, Any])
    """Fields of the request that have other values from here on, in JSON's types, by their names.

    The phase goes on as though its request had said so: the channels of these names are overwritten in the checkpoint,
    once, and finished tasks stay finished. A channel with a reducer cannot be steered: the phase refuses it.
    """

    def steered(self, paused: "Paused", update: dict[str, Any]) -> "Resume":
        """Go on where the phase paused, with other values; with what this resume brought along, for it may be needed.

        A phase that paused before its first step leaves no checkpoint: then this one's holds.
        """
        return Resume(
            checkpoint=paused.checkpoint or self.checkpoint,
            answers=self.answers,
            update={**self.update, **update},
        )


def as_text(checkpoint: bytes) -> str:
    """JSON has no bytes."""
    return base64.b64encode(checkpoint).decode()


def as_bytes(checkpoint: str) -> bytes:
    """`ValueError` where it is not what `as_text` made."""
    return base64.b64decode(checkpoint, validate=True)
