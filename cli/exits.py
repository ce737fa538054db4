"""The exit codes of `outlast`."""

from enum import IntEnum


class Exit(IntEnum):
    DONE = 0
    FAILED = 1
    """The run failed, or a check found something wrong."""
    BAD_INPUT = 2
    """What was asked cannot be done as asked; nothing was lost."""
    NOT_PUBLISHED = 3
    """The run ended without a report: rejected, stopped, cancelled, or nobody decided in time."""
    UNREACHABLE = 4
    """Something outside is missing: a server, a folder that can be written."""
    INTERRUPTED = 130
    """Ctrl-C; the run stands where it stood, or goes on where its worker is."""
