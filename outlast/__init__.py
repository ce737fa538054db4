"""Outlast's interface in Python: ask a question in this process, or start runs that survive crashes; read the reports.

    import outlast

    report = await outlast.ask("How often does the ferry cross?", docs="documents")
    report.verify()

Each name is imported when it is first used, so that `import outlast` takes a millisecond.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from outlast.asking import ask
    from outlast.comparing import compare
    from outlast.evidence.budget import Budget
    from outlast.evidence.comparing import Comparison
    from outlast.orchestration.client.client import Client, Run
    from outlast.orchestration.client.report import Report

__all__ = ["Budget", "Client", "Comparison", "Report", "Run", "ask", "compare"]

DEFINING_MODULES = {
    "Budget": "outlast.evidence.budget",
    "Client": "outlast.orchestration.client.client",
    "Comparison": "outlast.evidence.comparing",
    "Report": "outlast.orchestration.client.report",
    "Run": "outlast.orchestration.client.client",
    "ask": "outlast.asking",
    "compare": "outlast.comparing",
}
"""The module that defines each name."""


def __getattr__(name: str) -> Any:
    if name not in DEFINING_MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(DEFINING_MODULES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
