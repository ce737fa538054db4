"""The report on all parts: text for people, and a summary for machines, from which `readme.py` makes its tables."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.durability import tables, targets
from bench.durability.costs import BARE, Costs
from bench.durability.tables import Rows, distinct, mean, rows_where, with_results
from bench.durability.targets import Judge, Target

PARTS: Mapping[str, tuple[str, Callable[[Rows], str], Judge]] = {
    "step": ("What a step costs", tables.a_step, targets.of_steps),
    "messages": ("What a step of a long conversation costs", tables.conversations, targets.of_messages),
    "sent": ("What a run sends", tables.sent, targets.without_targets),
    "kill": ("What a kill costs", tables.a_kill, targets.of_kills),
    "history": ("What stays", tables.a_history, targets.of_histories),
    "memory": ("Many at once", tables.graphs_at_once, targets.without_targets),
}
CAVEATS = """\
The figures are medians of differences within a round, in which the peers run in turn. Compare the ratios: the times
depend on the machine. `ms a step more` is compared with `heartbeats only`, from the caller's start to the result,
divided by the nodes; `CPU ms a step` is all processor time of the worker's process.

Conversations: a step is measured inside the process, from one call of the model to the next, so that starting a run is
no part of it. Before the first one is a pause, in which the state at the start is saved. `in memory` is LangGraph's
InMemorySaver, which nothing survives; `activity a node` is temporalio-langgraph, `activity a call` is
temporalio-deepagents; `outlast, 1 s` has that interval between heartbeats. Actions are what Temporal Cloud would bill,
by the rules in `actions.py`.

Kills: the heartbeat timeout is 3 s; `activity a node` has no heartbeats, and its nodes time out after 3 s. Nothing
notices that `dbos` or `langgraph` has died: the bench starts them again at once. Peers on a server, except Outlast,
have the SDK's default sticky timeout of 10 s, which can be changed."""


@dataclass(frozen=True)
class Reported:
    text: str
    targets: Sequence[Target]
    summary: Mapping[str, Any]


def report(rows: Rows) -> Reported:
    sections: list[str] = []
    judged: list[Target] = []
    for part, (title, table, judge) in PARTS.items():
        if measured := rows_where(rows, part=part):
            part_targets = list(judge(measured))
            judged += part_targets
            lines = "\n".join(target.line for target in part_targets)
            sections.append(f"## {title}\n\n{table(measured)}\n\n{lines}".rstrip())
    summaries: Mapping[str, tuple[str, Callable[[Rows], object]]] = {
        "steps": ("step", steps),
        "messages": ("messages", conversations),
        "sent": ("sent", list),
        "kills": ("kill", kills),
        "history": ("history", list),
    }
    summary = {
        name: summarise(measured)
        for name, (part, summarise) in summaries.items()
        if (measured := rows_where(rows, part=part))
    }
    return Reported("\n\n".join([*sections, CAVEATS]), judged, summary)


def steps(rows: Rows) -> dict[str, dict[str, dict[str, float]]]:
    found: dict[str, dict[str, dict[str, float]]] = {}
    for load in tables.distinct(rows, "load"):
        costs = Costs(rows_where(rows, load=load))
        found[load] = {
            peer: {
                "over_bare": round(costs.over_bare(peer), 3),
                "ms_a_step_over_heartbeats": round(costs.a_step(peer) * 1000, 3),
                "cpu_ms_a_step_over_heartbeats": round(costs.processor_more(peer) * 1000, 3),
            }
            for peer in tables.distinct(rows_where(rows, load=load), "peer")
        }
    return found


def conversations(rows: Rows) -> dict[str, dict[str, dict[str, dict[str, float | str]]]]:
    """Return what a step costs over bare, by graph, messages at the start, and peer; bare's is in all."""
    return {
        graph: {
            str(size): {
                peer: conversation(rows_where(rows, graph=graph, messages=size), peer)
                for peer in distinct(rows_where(rows, graph=graph), "peer")
            }
            for size in distinct(rows_where(rows, graph=graph), "messages")
        }
        for graph in distinct(rows, "graph")
    }


def conversation(rows: Rows, peer: str) -> dict[str, float | str]:
    its = rows_where(rows, peer=peer)
    if "cannot" in its[0]:
        return {"cannot": its[0]["cannot"]}
    costs = Costs(with_results(rows), BARE)
    wall, processor = costs.a_step(peer), costs.processor_more(peer)
    if peer == BARE:
        wall, processor = costs.seconds(peer) / costs.nodes, costs.processor(peer)
    return {"ms": round(wall * 1000, 3), "cpu_ms": round(processor * 1000, 3)}


def kills(rows: Rows) -> dict[str, dict[str, dict[str, float | str]]]:
    """Return the calls repeated a kill, by shape and peer, and of them those that had finished."""
    return {
        shape: {peer: killed(rows_where(rows, shape=shape, peer=peer)) for peer in distinct(rows, "peer")}
        for shape in distinct(rows, "shape")
    }


def killed(rows: Rows) -> dict[str, float | str]:
    good = with_results(rows)
    if not good:
        return {"cannot": rows[0].get("cannot") or rows[0]["error"]}
    return {
        "repeated": round(mean(good, "repeated"), 3),
        "redone": round(mean(good, "redone"), 3),
        "redone_old": round(mean(good, "redone_old"), 3),
        "wrong": sum(row["wrong"] for row in good),
        "failed": len(rows) - len(good),
        "kills": len(good),
    }


def results_document(machine: Mapping[str, str | int], reported: Reported, *, quick: bool) -> dict[str, Any]:
    judged = [asdict(target) | {"met": target.met} for target in reported.targets]
    return {"machine": dict(machine), "quick": quick, "targets": judged, **reported.summary}
