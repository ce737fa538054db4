"""The targets of the bench, and whether they are met."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bench.durability.costs import BARE, Costs
from bench.durability.kills import HEARTBEAT_SECONDS
from bench.durability.orders import PEERS
from bench.durability.tables import Row, Rows, distinct, mean, rows_where, with_results
from bench.durability.work import SHAPES

SHARE_OF_SQLITE = 0.5
SHARE_OF_IN_MEMORY = 1.3
"""The most that a step of a conversation of 100 messages may cost over bare, times what InMemorySaver costs."""
SLOW_CALLS_PERCENT = 2
NEXT_CALL_SECONDS = HEARTBEAT_SECONDS + 2
TAIL_SECONDS = 3
"""The plugin's sticky timeout of 2 s, and 1 s until it is noticed; the SDK's default timeout is 10 s."""


@dataclass(frozen=True)
class Target:
    name: str
    value: float
    limit: float
    note: str = ""

    @property
    def met(self) -> bool:
        return self.value <= self.limit

    @property
    def line(self) -> str:
        verdict = "PASS" if self.met else "FAIL"
        return f"{verdict}  {self.name}: {self.value:.3g}, at most {self.limit:.3g}  {self.note}".rstrip()


def of_steps(rows: Rows) -> Iterator[Target]:
    for load in distinct(rows, "load"):
        costs = Costs(rows_where(rows, load=load))
        ours, theirs = costs.a_step("outlast"), costs.a_step("sqlite")
        if "of 1 s" in load:
            percent = (costs.over_heartbeats("outlast") - 1) * 100
            yield Target(f"{load}: percent of wall time over heartbeats only", percent, SLOW_CALLS_PERCENT)
        elif load.startswith("1 call"):
            note = f"{ours * 1000:.2f} and {theirs * 1000:.2f} ms a step over heartbeats only"
            yield Target(f"{load}: a step's cost, times SQLite's", ours / theirs, SHARE_OF_SQLITE, note)


def of_messages(rows: Rows) -> Iterator[Target]:
    """Yield the targets of the loop over messages; nobody has set any for deep agents."""
    loop = rows_where(rows, graph="messages")
    unable = {(row["messages"], row["peer"]) for row in loop if "cannot" in row}
    for size in distinct(loop, "messages"):
        failed = (size, "outlast") in unable
        yield Target(f"{size} messages: without a right result", int(failed), 0)
        if failed:
            continue
        costs = Costs(with_results(rows_where(loop, messages=size)), BARE)
        limits = {"sqlite": 1.0, "in memory": SHARE_OF_IN_MEMORY} if size == 100 else {"sqlite": 1.0}
        for peer, limit in limits.items():
            for what, cost in (("wall", costs.a_step), ("processor", costs.processor_more)):
                ours, theirs = cost("outlast") * 1000, cost(peer) * 1000
                note = f"{ours:.2f} and {theirs:.2f} ms a step over bare"
                value = ours / theirs if theirs > 0 else float("inf")
                yield Target(f"{size} messages: a step's {what} time, times that of {peer}", value, limit, note)


def of_kills(rows: Rows) -> Iterator[Target]:
    good = with_results(rows)
    ours = rows_where(good, peer="outlast")
    yield Target("wrong results after a kill", sum(row["wrong"] for row in ours), 0, f"{len(ours)} kills")
    yield Target("kills without a result", len(rows_where(rows, peer="outlast")) - len(ours), 0)
    for shape in SHAPES:
        least, whose = min(
            (mean(its, "redone_old"), peer)
            for peer in PEERS
            if peer != "outlast"
            and (its := rows_where(good, peer=peer, shape=shape))
            and not any(row["wrong"] for row in its)
        )
        its = rows_where(ours, shape=shape)
        name = f"{shape}: finished calls redone a kill, those of the last 100 ms apart"
        yield Target(name, mean(its, "redone_old"), least, f"the least of the others, with right results: {whose}")
    nexts = [row["next_call_s"] for row in ours if row["next_call_s"]]
    yield Target("seconds from the kill to the next call, the longest", max(nexts), NEXT_CALL_SECONDS)
    yield Target("seconds from the last call to the result, the longest", max(r["tail_s"] for r in ours), TAIL_SECONDS)


def of_histories(rows: Rows) -> Iterator[Target]:
    ours = rows_where(rows, peer="outlast")
    smallest, largest = ours[0], ours[-1]
    events = [str(row["events"]) for row in ours]
    more = largest["events"] - smallest["events"]
    yield Target("events more, at the most nodes", abs(more), 0, f"{', '.join(events)} events")
    growth, state = (largest[name] / smallest[name] for name in ("largest_bytes", "state_bytes"))
    yield Target("growth of heartbeats, times", growth, state, "the growth of the state")


def without_targets(_: Rows) -> Iterator[Target]:
    """Yield nothing: what is sent and the memory are measured, and have no target."""
    return iter(())


Judge = Callable[[list[Row]], Iterator[Target]]
