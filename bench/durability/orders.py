"""The order of a bench process: which peer it runs, on which work, and where its folder and the server are."""

import json
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from bench.durability.calls import Calls
from bench.durability.work import Work

PeerName = Literal[
    "bare",
    "in memory",
    "heartbeats only",
    "outlast",
    "outlast, 1 s",
    "sqlite",
    "sqlite lost",
    "activity a node",
    "activity a call",
    "dbos",
    "langgraph",
]
PEERS: tuple[PeerName, ...] = (
    "outlast",
    "heartbeats only",
    "sqlite",
    "sqlite lost",
    "activity a node",
    "dbos",
    "langgraph",
)
BY_HAND: frozenset[PeerName] = frozenset({"bare", "in memory", "dbos", "langgraph"})
"""Peers without a server: nothing notices that they have died, so the bench starts them again."""


@dataclass(frozen=True)
class Order:
    peer: PeerName
    work: Work
    folder: str
    address: str
    queue: str
    socket: str = ""
    calls: Calls = field(default_factory=Calls)
    counted: bool = False
    """Whether the process counts its heartbeats, which takes a little of its time."""

    @property
    def log(self) -> Path:
        return Path(self.folder) / "calls.jsonl"

    @property
    def by_hand(self) -> bool:
        return self.peer in BY_HAND

    def as_json(self) -> str:
        return json.dumps(asdict(self), default=str)


def order_of(line: str) -> Order:
    fields: dict[str, Any] = json.loads(line)
    work, calls = fields.pop("work"), fields.pop("calls")
    calls["log"] = Path(calls["log"]) if calls["log"] else None
    return Order(**fields, work=Work(**work), calls=Calls(**calls))


Answer = dict[str, Any]
Serve = Callable[[dict[str, Any]], Awaitable[Answer]]
"""Answers the bench: peers `BY_HAND` run the work; the others get it from the server, and return heartbeat sizes."""
Opening = Callable[[Order], AbstractAsyncContextManager[Serve]]
