"""Who sits at this terminal: it goes with decisions, so that a history says who has decided."""

import os
import pwd
import socket


def person() -> str:
    """Such as "anna@laptop"."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container may run with a number that has no name
        name = str(os.getuid())
    return f"{name}@{socket.gethostname()}"
