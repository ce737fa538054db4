"""Confinement of a parser process: it ends with its parent, and the kernel limits its memory and processor time.

The limits rest on signals and on the kernel, because Python code might never run: a regular expression that backtracks
without end holds the interpreter's lock.
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
"""The exit code of a process that the watching thread ended."""


def confine(parent: int, memory_bytes: int) -> None:
    """Make this process end soon after `parent`, and let it use `memory_bytes` more than it uses now."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGPROF, signal.SIG_DFL)  # the parent may have inherited that it is ignored
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before the call above
            os._exit(1)
        _limit_address_space(memory_bytes)
    else:  # macOS has no such signal, and accepts this limit without enforcing it
        watch = threading.Thread(target=_watch, args=(parent, used_bytes() + memory_bytes), daemon=True)
        watch.start()


def _limit_address_space(memory_bytes: int) -> None:
    pages, _ = _pages()
    requested = pages * resource.getpagesize() + memory_bytes
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = requested if hard == resource.RLIM_INFINITY else min(requested, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _watch(parent: int, max_bytes: int) -> None:
    while True:
        time.sleep(WATCH_INTERVAL_SECONDS)
        if os.getppid() != parent:
            os._exit(1)
        if used_bytes() > max_bytes:
            os._exit(TOO_MUCH_MEMORY_EXIT_CODE)


def used_bytes() -> int:
    """Return the memory that this process uses now; on macOS, which reports nothing else, its peak."""
    if sys.platform == "linux":  # not the peak: Linux passes the parent's peak on when a program starts
        _, resident = _pages()
        return resident * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _pages() -> tuple[int, int]:
    """Return the number of pages in the address space, and of those in memory."""
    size, resident, *_ = Path("/proc/self/statm").read_bytes().split()
    return int(size), int(resident)


def set_deadline(processor_time: timedelta) -> None:
    """Have SIGPROF end this process when it has used `processor_time` more. Zero removes the deadline."""
    signal.setitimer(signal.ITIMER_PROF, processor_time.total_seconds())
