"""The state of these graphs: a topic, and what was answered so far."""

import operator
from typing import Annotated, TypedDict


class State(TypedDict):
    topic: str
    answers: Annotated[list[str], operator.add]


class Found(TypedDict):
    """What a subgraph gives back: several of them run at once, each on a topic of its own."""

    answers: Annotated[list[str], operator.add]
