"""What keeps a parser process from harming anybody: it dies with its parent, and the kernel counts its memory and time.

The limits rest on signals and on the kernel, not on Python code that would have to come to its turn: a regular
expression that runs wild holds the interpreter's lock for ever.
"""

import ctypes
import os
import resource
import signal
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

PR_SET_PDEATHSIG = 1
WATCH_INTERVAL_SECONDS = 0.2
TOO_MUCH_MEMORY_EXIT_CODE = 97
"""The exit code of a process that the watch ended."""


def confine(parent: int, memory_bytes: int) -> None:
    """For the rest of this process: it outlives `parent` by moments, and gets `memory_bytes` on top of what it has."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGPROF, signal.SIG_DFL)  # whoever started the parent may have had it ignored
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it was quicker
            os._exit(1)
        _limit_address_space(memory_bytes)
    else:  # macOS knows no such signal, and sets this limit without keeping it
        watch = threading.Thread(target=_watch, args=(parent, used_bytes() + memory_bytes), daemon=True)
        watch.start()


def _limit_address_space(memory_bytes: int) -> None:
    pages, _ = _pages()
    wanted = pages * resource.getpagesize() + memory_bytes
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _watch(parent: int, max_bytes: int) -> None:
    while True:
        time.sleep(WATCH_INTERVAL_SECONDS)
        if os.getppid() != parent:
            os._exit(1)
        if used_bytes() > max_bytes:
            os._exit(TOO_MUCH_MEMORY_EXIT_CODE)


def used_bytes() -> int:
    """The memory of this process: what it has now, or on macOS, which tells nothing else, the most it has had."""
    if sys.platform == "linux":  # its peak would be the parent's: the kernel hands it on when it starts a program
        _, resident = _pages()
        return resident * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _pages() -> tuple[int, int]:
    """Of the address space, and in memory."""
    size, resident, *_ = Path("/proc/self/statm").read_bytes().split()
    return int(size), int(resident)


def set_deadline(processor_time: timedelta) -> None:
    """SIGPROF ends this process when it has used so much more of a processor. Zero: never."""
    signal.setitimer(signal.ITIMER_PROF, processor_time.total_seconds())
