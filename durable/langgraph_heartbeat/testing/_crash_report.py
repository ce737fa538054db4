"""What a crash test found: a row for each kill."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MAX_ROWS = 10
"""Maximum number of kills that an error lists."""


@dataclass(frozen=True)
class Kill:
    """One kill, and what became of the run after it."""

    number: int
    where: str
    """The moment, the call, its node and its step."""
    difference: str = ""
    """How its result differs from that of the undisturbed run; "" if it is equal."""
    made_again: tuple[str, ...] = ()
    """The calls that had finished before the kill, and were made again."""
    attempts: int = 2
    seconds: float = 0.0

    def __str__(self) -> str:
        return f"kill {self.number}, {self.where}: {self.difference or 'equal'}"


@dataclass(frozen=True)
class CrashReport:
    """What `crashes` found. `check()` raises where a crash changed the result; `str(report)` says it in a few lines.

    - `result`: that of the undisturbed run.
    - `calls`: the calls of the undisturbed run, in their order.
    - `kills`: a `Kill` for each: `number`, `where`, `difference`, `made_again`, `attempts`, `seconds`.
    - `unstable`: how two undisturbed runs differ; then there are no kills, because no difference would say anything.

    ```python
    import asyncio

    from langgraph.func import entrypoint
    from langgraph_heartbeat.testing import CrashReport, crashes


    @entrypoint()
    async def double(number: int) -> int:
        return 2 * number


    report: CrashReport = asyncio.run(crashes(double, 21))
    report.check()
    assert report.result.root == 42
    print(report)
    ```
    """

    name: str
    result: Any
    calls: Sequence[str] = ()
    kills: Sequence[Kill] = ()
    unstable: str = ""

    @property
    def different(self) -> list[Kill]:
        """The kills after which the result was another one."""
        return [kill for kill in self.kills if kill.difference]

    @property
    def made_again(self) -> Counter[str]:
        """How often each call was made again although it had finished, after all kills together."""
        return Counter(call for kill in self.kills for call in kill.made_again)

    @property
    def seconds_a_kill(self) -> float:
        """The average time of a kill and of the run around it."""
        return sum(kill.seconds for kill in self.kills) / max(len(self.kills), 1)

    def check(self, *, made_again: int | None = None) -> None:
        """Raise `AssertionError`, which names each place, if a crash changes the result of the graph.

        `made_again` is how many finished calls may be made again after one kill, at most; None is any number.
        """
        if self.unstable:
            raise AssertionError(self._unstable_text())
        if self.different:
            rows = [str(kill) for kill in self.different]
            raise AssertionError(
                f"{self.name}: {len(rows)} of {len(self.kills)} kills changed the result.\n{listed(rows)}\n"
                f"Repeat one of them with crashes(..., only=[{self.different[0].number}]). If the graph keeps "
                "something in the memory of its process, give crashes() a function that makes the graph."
            )
        over = [kill for kill in self.kills if made_again is not None and len(kill.made_again) > made_again]
        if over:
            rows = [f"kill {kill.number}, {kill.where}: {', '.join(kill.made_again)}" for kill in over]
            raise AssertionError(
                f"{self.name}: after {len(rows)} of {len(self.kills)} kills, more than {made_again} calls were made "
                f"again although they had finished.\n{listed(rows)}"
            )

    def table(self) -> str:
        """Return a line for each kill."""
        rows = [("kill", "where", "result", "made again")]
        rows += [
            (str(kill.number), kill.where, kill.difference or "equal", ", ".join(kill.made_again) or "-")
            for kill in self.kills
        ]
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        return "\n".join(
            "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]).rstrip()
            for row in rows
        )

    def __str__(self) -> str:
        if self.unstable:
            return self._unstable_text()
        different = self.different
        results = f"{len(different)} with another result" if different else "all with the same result"
        lines = [f"{self.name}: {len(self.calls)} calls, {len(self.kills)} kills, {results}."]
        if again := self.made_again:
            most = max(len(kill.made_again) for kill in self.kills)
            calls = ", ".join(f"{call} ({times})" for call, times in again.most_common())
            lines.append(f"Finished calls that were made again, at most {most} after a kill: {calls}.")
        else:
            lines.append("No finished call was made again.")
        if different:
            lines.append(listed([str(kill) for kill in different]))
        return "\n".join(lines)

    def _unstable_text(self) -> str:
        return (
            f"{self.name}: two runs without any crash differ, so that no crash is to blame: {self.unstable}. A crash "
            "test needs a graph that gives the same result each time: give it scripted models, and let it draw no "
            "random numbers and read no clock. If only ids differ by design, compare without them: "
            "crashes(..., key=lambda result: ...)."
        )


def listed(rows: Sequence[str]) -> str:
    more = [f"  and {len(rows) - MAX_ROWS} more"] if len(rows) > MAX_ROWS else []
    return "\n".join([*(f"  {row}" for row in rows[:MAX_ROWS]), *more])
