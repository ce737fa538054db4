"""What `make check` leaves out starts processes, and nothing else does."""

import subprocess
import sys
import threading

import pytest
from temporalio.testing import WorkflowEnvironment

from tests import processes
from tests.conftest import BIN


@pytest.mark.parametrize(
    "command",
    [
        [sys.executable, "-P", "-m", "outlast.orchestration.embedded.detached"],
        [sys.executable, "worker.py"],
        [sys.executable, b"-X", "utf8", "worker.py", "-c"],
        [str(BIN / "outlast"), "runs"],
        ["/opt/temporal/bin/temporal", "server", "start-dev"],
    ],
    ids=["module", "file", "file-with-options", "command", "server"],
)
def test_a_process_of_ours_is_refused_where_nobody_asked_for_processes(command: list[str]) -> None:
    with pytest.raises(pytest.fail.Exception, match="fixture `processes`"):
        subprocess.run(command, check=False)
    processes.refused.clear()


def test_a_refusal_in_a_thread_is_not_lost() -> None:
    def start() -> None:
        with pytest.raises(pytest.fail.Exception):
            subprocess.run([sys.executable, "worker.py"], check=False)

    starting = threading.Thread(target=start)
    starting.start()
    starting.join()
    assert processes.refused == [f"{sys.executable} worker.py"]
    processes.refused.clear()


async def test_the_servers_of_temporal_s_sdk_are_refused_too() -> None:
    with pytest.raises(pytest.fail.Exception, match="start_time_skipping"):
        await WorkflowEnvironment.start_time_skipping()
    processes.refused.clear()


def test_short_processes_are_free() -> None:
    done = subprocess.run([sys.executable, "-I", "-X", "utf8", "-c", "print(1)"], capture_output=True, check=True)
    assert done.stdout == b"1\n"


@pytest.mark.usefixtures("terminal")
def test_who_uses_a_fixture_that_starts_processes_is_marked(request: pytest.FixtureRequest) -> None:
    assert request.node.get_closest_marker("processes")


def test_who_uses_none_is_not_marked(request: pytest.FixtureRequest) -> None:
    assert not request.node.get_closest_marker("processes")
