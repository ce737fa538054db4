"""`python -m langgraph_heartbeat`: `worker` serves the graphs of a project, and `graphs` lists them."""

import atexit
import os
import sys

from ._serve.command_line import run


def main() -> None:
    """Run the command, and end the process with its exit code.

    The interpreter is not taken down in its usual way: threads of Temporal's SDK may abort it then
    (https://github.com/temporalio/sdk-python/issues/300), and supervisors would see a crash instead of an exit code.
    What modules have registered for the end of the process runs before, for example tracers that send what they have.
    """
    code = run(sys.argv[1:])
    atexit._run_exitfuncs()  # noqa: SLF001 - no public function runs them # pyright: ignore[reportPrivateUsage]
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
