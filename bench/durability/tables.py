"""Show rows as Markdown tables, one for each part of the bench."""

from collections.abc import Callable, Iterable, Sequence
from statistics import median
from typing import Any, get_args

from bench.durability.costs import BARE, Costs
from bench.durability.orders import PEERS, PeerName
from bench.durability.steps import RUNNERS
from bench.durability.work import SHAPES

PEER_ORDER: Sequence[PeerName] = get_args(PeerName)
Row = dict[str, Any]
Rows = Sequence[Row]


def markdown(head: Sequence[str], body: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *body]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def rows_where(rows: Rows, **values: object) -> list[Row]:
    return [row for row in rows if all(row.get(name) == value for name, value in values.items())]


def distinct(rows: Rows, name: str) -> list[Any]:
    return list(dict.fromkeys(row[name] for row in rows))


def a_step(rows: Rows) -> str:
    """Show the time compared with the bare graph, and what a step costs more than with heartbeats only."""
    tables: list[str] = []
    for load in distinct(rows, "load"):
        costs = Costs(rows_where(rows, load=load))
        head = [
            f"{costs.nodes} nodes, {load}",
            "ms",
            "over the bare graph",
            "ms a step more",
            "from - to",
            "CPU ms a step",
        ]
        body = [
            [
                peer,
                f"{costs.seconds(peer) * 1000:.0f}",
                f"{costs.over_bare(peer):.2f} x",
                f"{costs.a_step(peer) * 1000:.2f}",
                " - ".join(f"{each * 1000:.2f}" for each in costs.range_of(peer)),
                f"{costs.processor(peer) * 1000:.2f}",
            ]
            for peer in RUNNERS
        ]
        tables.append(markdown(head, body))
    return "\n\n".join(tables)


def conversations(rows: Rows) -> str:
    """Show a step's wall and processor time over bare, at each number of messages; those of bare are in all."""
    return "\n\n".join(conversation(rows_where(rows, graph=graph), graph) for graph in distinct(rows, "graph"))


def conversation(rows: Rows, graph: str) -> str:
    sizes = distinct(rows, "messages")
    head = [f"{graph}: ms a step over bare (CPU ms)", *(f"{size:,} messages at the start" for size in sizes)]
    body: list[list[str]] = []
    for peer in sorted(distinct(rows, "peer"), key=PEER_ORDER.index):
        cells = [conversation_cell(rows_where(rows, messages=size), peer) for size in sizes]
        body.append([peer + " in all" * (peer == BARE), *cells])
    return markdown(head, body)


def conversation_cell(rows: Rows, peer: str) -> str:
    its = rows_where(rows, peer=peer)
    if "cannot" in its[0]:
        return f"cannot ({its[0]['cannot']})"
    costs = Costs(with_results(rows), BARE)
    if peer == BARE:
        return f"{costs.seconds(peer) / costs.nodes * 1000:.2f} ({costs.processor(peer) * 1000:.2f})"
    return f"{costs.a_step(peer) * 1000:.2f} ({costs.processor_more(peer) * 1000:.2f})"


def sent(rows: Rows) -> str:
    """Show the requests of a run with slow calls, and the bytes that the worker sends to the server and to a store."""
    head = [
        "graph, messages at the start",
        "peer",
        "heartbeats",
        "Actions",
        "a step",
        "KB a second to the server",
        "to its store",
        "steps, calls",
    ]
    body = [
        [
            f"{row['graph']}, {row['messages']:,}",
            row["peer"],
            row["heartbeats"],
            row["actions"],
            f"{row['actions'] / row['steps']:.1f}",
            "-" if row["sent_bytes"] is None else f"{row['sent_bytes'] / 1024 / row['seconds']:.1f}",
            f"{row['stored_bytes'] / 1024 / row['seconds']:.1f}",
            f"{row['steps']} of {row['call_seconds']} s",
        ]
        for row in rows
    ]
    return markdown(head, body)


def a_kill(rows: Rows) -> str:
    """Show the repeated calls per kill; in brackets those that had finished, and that more than 100 ms before."""
    head = ["calls repeated a kill (finished, of those older than 100 ms)", *SHAPES]
    body = [[peer, *(repeated_text(rows_where(rows, peer=peer, shape=shape)) for shape in SHAPES)] for peer in PEERS]
    return f"{markdown(head, body)}\n\n{recovery(rows)}"


def repeated_text(rows: Rows) -> str:
    if "cannot" in rows[0]:
        return f"cannot run ({rows[0]['cannot']})"
    good, failed = with_results(rows), [row for row in rows if "error" in row]
    if not good:
        return f"failed: {failed[0]['error']}"
    wrong = sum(row["wrong"] for row in good)
    counts = f"{mean(good, 'repeated'):.2f} ({mean(good, 'redone'):.2f}, {mean(good, 'redone_old'):.2f})"
    return counts + f", {wrong} of {len(good)} WRONG" * bool(wrong) + f", {len(failed)} failed" * bool(failed)


def with_results(rows: Rows) -> list[Row]:
    return [row for row in rows if "error" not in row and "cannot" not in row]


def recovery(rows: Rows) -> str:
    head = ["seconds after the kill, median (most)", "next call", "result", "result after the last call", "kills"]
    body: list[list[object]] = []
    for peer in PEERS:
        if good := with_results(rows_where(rows, peer=peer)):
            called = [row for row in good if row["next_call_s"]]
            times = [
                median_and_max(called, "next_call_s"),
                median_and_max(good, "result_s"),
                median_and_max(good, "tail_s"),
            ]
            body.append([peer, *times, len(good)])
    return markdown(head, body)


def median_and_max(rows: Rows, name: str) -> str:
    return f"{median(row[name] for row in rows):.1f} ({max(row[name] for row in rows):.1f})" if rows else "-"


def mean(rows: Rows, name: str) -> float:
    return sum(row[name] for row in rows) / len(rows)


def a_history(rows: Rows) -> str:
    sizes = distinct(rows, "nodes")
    columns: list[tuple[str, Callable[[Row], str]]] = [
        ("events", lambda row: str(row.get("events", "-")) + terminated(row)),
        ("history", lambda row: size_text(row.get("history_bytes"))),
        ("largest heartbeat", lambda row: size_text(row.get("largest_bytes"))),
        ("own database", lambda row: size_text(row.get("own_bytes"))),
    ]
    head = ["nodes of 1 KB", *(f"{name} at {nodes}" for name, _ in columns for nodes in sizes)]
    body = [
        [
            peer,
            *(
                cell_text(row)
                for _, cell_text in columns
                for nodes in sizes
                for row in rows_where(rows, peer=peer, nodes=nodes)
            ),
        ]
        for peer in distinct(rows, "peer")
    ]
    return markdown(head, body)


def terminated(row: Row) -> str:
    outcome = row.get("outcome", "COMPLETED")
    return "" if outcome == "COMPLETED" else f" ({outcome})"


def size_text(size_bytes: int | None) -> str:
    if size_bytes is None:
        return "-"
    return f"{size_bytes / 1024 / 1024:.1f} MB" if size_bytes >= 1024 * 1024 else f"{size_bytes / 1024:.1f} KB"


def graphs_at_once(rows: Rows) -> str:
    head = ["graphs of 100 KB at once", "graphs", "RSS before", "RSS a graph", "CPU a graph", "heartbeats a graph"]
    body = [
        [
            row["peer"],
            row["graphs"],
            size_text(row["idle_bytes"]),
            size_text((row["most_bytes"] - row["idle_bytes"]) // row["graphs"]),
            f"{row['cpu_seconds'] / row['graphs'] * 1000:.0f} ms",
            f"{row['beats'] / (row['graphs'] + 1):.0f}",
        ]
        for row in rows
    ]
    return markdown(head, body)
