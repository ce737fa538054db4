"""The results of a campaign: one line for machines, and the problems of each run for people."""

from collections import Counter
from collections.abc import Iterator

from bench.faults.campaign import Campaign
from bench.faults.judging import count_calls, errors_in, find_uncounted

MAX_CALL_RATIO = 1.7
MUST_BE_ZERO = ("stuck", "unexplained", "error_findings", "budget_differs")

Figures = dict[str, int | float]


def summary(campaign: Campaign) -> Figures:
    ended = campaign.ended
    counted = [find_uncounted(each, campaign.calls, campaign.kills) for each in ended]
    compared = [each.topic for each in campaign.calm if each.report]
    calm = sum(count_calls(campaign.calm_calls, run) for run in compared)
    faulty = sum(count_calls(campaign.calls, run) for run in compared)
    return {
        "runs": len(ended),
        "reports": sum(each.report is not None for each in ended),
        "stuck": sum(each.is_stuck for each in ended),
        "unexplained": sum(not each.explained for each in ended),
        "error_findings": sum(len(errors_in(each.report, campaign.world)) for each in ended if each.report),
        "budget_differs": sum(not excused for _, excused in counted),
        "kills": len(campaign.kills),
        "calls_lost_by_kills": sum(missing.calls for missing, excused in counted if excused),
        "calls": len([call for call in campaign.calls if call.kind != "page"]),
        "failed_share": round(failed_share(campaign), 3),
        "call_ratio": round(faulty / calm, 3) if calm else 0.0,
        "seconds": round(max((each.seconds for each in ended), default=0.0), 1),
    }


def failed_share(campaign: Campaign) -> float:
    outcomes = Counter(call.outcome == "answered" for call in campaign.calls if call.kind != "page")
    return outcomes[False] / max(outcomes.total(), 1)


def passed(figures: Figures) -> bool:
    """Return whether the figures meet their targets.

    With kills, the ratio of calls has no target, because calls in flight at a kill are made again too.
    """
    ratio = figures["call_ratio"]
    right = 0 < ratio <= MAX_CALL_RATIO or figures["kills"] > 0
    return figures["runs"] > 0 and not any(figures[name] for name in MUST_BE_ZERO) and bool(right)


def complaints(campaign: Campaign) -> Iterator[str]:
    """Yield a line for each problem of a run, and for each reason that a run gave instead of a report."""
    for each in (*campaign.calm, *campaign.ended):
        if each.is_stuck:
            yield f"{each.topic}: stuck after {each.seconds:.0f} s, {each.reason}"
        elif each.report is None:
            yield f"{each.topic}: {'' if each.explained else 'UNEXPLAINED: '}{each.reason}"
    for each in campaign.ended:
        for text in errors_in(each.report, campaign.world) if each.report else ():
            yield f"{each.topic}: this text is not in the world: {text}"
        missing, excused = find_uncounted(each, campaign.calls, campaign.kills)
        if not excused:
            yield f"{each.topic}: its report does not count these answers: {missing}"
