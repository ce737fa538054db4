"""A fork server: it imports once, and a worker starts in milliseconds.

    python -m bench.crash.zygote

Each line on its stdin is a job; the answer is the pid of the worker that has taken it. When stdin closes, because
whoever started it has ended in whatever way, it ends the workers that are left. Until then it reaps none, so that a
worker's pid means that worker as long as anybody may send a signal to it.
"""

import asyncio
import gc
import json
import os
import signal
import sys
import traceback

from bench.crash.worker import Job, work


def serve() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    pids: list[int] = []
    print("ready", flush=True)
    for line in sys.stdin:
        job = Job(**json.loads(line))
        pid = os.fork()
        if pid == 0:
            run_worker(job)
        pids.append(pid)
        print(pid, flush=True)
    for pid in pids:
        os.kill(pid, signal.SIGKILL)  # a zombie does not mind
        os.waitpid(pid, 0)


def run_worker(job: Job) -> None:
    """Never returns."""
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    code = 0
    try:
        asyncio.run(work(job))
    except BaseException:  # noqa: BLE001 - this process must end here, whatever happened
        traceback.print_exc()
        code = 1
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    serve()
