"""All parts together: text for people, a summary for machines."""

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
Medians of differences within a round, the peers in turn: read the ratios, the times depend on the machine.
`ms a step more` is over `heartbeats only`, from the caller's start to the result, divided by the nodes; `CPU ms a step`
is all processor time of the worker's process. Kills: heartbeat timeout 3 s; `activity a node` has no heartbeats, its
nodes time out after 3 s. `dbos` and `langgraph` have nobody who notices a death: they are started again at once, by the
bench. Peers on a server other than Outlast have the SDK's sticky timeout of 10 s, which anybody can set."""


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
            its = list(judge(measured))
            judged += its
            lines = "\n".join(target.line for target in its)
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
