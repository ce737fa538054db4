"""The research, put together without Temporal: the graph of each phase, and what that graph needs from outside.

worker.py makes durable activities of it; in_process.py runs it as it stands.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from langgraph.graph import StateGraph
from obstore.store import ObjectStore
from pydantic import BaseModel

from graphs import investigate, plan, verify, write
from graphs.reasoners.extractive import MODE, ExtractiveReasoner
from orchestration.messages import Investigation, Planning, Verification, Writing
from tools.libraries import Libraries
from tools.texts import Texts

Request = TypeVar("Request", bound=BaseModel)


@dataclass(frozen=True)
class Bound(Generic[Request]):
    """A graph with what it needs from outside, its run context, for one request."""

    graph: StateGraph[Any, Any, Any, Any]
    context: Callable[[Request], Awaitable[object]]


class Composition:
    """Every phase that has a graph, bound. `mode` is the line by which reports say how they were made."""

    def __init__(self, store: ObjectStore, cache: Path, reasoner: ExtractiveReasoner | None = None) -> None:
        self.store = store
        self.mode = MODE
        self.plan = Bound(plan.builder, self._planning)
        self.investigate = Bound(investigate.builder, self._investigation)
        self.write = Bound(write.builder, self._writing)
        self.verify = Bound(verify.builder, self._verification)
        self._reasoner = reasoner or ExtractiveReasoner()
        self._libraries = Libraries(store, cache)

    async def _planning(self, request: Planning) -> plan.Resources:
        return plan.Resources(self._reasoner, await self._libraries.open(request.collection))

    async def _investigation(self, request: Investigation) -> investigate.Resources:
        return investigate.Resources(self._reasoner, await self._libraries.open(request.collection))

    async def _writing(self, _: Writing) -> write.Resources:
        return write.Resources(self._reasoner)

    async def _verification(self, request: Verification) -> verify.Resources:
        return verify.Resources(self._reasoner, Texts(self.store, request.collection))
