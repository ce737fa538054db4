"""Runs the worker file in the process that the supervisor has started, and records how its start goes.

    python -P -m outlast.orchestration.embedded.worker_process HOME FILE

A user's file runs as `python FILE` would run it: as `__main__`, with its own folder first on the import path, so that
it finds its own `graphs` and `tools` first. The folder of our own file is not put there: everything in it would become
importable by its flat name, and hide other packages of the same names.
"""

import faulthandler
import runpy
import sys
import threading
import traceback
from pathlib import Path
from types import FrameType

from outlast.orchestration.embedded.worker_start import (
    DEFAULT_WORKER_FILE,
    SLOW_START_SECONDS,
    CodeLocation,
    WorkerStartFiles,
    innermost_location,
)


def main() -> None:
    home, file = Path(sys.argv[1]), Path(sys.argv[2]).resolve()
    start = WorkerStartFiles(home / "run")
    sys.argv[:] = [str(file)]
    if file != DEFAULT_WORKER_FILE:
        sys.path.insert(0, str(file.parent))
    over = threading.Event()
    threading.Thread(
        target=report_late_start, args=(start, file.parent, over), name="start of the worker", daemon=True
    ).start()
    try:
        runpy.run_path(str(file), run_name="__main__")
    except BaseException as error:
        start.record_error(*describe_error(error, file.parent))
        raise  # Python writes the traceback to the log, and sets the exit code
    finally:
        over.set()


def describe_error(error: BaseException, folder: Path) -> tuple[str, CodeLocation]:
    """Return the error as in the last line of Python's traceback, and where it was raised."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{type(error).__name__}: {error.msg}", CodeLocation(error.filename, error.lineno or 0)
    if isinstance(error, SystemExit):
        exit_message = f"it exited with code {error.code or 0}"
        message = str(error.code) if isinstance(error.code, str) else exit_message
    else:
        message = traceback.format_exception_only(error)[-1].strip()
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__]
    return message, innermost_location(frames, folder)


def report_late_start(start: WorkerStartFiles, folder: Path, over: threading.Event) -> None:
    """Record which line this process is executing if it has not started in time, and log all of its threads."""
    if over.wait(SLOW_START_SECONDS) or start.ready.exists() or is_idle_event_loop(frame := main_thread_frame()):
        return
    start.record_late(innermost_location(traceback.extract_stack(frame), folder))
    print(f"The worker has not started within {SLOW_START_SECONDS:.0f} s. Its threads:", file=sys.stderr)  # noqa: T201 - this is a log
    faulthandler.dump_traceback(sys.stderr)


def main_thread_frame() -> FrameType | None:
    frames = sys._current_frames()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - Python's only way to see the frames of other threads
    return frames.get(threading.main_thread().ident or 0)


def is_idle_event_loop(frame: FrameType | None) -> bool:
    """Whether the main thread waits in an event loop: such a worker logs by itself what it waits for."""
    return frame is not None and Path(frame.f_code.co_filename).name == "selectors.py"


if __name__ == "__main__":
    main()
