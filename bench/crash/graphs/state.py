"""The state of these graphs: a topic, and the answers so far."""

import operator
from typing import Annotated, TypedDict


class State(TypedDict):
    topic: str
    answers: Annotated[list[str], operator.add]


class Found(TypedDict):
    """The output of a subgraph. Several subgraphs run at the same time, each with its own topic."""

    answers: Annotated[list[str], operator.add]
