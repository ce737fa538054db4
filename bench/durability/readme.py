"""The tables of the documents that compare Outlast with its peers, from bench/results/durability.json.

`python -m bench.durability --table` prints them; a test compares them with the documents. A document that lacks a
table of its list, or has other figures, is behind the newest full run of the bench.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from bench.durability.tables import distinct, markdown, rows_where, size_text

Document = Mapping[str, Any]
KILLED_SHAPES = {"linear": "2 calls per node", "fan-out": "fan-out, 3 calls per node", "agent": "an agent"}
KILLED_PEERS = {
    "outlast": ("", "none"),
    "sqlite": ("graph in an activity, LangGraph's SQLite checkpoints", "yes"),
    "activity a node": ("one activity per node (temporalio-langgraph)", "none"),
    "dbos": ("DBOS", "yes"),
    "heartbeats only": ("graph in an activity, heartbeats without checkpoints", "none"),
}
STEP_LOADS = {
    "1 call, 1 KB": "1 call, 1 KB a node",
    "1 call, 5 KB": "1 call, 5 KB a node",
    "2 calls, 1 KB": "2 calls, 1 KB a node",
}
STORING_PEERS = {peer: name for peer, (name, _) in KILLED_PEERS.items() if peer != "heartbeats only"}
CONVERSING_PEERS = {
    "bare": "without checkpoints, in all",
    "outlast": "",
    "outlast, 1 s": ", `interval=timedelta(seconds=1)`",
    "in memory": "LangGraph's InMemorySaver, which no crash survives",
    "sqlite": "graph in an activity, LangGraph's SQLite checkpoints",
    "activity a node": "one activity per node (temporalio-langgraph)",
    "activity a call": "one activity per call (temporalio-deepagents)",
    "dbos": "DBOS",
}
SENDING_PEERS = {
    "outlast": "",
    "outlast, 1 s": ", `interval=timedelta(seconds=1)`",
    "sqlite": CONVERSING_PEERS["sqlite"],
    "activity a node": CONVERSING_PEERS["activity a node"],
    "activity a call": CONVERSING_PEERS["activity a call"],
}
TITLES = {"messages": "an agent", "deep agent": "a deep agent"}


def kills(document: Document, ours: str) -> str:
    """Return the calls that were made again after a kill, and in brackets those of them that had finished."""
    shapes = document["kills"]
    head = ["", *(KILLED_SHAPES[shape] for shape in KILLED_SHAPES), "a database of its own"]
    body = [
        [named(name, ours), *(killed_text(shapes[shape][peer]) for shape in KILLED_SHAPES), database]
        for peer, (name, database) in KILLED_PEERS.items()
    ]
    return table(head, body)


def killed_text(figures: Mapping[str, Any]) -> str:
    if "cannot" in figures:
        return "cannot run"
    redone = one_digit(figures["redone"])
    text = f"{one_digit(figures['repeated'])} ({'0' if redone == '0.0' else redone})"
    text += f", {figures['failed']} of {figures['failed'] + figures['kills']} failed" * bool(figures["failed"])
    return text + f", {figures['wrong']} of {figures['kills']} results wrong" * bool(figures["wrong"])


def steps(document: Document, ours: str) -> str:
    """Return what a step costs over the same graph with heartbeats without checkpoints."""
    head = ["50 nodes", "SQLite checkpoints in the same activity", ours, "times"]
    body: list[list[str]] = []
    for load, name in STEP_LOADS.items():
        peers = document["steps"][load]
        mine, others = (peers[peer]["ms_a_step_over_heartbeats"] for peer in ("outlast", "sqlite"))
        body.append([name, f"{one_digit(others)} ms", f"{one_digit(mine)} ms", f"{mine / others:.2f}"])
    return table(head, body)


def costs(document: Document, ours: str) -> str:
    """Return what a step costs over the same graph with heartbeats without checkpoints, for each peer."""
    head = ["ms a step, 50 nodes", *STEP_LOADS.values()]
    body = [
        [
            named(name, ours),
            *(one_digit(document["steps"][load][peer]["ms_a_step_over_heartbeats"]) for load in STEP_LOADS),
        ]
        for peer, name in STORING_PEERS.items()
        if all(peer in document["steps"][load] for load in STEP_LOADS)
    ]
    return table(head, body)


def histories(document: Document, ours: str) -> str:
    """Return the events and the size of the history of a run, and the size of the peer's own database."""
    rows: Sequence[Mapping[str, Any]] = document["history"]
    sizes = distinct(rows, "nodes")
    head = ["", *(f"{size} nodes" for size in sizes)]
    body = [
        [
            named(name, ours),
            *(stored_text(row) for size in sizes for row in rows_where(rows, peer=peer, nodes=size)),
        ]
        for peer, name in STORING_PEERS.items()
        if rows_where(rows, peer=peer)
    ]
    return table(head, body)


def stored_text(row: Mapping[str, Any]) -> str:
    parts: list[str] = []
    if "events" in row:
        ended = "ended at " if row["outcome"] != "COMPLETED" else ""
        parts.append(f"{ended}{row['events']:,} events, {size_text(row['history_bytes'])}")
    if row["own_bytes"]:
        parts.append(f"{size_text(row['own_bytes'])} of database")
    return "; ".join(parts)


def conversations(document: Document, ours: str) -> str:
    """Return what a step costs over the graph without checkpoints, at each number of messages."""
    return "\n\n".join(
        table(
            [f"ms a step of {TITLES[graph]} (CPU ms)", *(f"{int(size):,} messages" for size in sizes)],
            [
                [named(name, ours), *(cost_text(sizes[size][peer]) for size in sizes)]
                for peer, name in CONVERSING_PEERS.items()
                if peer in next(iter(sizes.values()))
            ],
        )
        for graph, sizes in document["messages"].items()
    )


def an_agent(document: Document, ours: str) -> str:
    """Return the first table of `conversations` alone."""
    return conversations({"messages": {"messages": document["messages"]["messages"]}}, ours)


def cost_text(figures: Mapping[str, Any]) -> str:
    return "cannot run" if "cannot" in figures else f"{one_digit(figures['ms'])} ({one_digit(figures['cpu_ms'])})"


def sent(document: Document, ours: str) -> str:
    """Return the Actions of a run, and the bytes a second that its worker sends, to the server and to its store."""
    rows: Sequence[Mapping[str, Any]] = document["sent"]
    first = rows[0]
    sizes = dict.fromkeys((row["graph"], row["messages"]) for row in rows)
    head = [
        f"Actions of a run, KB a second ({first['steps']} calls of {first['call_seconds']} s)",
        *(f"{TITLES[graph]}, {size:,} messages" for graph, size in sizes),
    ]
    found = {(row["peer"], row["graph"], row["messages"]): row for row in rows}
    body = [
        [named(name, ours), *(sent_text(found.get((peer, graph, size))) for graph, size in sizes)]
        for peer, name in SENDING_PEERS.items()
    ]
    return table(head, body)


def sent_text(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return "-"
    if row["sent_bytes"] is None:
        return f"{row['actions']}, -"
    return f"{row['actions']}, {(row['sent_bytes'] + row['stored_bytes']) / 1024 / row['seconds']:.0f}"


def one_digit(number: float) -> str:
    """Round as people do: 0.25 is 0.3."""
    return str(Decimal(str(number)).quantize(Decimal("0.1"), ROUND_HALF_UP))


def named(name: str, ours: str) -> str:
    """Return the name of a row: ours is bold, with what its name adds."""
    return f"**{ours}**{name}" if not name or name.startswith(",") else name


def table(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """Return a table whose columns are all aligned to the left."""
    lines = markdown(head, body).split("\n")
    lines[1] = "|" + "---|" * len(head)
    return "\n".join(line.replace("|  |", "| |") for line in lines)


Maker = Callable[[Document, str], str]
TABLES: Mapping[str, tuple[str, Sequence[tuple[str, Maker]]]] = {
    "durable/README.md": ("this", [("messages", an_agent), ("kills", kills)]),
    "docs/durable-graphs.md": ("Outlast", [("steps", steps)]),
    "docs/benchmarks.md": ("Outlast", [("kills", kills)]),
    "docs/choosing.md": (
        "langgraph-heartbeat",
        [("kills", kills), ("history", histories), ("steps", costs), ("messages", conversations), ("sent", sent)],
    ),
}
"""For each document, what it calls us, and its tables with the part of the results that they need."""


def tables_of(document: Document) -> Iterator[tuple[str, str]]:
    """Yield each table that the results have the figures for, after the name of its document."""
    for path, (ours, makers) in TABLES.items():
        for part, make in makers:
            if part in document:
                yield path, make(document, ours)
