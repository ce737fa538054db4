"""The messages that a phase accepts and returns besides its request and result."""

import pytest
from langgraph_heartbeat.workflow import Resume, Stuck
from temporalio.api.enums.v1 import RetryState
from temporalio.exceptions import ActivityError, ApplicationError

RESUME = Resume(checkpoint="T1VUTA==")
AS_JSON = RESUME.model_dump(mode="json")


def of_an_activity(cause: BaseException) -> ActivityError:
    """Return the error as workflow code receives it."""
    failed = ActivityError(
        "it failed",
        scheduled_event_id=1,
        started_event_id=2,
        identity="",
        activity_type="phase",
        activity_id="1",
        retry_state=RetryState.Name(0),  # pyright: ignore[reportArgumentType]
    )
    failed.__cause__ = cause
    return failed


@pytest.mark.parametrize("carried", [RESUME, AS_JSON], ids=["as it was raised", "as it came back"])
@pytest.mark.parametrize("kind", ["Stuck", "NeedsPerson"])
def test_where_a_phase_that_failed_for_good_stands_is_read_from_its_error(carried: object, kind: str) -> None:
    failed = of_an_activity(ApplicationError("Step 3 fails.", carried, type=kind, non_retryable=True))
    assert Stuck.of(failed) == Stuck(kind=kind, message="Step 3 fails.", resume=RESUME)
    assert Stuck.of(failed.__cause__) == Stuck.of(failed)


@pytest.mark.parametrize(
    "error",
    [
        None,
        ValueError("no failure of Temporal's"),
        of_an_activity(ApplicationError("It is tried again.", AS_JSON, type="Busy")),
        of_an_activity(ApplicationError("It has nothing to go on from.", type="Stuck", non_retryable=True)),
        of_an_activity(ApplicationError("Of another activity.", {"rows": 3}, type="Damaged", non_retryable=True)),
        of_an_activity(ApplicationError("Of another.", {"checkpoint": 3, "a": 1}, type="X", non_retryable=True)),
        of_an_activity(ApplicationError("Of a third.", "text", type="Damaged", non_retryable=True)),
    ],
)
def test_any_other_failure_is_none(error: BaseException | None) -> None:
    assert Stuck.of(error) is None
