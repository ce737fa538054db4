"""The pytest mark `crashes`: `pip install 'langgraph-heartbeat[testing]'` is enough to have it."""

import asyncio
import inspect
from typing import Any

import pytest

MARK = "crashes(input, *, made_again=None, **options): kill the graph that the test returns at every call and step"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARK)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Kill the graph that a marked test returns; the test is called for each process."""
    marker = pyfuncitem.get_closest_marker("crashes")
    if marker is None:
        return None
    from ._crashes import crashes  # noqa: PLC0415 - a test session without this mark pays nothing for it

    function: Any = pyfuncitem.obj
    if inspect.iscoroutinefunction(function):
        raise pytest.UsageError(f"{pyfuncitem.nodeid} is marked with crashes and must not be async: it makes a graph.")
    names = inspect.signature(function).parameters.keys() & pyfuncitem.funcargs.keys()
    arguments = {name: pyfuncitem.funcargs[name] for name in names}
    options = dict(marker.kwargs)
    made_again = options.pop("made_again", None)

    def make() -> object:
        return function(**arguments)

    # The loop of pytest-asyncio, if there is one, stays the current one.
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        report = runner.run(crashes(make, *marker.args, **options))
    pyfuncitem.add_report_section("call", "crashes", str(report))
    report.check(made_again=made_again)
    return True
