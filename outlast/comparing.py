"""Compare two reports of the same question, for example from before and after its documents changed."""

from outlast.evidence.comparing import Comparison, compare_reports
from outlast.orchestration.client.report import Report


def compare(before: Report, after: Report) -> Comparison:
    """Return which claims are new in `after`, gone, changed or kept.

    >>> before = Report.open("examples/ferry")
    >>> compare(before, asyncio.run(ask(before.question, docs="documents"))).is_same
    True
    >>> other = compare(before, asyncio.run(ask("On which days is rye bread baked?", docs="documents")))
    >>> print(other)
    1 new, 1 gone, 0 changed, 0 kept claims
    >>> "Tuesdays and Fridays" in other.new[0].text
    True

    In a notebook the result is drawn as a table.
    """
    return compare_reports(before.content, after.content)
