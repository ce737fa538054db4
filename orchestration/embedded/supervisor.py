"""The supervisor: keeps the embedded server and a worker running while any command of the folder uses them.

    python -m outlast.orchestration.embedded.supervisor HOME WORKER SETTINGS REASONING

SETTINGS and REASONING are JSON objects: variables that the worker gets besides this environment, and those settings of
the environment that other commands compare with theirs.

File locks record who is running, because the kernel releases them even after kill -9:
- every command holds `run/users.lock` shared while it runs; when the supervisor gets it exclusively, no command is
  left, and it stops server and worker;
- server and worker each inherit a lock at their start: it is free exactly when that process has ended;
- the supervisor holds `run/supervisor.lock`: a second supervisor ends at once.

This module imports only the standard library and our modules that do the same: people wait for its start.
"""

import asyncio
import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

from outlast.orchestration.embedded import database, dev_server
from outlast.orchestration.embedded.child_process import ChildProcess, WorkerStartCheck
from outlast.orchestration.embedded.process_files import ProcessFiles, try_lock, wait_for_lock
from outlast.orchestration.embedded.worker_start import DEFAULT_WORKER_FILE


async def wait_until_open(ports: Callable[[], dev_server.Ports]) -> None:
    """Wait until the server accepts connections."""
    while True:
        with suppress(OSError):
            host, _, port = ports().address.rpartition(":")
            _, writer = await asyncio.open_connection(host, int(port))
            writer.close()
            return
        await asyncio.sleep(0.05)  # a port that opens sends no event


async def supervise(home: Path, worker: Path, settings: dict[str, str]) -> IO[bytes]:
    """Keep server and worker running until no command uses the folder, then stop them.

    Return the exclusive lock of the users: no command can use the folder before it is closed.
    """
    files = ProcessFiles(home)
    temporal = dev_server.find_temporal(home)
    server_starts: list[dev_server.Ports] = []

    def server_command() -> list[str]:
        ports = dev_server.choose_ports(home)
        if server_starts and server_starts[-1] != ports and worker_child.process:
            worker_child.process.terminate()  # its server's port belongs to another program now
        server_starts.append(ports)
        database.remove_unfinished(home)
        return dev_server.start_command(temporal, ports)

    def worker_environment() -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("TEMPORAL_")}
        embedded = {"TEMPORAL_ADDRESS": server_starts[-1].address, "TEMPORAL_NAMESPACE": dev_server.NAMESPACE}
        return inherited | settings | embedded | {"TEMPORAL_CONFIG_FILE": os.devnull, "OUTLAST_HOME": str(home)}

    server = ChildProcess(
        "server", server_command, lambda: os.environ | {"TEMPORAL_VERSION_CHECK_DISABLED": "1"}, files, folder=home
    )

    starts = WorkerStartCheck(files, server, server_starts)

    def worker_command() -> list[str]:
        starts.begin()
        module = "outlast.orchestration.embedded.worker_process"
        return [sys.executable, "-P", "-m", module, str(home), str(worker)]

    worker_child = ChildProcess("worker", worker_command, worker_environment, files, starts.start_failure)

    async def keep_worker() -> None:
        await server.started.wait()
        if worker != DEFAULT_WORKER_FILE:  # a user's worker may not wait for its server, and would fail
            await wait_until_open(lambda: server_starts[-1])
        await worker_child.keep()

    keeping = [asyncio.create_task(server.keep()), asyncio.create_task(keep_worker())]
    without_users = asyncio.create_task(asyncio.to_thread(wait_for_lock, files.lock("users")))
    await asyncio.wait([*keeping, without_users], return_when=asyncio.FIRST_COMPLETED)
    for task in reversed(keeping):  # the worker first, because its shutdown needs the server
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled() and (error := task.exception()):
            print(f"{error} Its log says more.", file=sys.stderr)  # noqa: T201 - this is a log
    if not without_users.done():
        os._exit(1)  # the thread that waits for the lock would keep this process from ending
    return without_users.result()


def main() -> None:
    home, worker = Path(sys.argv[1]), Path(sys.argv[2]).resolve()
    settings, reasoning = (json.loads(argument) for argument in sys.argv[3:])
    files = ProcessFiles(home)
    lock = try_lock(files.lock("supervisor"))
    if lock is None:
        return
    with lock:
        files.pid("supervisor").unlink(missing_ok=True)  # a killed supervisor's: its processes are not ours
        files.settings.write_text(json.dumps(settings | reasoning), encoding="utf-8")
        files.pid("supervisor").write_text(str(os.getpid()))
        users = asyncio.run(supervise(home, worker, settings))
    users.close()  # after the supervisor's lock, so that the next command finds no supervisor and starts one


if __name__ == "__main__":
    main()
