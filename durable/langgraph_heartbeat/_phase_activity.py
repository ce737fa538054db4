"""A phase as an activity: run one graph to its end, starting from the checkpoint of the attempt before."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar, cast

from langgraph.errors import GraphDrained, GraphRecursionError
from langgraph.runtime import RunControl
from langgraph.types import Command, Interrupt
from pydantic import BaseModel, ValidationError
from temporalio import activity
from temporalio.exceptions import ApplicationError

from ._attempt import Attempt, Blueprint
from ._claim_check import CheckpointStore, inline_limit_bytes
from ._drain import drain_at_shutdown, finish_or_drain
from ._graphs import Context, GraphLike, input_of, no_context, node_codes, overwritable_channels, result_of
from ._heartbeats import Heartbeats, start_heartbeats
from ._messages import STUCK, Paused, Question, Resume, as_text
from ._phase_function import RECURSION_LIMIT
from ._plugin import require_plugin
from ._progress_metrics import MetricsOf
from ._serialising import UnfitError
from ._watchdog import watch_event_loop

Request = TypeVar("Request", bound=BaseModel)
Result = TypeVar("Result", bound=BaseModel)

DEFAULT_PARALLEL_PHASES = 16
"""Maximum number of phases of one workflow that run at the same time."""
MAX_IDENTICAL_FAILURES = 3
"""After so many equal failures at the same step, without progress between them, the phase fails as `Stuck`."""
MAX_RETRY_DELAY = timedelta(minutes=1)


def phase_activity(
    name: str,
    request: type[Request],
    result: type[Result],
    graph: GraphLike,
    context: Context[Request] = no_context,
    *,
    as_failure: Callable[[Exception], Exception] = lambda error: error,
    types: Sequence[type] = (),
    recursion_limit: int = RECURSION_LIMIT,
    parallel: int = DEFAULT_PARALLEL_PHASES,
    store: CheckpointStore | None = None,
    progress: MetricsOf | None = None,
) -> Callable[..., Awaitable[Result | Paused]]:
    """Return an activity of type `name` that runs `graph`, from the checkpoint of its last attempt, to its result.

    Start the activity with `args=[request]`, or with `args=[request, resume]` to go on from a `Paused` or a `Stuck`;
    with a heartbeat timeout of 15 to 30 s, after which Temporal replaces a dead worker; and with `DurablePlugin`.

    - `request`, `result`: pydantic models. The graph's input is the fields of the request that are channels of the
      graph (all fields for an `@entrypoint`). The result's fields are read from the channels of the graph's last state.
    - `context(request)`: makes the graph's run context: what it needs from outside. It is awaited once per attempt.
    - `as_failure(error)`: returns a `temporalio.exceptions.ApplicationError` for an error that you know, to decide
      whether it is retried (`non_retryable`) and when (`next_retry_delay`), and any other error unchanged.
    - `types`: types that the state holds and the graph's schemas do not name.
    - `recursion_limit`: maximum number of steps of the graph, over all attempts.
    - `parallel`: maximum number of phases of one workflow that run at the same time. Their checkpoints share 4 MiB of
      heartbeats: each may take 4 MiB / `parallel`, and at most 256 KiB, compressed.
    - `store`: where larger checkpoints are kept. Without a store, a phase whose state is larger fails.
    - `progress(channels)`: returns figures of your own for the heartbeats, for example `{"usd": 0.12}`, from the values
      of the channels at the newest step; at most 1 KiB of JSON. It is called often, on the event loop: it must be fast.

    The activity returns `Paused` with questions if the graph stops at an `interrupt()`, and without questions if its
    workflow cancels the phase, which first finishes its step if that takes less than 10 s (see `finish_or_pause`).

    It fails with an `ApplicationError` that is not retried. Before anything is paid, its type is "MissingPlugin" or
    "BadRequest" (no heartbeat timeout, or a request that is not a `request`). Later, its type is "Unfit" (a value in
    the state would not come back from a checkpoint unchanged), "TooLarge" (see `store`), "RecursionLimit", or "Stuck"
    (see `Stuck`). Other errors are retried: after 1 s, and after 2, 4 ... 60 s while attempts make no progress.

    ```python
    import asyncio
    from datetime import timedelta

    from langgraph.graph import START, StateGraph
    from langgraph_heartbeat import DurablePlugin, phase_activity
    from pydantic import BaseModel
    from temporalio.client import Client
    from temporalio.worker import Worker


    class Number(BaseModel):  # the request, the graph's state and the result
        number: int


    async def double(state: Number) -> dict[str, int]:
        return {"number": state.number * 2}


    async def increase(state: Number) -> dict[str, int]:
        return {"number": state.number + 1}


    builder = StateGraph(Number).add_sequence([double, increase]).add_edge(START, "double")
    compute = phase_activity("compute", Number, Number, builder)


    async def main() -> None:
        client = await Client.connect("localhost:7233", plugins=[DurablePlugin()])
        async with Worker(client, task_queue="numbers", activities=[compute]):
            result = await client.execute_activity(
                compute,
                args=[Number(number=3)],
                id="compute",
                task_queue="numbers",
                start_to_close_timeout=timedelta(hours=2),
                heartbeat_timeout=timedelta(seconds=15),
            )
        assert result == Number(number=7)


    asyncio.run(main())
    ```
    """
    blueprint = Blueprint.of(name, graph, types)
    codes = dict(node_codes(blueprint.graph))

    async def run(unvalidated: Any, resume: Resume | None = None) -> Result | Paused:
        interval = require_plugin()
        resume_or_empty = resume or Resume()
        validated = validate_request(blueprint, request, unvalidated, resume_or_empty)
        async with start_heartbeats(name) as beats:
            control = RunControl()
            working = asyncio.create_task(work(validated, resume_or_empty, interval, beats, control))
            outcome = await finish_or_drain(working, control)
            return Paused(questions=[], checkpoint=as_text(beats.newest_checkpoint)) if outcome is None else outcome

    async def work(
        validated: Request, resume: Resume, interval: timedelta, beats: Heartbeats, control: RunControl
    ) -> Result | Paused:
        await beats.fence()
        attempt = Attempt(
            blueprint,
            beats,
            interval=interval,
            limit_bytes=inline_limit_bytes(parallel),
            store=store,
            metrics_of=progress,
        )
        restored = await attempt.restore(resume)
        try:
            if attempt.resumes_request and resume.update:
                attempt.steer({field: value for field, value in validated if field in resume.update})
            with watch_event_loop(name, (activity.info().heartbeat_timeout or MAX_RETRY_DELAY) / 3, codes):
                resources = await context(validated)
                start = first_input(attempt, validated, resume, restored=restored)
                questions = await run_graph(attempt, beats, start, resources, recursion_limit, control=control)
            await attempt.settle()
            if questions:
                return Paused(questions=questions, checkpoint=as_text(beats.newest_checkpoint))
            state = (await attempt.graph.aget_state(attempt.thread_config)).values
            return result.model_validate(result_of(state, result))
        except asyncio.CancelledError:
            await attempt.settle()
            if attempt.too_large:
                raise ApplicationError(str(attempt.too_large), type="TooLarge", non_retryable=True) from None
            raise
        except GraphDrained:
            await attempt.settle()
            raise ApplicationError(
                "This worker is shutting down; another worker continues the phase.",
                type="Handover",
                next_retry_delay=timedelta(milliseconds=1),
            ) from None
        except Exception as error:  # every error of a graph becomes a failure that keeps the checkpoint
            failure = await to_temporal_failure(error, attempt, beats, as_failure, recursion_limit)
            if isinstance(as_failure(error), ApplicationError):
                # The message of a known error says everything. With a traceback, the failure would be larger than what
                # the server keeps of an attempt that is retried, and its reason would be cut off.
                raise failure from None
            raise failure from error
        finally:
            attempt.close()

    # A client or workflow that starts the function itself, and not its name, reads here which type to decode.
    run.__annotations__["return"] = result | Paused
    run.__doc__ = f"Run the phase {name}: it takes a {request.__name__} and returns a {result.__name__} or a Paused."
    return activity.defn(name=name)(run)


def validate_request(blueprint: Blueprint, request: type[Request], unvalidated: Any, resume: Resume) -> Request:
    """Return the validated request with the updates of `resume`; raise `ApplicationError` if it is refused."""
    try:
        validated = request.model_validate(unvalidated)
        if not resume.update:
            return validated
        for field in resume.update:
            if reason := reason_not_steerable(blueprint, request, field):
                message = f"The phase {blueprint.phase} cannot be steered by {field!r}: {reason}."
                raise ApplicationError(message, type="BadRequest", non_retryable=True)
        return request.model_validate({**dict(validated), **resume.update})
    except ValidationError as error:
        message = f"The request of the phase {blueprint.phase} is not a {request.__name__}: {error}"
        raise ApplicationError(message, type="BadRequest", non_retryable=True) from error


def reason_not_steerable(blueprint: Blueprint, request: type[BaseModel], field: str) -> str:
    """Return why this field of a request cannot get another value while the phase runs; "" if it can."""
    if field not in request.model_fields:
        return f"{request.__name__} has no such field"
    if not hasattr(blueprint.graph, "builder"):
        return "an @entrypoint reads its input once"
    if field in cast("dict[str, object]", blueprint.graph.channels) and field not in overwritable_channels(
        blueprint.graph
    ):
        return "its channel has a reducer, so that another value would be added to what it holds"
    return ""


def first_input(attempt: Attempt, request: BaseModel, resume: Resume, *, restored: bool) -> Any:
    """Return what the graph starts with: its input, or after `restore` the answers to its questions, or None.

    With its input, the graph would begin a new run on top of the checkpoint. Every attempt passes the answers by the
    ids of their questions, because a bare value could answer another question.
    """
    if not restored:
        return input_of(attempt.graph, request)
    return Command(resume=resume.answers) if resume.answers else None


async def run_graph(
    attempt: Attempt,
    beats: Heartbeats,
    start: Any,
    resources: object,
    recursion_limit: int,
    *,
    control: RunControl,
) -> list[Question]:
    """Run the graph until it ends or stops at questions, which are returned; report each task to `beats`."""
    attempt.journal.activate()
    draining = asyncio.create_task(drain_at_shutdown(control))
    questions: dict[str, Question] = {}
    events: AsyncIterator[Any] = attempt.graph.astream(
        start,
        attempt.config(recursion_limit),
        context=resources,
        stream_mode=["tasks", "updates"],
        durability="sync",
        control=control,
    )
    try:
        async for mode, event in events:
            if attempt.too_large:
                raise asyncio.CancelledError
            if mode == "updates":
                interrupts: tuple[Interrupt, ...] = event.get("__interrupt__", ())
                questions |= {each.id: Question(id=each.id, value=each.value) for each in interrupts}
            elif "result" in event:
                beats.progress.task_finished(event["name"], failed=bool(event.get("error")))
            else:  # the next checkpoint sends this, and it follows soon
                beats.progress.task_started(event["name"])
    finally:
        draining.cancel()
        with suppress(asyncio.CancelledError):
            await draining
    return list(questions.values())


async def to_temporal_failure(
    error: Exception,
    attempt: Attempt,
    beats: Heartbeats,
    as_failure: Callable[[Exception], Exception],
    recursion_limit: int,
) -> Exception:
    """Return the failure that this attempt raises to Temporal, which says whether and when the attempt is retried."""
    if isinstance(error, UnfitError):
        return ApplicationError(str(error), type="Unfit", non_retryable=True)
    if isinstance(error, GraphRecursionError):
        message = f"The graph has not finished in {recursion_limit} steps (recursion_limit, over all attempts)."
        return ApplicationError(message, type="RecursionLimit", non_retryable=True)
    failure = as_failure(error)
    is_application_error = isinstance(failure, ApplicationError)
    kind = failure.type if isinstance(failure, ApplicationError) else type(error).__name__
    message = failure.message if isinstance(failure, ApplicationError) else str(error)
    step = (attempt.step or 0) + 1
    attempt.record_failure(f"step {step}: {kind}: {message}")
    await attempt.settle()
    checkpoint = Resume(checkpoint=as_text(beats.newest_checkpoint))
    if isinstance(failure, ApplicationError) and failure.non_retryable:
        return ApplicationError(message, checkpoint, type=failure.type, non_retryable=True)
    if attempt.record.repeats >= MAX_IDENTICAL_FAILURES and not is_application_error:
        stuck = f"The phase failed {attempt.record.repeats} times at step {step} without progress. {kind}: {message}"
        return ApplicationError(stuck, checkpoint, type=STUCK, non_retryable=True)
    delay = failure.next_retry_delay if isinstance(failure, ApplicationError) else None
    return ApplicationError(message, type=kind, next_retry_delay=delay or retry_delay(attempt.record.fruitless))


def retry_delay(fruitless_attempts: int) -> timedelta:
    """Return how long the next attempt waits: 1, 2, 4 ... 60 s while attempts make no progress."""
    # The exponent is bounded too: after an outage of an hour the power alone would not fit into a timedelta.
    return min(timedelta(seconds=2 ** min(fruitless_attempts, 10)), MAX_RETRY_DELAY)
