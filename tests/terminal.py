"""A person at a terminal, in a folder of their own: `outlast` as it is installed, and nothing of these tests."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

BIN = Path(sys.executable).parent


class Terminal:
    """`home` is this folder's `.outlast`. Call `kill_everything` at the end: it is also how the tests do harm."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.home = folder / ".outlast"
        inherited = {name: value for name, value in os.environ.items() if not ours(name)}
        self.environment = inherited | {"PATH": f"{BIN}:{os.environ['PATH']}", "COLUMNS": "200"} | environment
        self.bin = BIN
        """Where the command lies."""
        self._started: list[subprocess.Popen[str]] = []

    def run(self, *arguments: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """A command from start to end; its output, and its errors, as text."""
        process = self.start(*arguments)
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise AssertionError(f"outlast {' '.join(arguments)} did not end:\n{out}\n{err}\n{self.logs()}") from None
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [str(self.bin / "outlast"), *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._started.append(process)
        return process

    def pids(self) -> list[int]:
        """Of the keeper, the supervisor, the server and the worker of this folder, as far as they live."""
        pids = [self.pid(name) for name in ("keeper", "supervisor", "server", "worker")]
        return [pid for pid in pids if pid and belongs_to(pid, self.home)]

    def pid(self, name: str) -> int | None:
        """The number in that process's file; None where there is none, or it is being written."""
        with suppress(FileNotFoundError, IndexError):
            return int((self.home / "run" / f"{name}.pid").read_text().split()[0])
        return None

    def kill(self, name: str) -> None:
        """kill -9 of the server, the worker, the supervisor or the keeper alone."""
        pid = self.pid(name)
        assert pid, f"{name} is not there"
        os.kill(pid, signal.SIGKILL)

    def kill_everything(self) -> None:
        """kill -9: the commands and the keeper, then the supervisor, so that nobody brings back what follows."""
        for process in self._started:
            if process.poll() is None:
                process.kill()
        end = time.monotonic() + 20
        while pids := self.pids():  # again: one may have been started in this moment, or takes a while to die
            assert time.monotonic() < end, f"{pids} cannot be killed"
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)
        for process in self._started:
            process.communicate()
        self._started.clear()

    def logs(self) -> str:
        return "\n".join(f"--- {log.name}\n{log.read_text()[-3000:]}" for log in sorted(self.home.glob("logs/*.log")))


def ours(variable: str) -> bool:
    """Whether a variable of the environment is a setting of Outlast: those of whoever runs the tests do not count."""
    return variable.startswith(("OUTLAST_", "TEMPORAL_"))


def belongs_to(pid: int, home: Path) -> bool:
    """A pid in a file may be another program's by now: only our own are ended."""
    process = Path("/proc") / str(pid)
    with suppress(FileNotFoundError, ProcessLookupError, PermissionError):  # it has ended, or is another person's
        arguments, variables = ((process / name).read_bytes().split(b"\0") for name in ("cmdline", "environ"))
        folder = os.fsencode(home)
        is_in_it = (process / "cwd").readlink() == home
        return is_in_it or any(folder in each for each in arguments) or b"OUTLAST_HOME=" + folder in variables
    if process.parent.exists():
        return False
    described = subprocess.run(
        ["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return any(name in described.stdout for name in (str(home), "worker.py", "temporal.db"))
