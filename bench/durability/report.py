"""The report on all parts: text for people, and a summary for machines."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.durability import tables, targets
from bench.durability.costs import Costs
from bench.durability.tables import Rows, rows_where
from bench.durability.targets import Judge, Target

PARTS: Mapping[str, tuple[str, Callable[[Rows], str], Judge]] = {
    "step": ("What a step costs", tables.a_step, targets.of_steps),
    "kill": ("What a kill costs", tables.a_kill, targets.of_kills),
    "history": ("What stays", tables.a_history, targets.of_histories),
    "memory": ("Many at once", tables.graphs_at_once, targets.of_memory),
}
CAVEATS = """\
The figures are medians of differences within a round, in which the peers run in turn. Compare the ratios: the times
depend on the machine. `ms a step more` is compared with `heartbeats only`, from the caller's start to the result,
divided by the nodes; `CPU ms a step` is all processor time of the worker's process. Kills: the heartbeat timeout is
3 s; `activity a node` has no heartbeats, and its nodes time out after 3 s. Nothing notices that `dbos` or `langgraph`
has died: the bench starts them again at once. Peers on a server, except Outlast, have the SDK's default sticky timeout
of 10 s, which can be changed."""


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
    return Reported("\n\n".join([*sections, CAVEATS]), judged, {"steps": steps(rows_where(rows, part="step"))})


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


def results_document(machine: Mapping[str, str | int], reported: Reported, *, quick: bool) -> dict[str, Any]:
    judged = [asdict(target) | {"met": target.met} for target in reported.targets]
    return {"machine": dict(machine), "quick": quick, "targets": judged, **reported.summary}
