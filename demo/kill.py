"""Show a run whose worker is killed in the middle, line by line, and count the calls that were made twice.

    python demo/kill.py FOLDER [--seed N]

The calls go to a slow scripted model on loopback (`scripted_model.py`), without a key or network. Documents, runs and
report are in FOLDER; the files of an earlier demo are replaced.
"""

import argparse
import os
import queue
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from scripted_model import Call, ScriptedModel
from write_documents import write_documents

OUTLAST = Path(sys.executable).parent / "outlast"
MIN_CALL_SECONDS, MAX_CALL_SECONDS = 0.5, 2.5
"""How long the model takes for a call."""
MIN_READS_BEFORE_KILL, MAX_READS_BEFORE_KILL = 4, 8
"""How many passages the model has read when the worker is killed, while it reads others."""
QUIET_SECONDS = 0.2
"""How long the kill waits after the last answer: an answer reaches its checkpoint after about 50 ms, and would be lost
with its worker before that."""
TOPICS = ("assert", "break", "continue", "del", "global")
QUESTION = "What does the assert statement do, and what does the global statement do?"
INTRODUCTION = """\
A run asks a model that takes seconds per call. In the middle of the run, kill -9 ends the worker's process.
A new worker continues from the last finished step, and does not repeat the calls that were answered.
"""


class Show:
    """Prints the events of a run, its model and its kill, one line each, and kills the worker."""

    def __init__(self, home: Path, seed: int) -> None:
        self.killed_at: float | None = None
        self.lost: list[Call] = []
        """The calls in flight when the worker was killed."""
        self.answered_before = 0
        self._home = home
        self._fatal = random.Random(seed).randint(MIN_READS_BEFORE_KILL, MAX_READS_BEFORE_KILL)
        self._events: queue.Queue[str | Call | None] = queue.Queue()
        self._began = time.monotonic()
        self._last_call = 0
        self._is_noticed = False
        self._is_back = False
        self.model = ScriptedModel(MIN_CALL_SECONDS, MAX_CALL_SECONDS, self._events.put)

    def say(self, who: str, what: str) -> None:
        print(f"{time.monotonic() - self._began:5.1f} s  {who:<8}{what}", flush=True)

    def run(self, process: "subprocess.Popen[str]") -> None:
        """Print events until the command has ended and printed its last line."""
        threading.Thread(target=self._listen, args=[process], daemon=True).start()
        while (event := self._events.get()) is not None:
            if isinstance(event, str):
                self._print_line(event)
            elif event.number > self._last_call:
                self._print_call(event)
            elif self.killed_at is None and self._reads() >= self._fatal:
                self._kill_in_a_quiet_moment()

    def _listen(self, process: "subprocess.Popen[str]") -> None:
        for line in process.stdout or ():
            self._events.put(line.rstrip())
        self._events.put(None)

    def _print_line(self, line: str) -> None:
        """Print a line of the command, but only the first line about attempt 2, whose progress the calls show."""
        if "(attempt 2:" not in line:
            self.say("outlast", line)
        elif not self._is_noticed:
            self._is_noticed = True
            self.say("outlast", "the server has noticed: attempt 2 begins from the last heartbeat")

    def _print_call(self, call: Call) -> None:
        self._last_call = call.number
        is_after = self.killed_at is not None and call.begun > self.killed_at
        if is_after and not self._is_back:
            self._is_back = True
            self.say("RESUMED", f"a new worker goes on; {self.answered_before} answered calls are not made again")
        again = is_after and any(call.request == each.request for each in self.lost)
        self.say("model", f"call {call.number}: {call.about}{' (again: its answer was lost)' if again else ''}")

    def _reads(self) -> int:
        return sum(call.form == "Copies" and call.answered is not None for call in self.model.calls)

    def _kill_in_a_quiet_moment(self) -> None:
        while time.monotonic() - max(call.answered or 0.0 for call in self.model.calls) < QUIET_SECONDS:
            time.sleep(0.01)
        self._kill()

    def _kill(self) -> None:
        pid = int((self._home / "run" / "worker.pid").read_text(encoding="ascii").split()[0])
        with self.model.lock:
            os.kill(pid, signal.SIGKILL)
            self.killed_at = time.monotonic()
            self.lost = self.model.in_flight()
            self.answered_before = len(self.model.calls) - len(self.lost)
        killed = f"kill -9 {pid}: the worker is gone, with {len(self.lost)} calls in flight"
        self.say("KILLED", f"{killed}, after {self.answered_before} answered")
        self.say("", "(Temporal notices within 15 seconds that its heartbeats stopped, and starts a new attempt.)")

    def print_counts(self) -> int:
        """Print the calls that were made twice, and return the exit code: 1 if one of them had been answered before."""
        if self.killed_at is None:
            print("The run ended before the worker was killed.")
            return 1
        counts = Counter(call.request for call in self.model.calls)
        twice = [next(call for call in self.model.calls if call.request == each) for each in counts if counts[each] > 1]
        print(f"\nCalls made: {len(self.model.calls)}, of {len(counts)} different ones")
        print(f"Calls made twice: {len(twice)}")
        needless = [call for call in twice if call not in self.lost]
        if lost := [str(call.number) for call in twice if call in self.lost]:
            print(f"  in flight at the kill: calls {', '.join(lost)}")
        for call in needless:
            print(f"  answered {(self.killed_at - (call.answered or 0.0)):.2f} s before the kill: call {call.number}")
        print(f"The run's home: OUTLAST_HOME={self._home} outlast runs")
        print(f"Answered before the kill, and paid again: {len(needless)} of {self.answered_before}")
        return 1 if needless else 0


def environment(home: Path, model: ScriptedModel) -> dict[str, str]:
    """Return this process's environment without the user's own settings, and with the scripted model."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("OUTLAST_", "TEMPORAL_"))}
    return inherited | {
        "OUTLAST_HOME": str(home),
        "OUTLAST_MODEL": "openai:scripted",
        "OPENAI_BASE_URL": model.base_url,
        "OPENAI_API_KEY": "none",
        "NO_PROXY": "127.0.0.1",
    }


def demonstrate(folder: Path, seed: int) -> int:
    print(INTRODUCTION)
    documents, home, report = (folder / name for name in ("documents", "home", "report"))
    write_documents(documents, TOPICS)
    show = Show(home, seed)
    with show.model as model:
        variables = environment(home, model)
        stop(home, variables)  # the processes of an earlier demo that was itself killed
        shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(report, ignore_errors=True)
        command: list[str | Path] = [OUTLAST, "research", QUESTION, "--docs", documents, "--out", report, "--yes"]
        research = start_command(command, variables)
        try:
            show.run(research)
            code = research.wait()
        finally:
            research.terminate()
            research.wait()
            stop(home, variables)
    return code or show.print_counts()


def start_command(command: Sequence[str | Path], variables: Mapping[str, str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        command, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def stop(home: Path, variables: Mapping[str, str]) -> None:
    """Stop every process of that home, and wait until they have ended."""
    if home.exists():
        subprocess.run([OUTLAST, "down"], env=variables, stdout=subprocess.DEVNULL, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="A run whose worker is killed in the middle.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=random.randrange(1000), help="decides when the worker is killed")
    arguments = parser.parse_args()
    sys.exit(demonstrate(arguments.folder.resolve(), arguments.seed))


if __name__ == "__main__":
    main()
