import os
import signal
import subprocess
import sys
from pathlib import Path

from outlast.tools.ingest.parsing.confining import TOO_MUCH_MEMORY_EXIT_CODE, used_bytes

ROOT = Path(__file__).parents[4]


def python(script: str) -> int:
    return subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False, timeout=60).returncode


def test_the_watch_that_stands_in_for_the_kernel():
    """macOS neither keeps a limit of memory nor ends a process with its parent."""
    watch = "import os; from outlast.tools.ingest.parsing.confining import _watch, used_bytes; _watch({}, {})"
    assert python(watch.format("os.getppid()", "used_bytes() - 1")) == TOO_MUCH_MEMORY_EXIT_CODE
    assert python(watch.format("os.getppid() + 1", "1 << 40")) == 1


def test_a_deadline_ends_what_never_comes_back_to_python():
    """The interpreter's lock is held all the time, so that no thread and no signal handler in Python could run."""
    script = """
import re
from datetime import timedelta
from outlast.tools.ingest.parsing.confining import set_deadline
set_deadline(timedelta(seconds=0.2))
re.match("(a+)+$", "a" * 60 + "b")
"""
    assert python(script) == -signal.SIGPROF


def test_a_deadline_can_be_lifted():
    script = """
from datetime import timedelta
import time
from outlast.tools.ingest.parsing.confining import set_deadline
set_deadline(timedelta(seconds=0.1))
set_deadline(timedelta(0))
until = time.process_time() + 0.3
while time.process_time() < until:
    pass
"""
    assert python(script) == 0


def test_a_signal_that_the_parent_ignores_ends_a_confined_process_all_the_same():
    script = """
import os, signal
from datetime import timedelta
signal.signal(signal.SIGPROF, signal.SIG_IGN)
from outlast.tools.ingest.parsing.confining import confine, set_deadline
confine(os.getppid(), 1 << 30)
set_deadline(timedelta(seconds=0.1))
while True:
    pass
"""
    assert python(script) == -signal.SIGPROF


def test_who_confines_itself_after_its_parent_has_gone_leaves():
    assert python(
        "import os; from outlast.tools.ingest.parsing.confining import confine; confine(os.getppid() + 1, 1 << 30)"
    ) == (1 if sys.platform == "linux" else 0)


def test_memory_is_counted():
    before = used_bytes()
    held = os.urandom(64 << 20)
    assert used_bytes() - before > 32 << 20
    del held
