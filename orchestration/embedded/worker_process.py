"""Runs the worker's file in the process that the supervisor has started, and writes down how its start goes.

    python -P -m outlast.orchestration.embedded.worker_process HOME FILE

A person's file runs as `python FILE` would run it: as `__main__`, its own folder first on the import path, so that it
finds its `graphs` and `tools` before anybody else's. Our own file does not put its folder there: everything in it would
be importable by its flat name, and hide what others call so.
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
        raise  # Python writes it to the log, and gives the exit code
    finally:
        over.set()


def describe_error(error: BaseException, folder: Path) -> tuple[str, CodeLocation]:
    """The error as Python's last line has it, and where it was raised."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{type(error).__name__}: {error.msg}", CodeLocation(error.filename, error.lineno or 0)
    if isinstance(error, SystemExit):
        exit_message = f"it ended itself with code {error.code or 0}"
        message = str(error.code) if isinstance(error.code, str) else exit_message
    else:
        message = traceback.format_exception_only(error)[-1].strip()
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__]
    return message, innermost_location(frames, folder)


def report_late_start(start: WorkerStartFiles, folder: Path, over: threading.Event) -> None:
    """Where this process has not come up in time: at which line it stands, and in the log, all of its threads."""
    if over.wait(SLOW_START_SECONDS) or start.ready.exists() or is_idle_event_loop(frame := main_thread_frame()):
        return
    start.record_late(innermost_location(traceback.extract_stack(frame), folder))
    print(f"The worker has not come up within {SLOW_START_SECONDS:.0f} s. Here it stands:", file=sys.stderr)  # noqa: T201 - this is a log
    faulthandler.dump_traceback(sys.stderr)


def main_thread_frame() -> FrameType | None:
    frames = sys._current_frames()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - how Python shows other threads
    return frames.get(threading.main_thread().ident or 0)


def is_idle_event_loop(frame: FrameType | None) -> bool:
    """Whether an event loop waits for something to happen: such a worker says itself what it waits for."""
    return frame is not None and Path(frame.f_code.co_filename).name == "selectors.py"


if __name__ == "__main__":
    main()
