"""What campaigns of harm have in common: their progress, a row for each run, and their end by a signal."""

import asyncio
import json
import signal
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

Result = TypeVar("Result")


class Trial(Protocol):
    """A run that was harmed."""

    def row(self) -> dict[str, Any]: ...


class Progress:
    """Prints a line for each finished run, and writes it to the file of rows, which begins with `head` if there is one.

    `untold` names what stands in the file alone.
    """

    def __init__(self, rows: Path, untold: Collection[str], head: Mapping[str, Any] | None = None) -> None:
        self._began, self._runs, self._rows, self._untold = time.monotonic(), 0, rows, untold
        rows.write_text(json.dumps(head) + "\n" if head else "")

    def tell(self, trial: Trial) -> None:
        row = trial.row()
        with self._rows.open("a") as rows:
            rows.write(json.dumps(row) + "\n")
        self._runs += 1
        printed = {key: value for key, value in row.items() if value and key not in self._untold}
        print(f"{time.monotonic() - self._began:6.0f} s  run {self._runs}: {json.dumps(printed)}", flush=True)


async def run_until_signal(campaign: Callable[[], Awaitable[Result]]) -> Result:
    """Run a campaign; SIGTERM and a closed terminal end it, like Ctrl-C, with everything that it has started."""
    if task := asyncio.current_task():
        for each in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(each, task.cancel)
    return await campaign()
