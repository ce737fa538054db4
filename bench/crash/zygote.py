"""A fork server, which imports everything once, so that a worker starts in milliseconds.

    python -m bench.crash.zygote

Each line on its stdin is a job; it prints the pid of the worker that runs the job. When stdin closes, because the
parent process has ended, it ends the remaining workers. Until then it reaps no worker, so that no other process can get
the pid of a worker to which a signal may still be sent.
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
        os.kill(pid, signal.SIGKILL)  # without effect on a zombie
        os.waitpid(pid, 0)


def run_worker(job: Job) -> None:
    """Run the job in this process, and end the process."""
    null_device = os.open(os.devnull, os.O_RDWR)
    os.dup2(null_device, 0)
    os.dup2(null_device, 1)
    code = 0
    try:
        asyncio.run(work(job))
    except BaseException:  # noqa: BLE001 - this process must end here after any error
        traceback.print_exc()
        code = 1
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    serve()
