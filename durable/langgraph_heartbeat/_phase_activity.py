"""A phase as an activity: one graph, run to its end, from where the last attempt stood."""

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
"""How many phases of one workflow run at once, at most."""
MAX_IDENTICAL_FAILURES = 3
"""So often the same failure at the same step, without any progress: then a person is asked."""
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
    """An activity of type `name` that runs `graph` from where its last attempt stood, and returns its validated result.

    Start it with `args=[request]`, or `args=[request, resume]` to go on from a `Paused` or a `Stuck`; with a heartbeat
    timeout, 15 to 30 s, which is how long a dead worker is waited for; and on a worker with `DurablePlugin`.

    - `request`, `result`: pydantic models. The request's fields are the graph's input, as far as its channels have
      their names (all of them for an `@entrypoint`); the result's fields are read from the channels of its last
      state.
    - `context(request)`: what the graph needs from outside, its run context. Awaited once an attempt.
    - `as_failure(error)`: a `temporalio.exceptions.ApplicationError` for an error that you know, to say whether it is
      retried (`non_retryable`) and when (`next_retry_delay`); the error itself for any other.
    - `types`: those that the state holds and the graph's schemas do not name.
    - `recursion_limit`: steps of the graph, over all attempts.
    - `parallel`: how many phases of one workflow run at once, at most. Their checkpoints share 4 MiB of heartbeats:
      each may take 4 MiB / `parallel`, and 256 KiB at most, compressed.
    - `store`: where larger checkpoints go. Without one, a phase whose state is larger fails.
    - `progress(channels)`: figures of the graph's own for its heartbeats, such as `{"usd": 0.12}`, from the values of
      the channels at the newest step; at most 1 KiB of JSON. It is called on the event loop, often, and must be quick.

    Returns `Paused` where the graph stops at an `interrupt()`, with its questions; and without questions where its
    workflow cancels the phase, which finishes its step first if that takes less than 10 s (`finish_or_pause`).

    It fails, not retryably, with an `ApplicationError` of one of these types, before anything is paid: "MissingPlugin";
    "BadRequest" (no heartbeat timeout, or a request that is not a `request`). And later: "Unfit" (a value in the state
    would not come back from a checkpoint as itself), "TooLarge" (see `store`), "RecursionLimit", and "Stuck" (see
    `Stuck`). Everything else is tried again: after 1 s, and after 2, 4 ... 60 s while attempts come no further.

    ```python
    import asyncio
    from datetime import timedelta

    from langgraph.graph import START, StateGraph
    from langgraph_heartbeat import DurablePlugin, phase_activity
    from pydantic import BaseModel
    from temporalio.client import Client
    from temporalio.worker import Worker


    class Number(BaseModel):  # the request, the graph's state and the result at once
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

    async def run(given: Any, resume: Resume | None = None) -> Result | Paused:
        interval = require_plugin()
        resumed = resume or Resume()
        asked = validate_request(blueprint, request, given, resumed)
        async with start_heartbeats(name) as beats:
            control = RunControl()
            working = asyncio.create_task(work(asked, resumed, interval, beats, control))
            outcome = await finish_or_drain(working, control)
            return Paused(questions=[], checkpoint=as_text(beats.newest_checkpoint)) if outcome is None else outcome

    async def work(
        asked: Request, resume: Resume, interval: timedelta, beats: Heartbeats, control: RunControl
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
                attempt.steer({field: value for field, value in asked if field in resume.update})
            with watch_event_loop(name, (activity.info().heartbeat_timeout or MAX_RETRY_DELAY) / 3, codes):
                resources = await context(asked)
                start = first_input(attempt, asked, resume, restored=restored)
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
                "This worker goes away; the phase goes on at the next.",
                type="Handover",
                next_retry_delay=timedelta(milliseconds=1),
            ) from None
        except Exception as error:  # whatever a graph raises becomes a failure that keeps its checkpoint
            failure = await to_temporal_failure(error, attempt, beats, as_failure, recursion_limit)
            if isinstance(as_failure(error), ApplicationError):
                # What is known says all by its message. With the frames behind it, it would be larger than what the
                # server keeps of an attempt that is tried again, and nobody could read why.
                raise failure from None
            raise failure from error
        finally:
            attempt.close()

    # A client or workflow that starts the function itself, and not its name, reads from here what to decode.
    run.__annotations__["return"] = result | Paused
    run.__doc__ = f"The phase {name}: a {request.__name__} in; a {result.__name__} out, or a Paused."
    return activity.defn(name=name)(run)


def validate_request(blueprint: Blueprint, request: type[Request], given: Any, resume: Resume) -> Request:
    """LangGraph validates neither input nor output: this function does. `ApplicationError` where it is refused."""
    try:
        validated = request.model_validate(given)
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
    """Why it cannot be given another value under way; empty where it can."""
    if field not in request.model_fields:
        return f"{request.__name__} has no such field"
    if not hasattr(blueprint.graph, "builder"):
        return "an @entrypoint reads its input once"
    if field in cast("dict[str, object]", blueprint.graph.channels) and field not in overwritable_channels(
        blueprint.graph
    ):
        return "its channel has a reducer, so that another value would be added to what it holds"
    return ""


def first_input(attempt: Attempt, asked: BaseModel, resume: Resume, *, restored: bool) -> Any:
    """What the graph starts with. The input again would be a new run on top of the checkpoint.

    Answers are passed at every attempt, by the ids of their questions: a bare value could answer another question.
    """
    if not restored:
        return input_of(attempt.graph, asked)
    return Command(resume=resume.answers) if resume.answers else None


async def run_graph(
    attempt: Attempt, beats: Heartbeats, start: Any, resources: object, recursion_limit: int, *, control: RunControl
) -> list[Question]:
    """Run the graph to its end, telling `beats` about each task; the questions that it stands at, if it does."""
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
            else:  # it shows with the next checkpoint, which is never far
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
    """The failure of this attempt, as Temporal sees it: whether it is tried again, and when."""
    if isinstance(error, UnfitError):
        return ApplicationError(str(error), type="Unfit", non_retryable=True)
    if isinstance(error, GraphRecursionError):
        message = f"The graph has not come to its end in {recursion_limit} steps (recursion_limit, over all attempts)."
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
        stuck = f"It failed {attempt.record.repeats} times at step {step}, and came no further. {kind}: {message}"
        return ApplicationError(stuck, checkpoint, type=STUCK, non_retryable=True)
    delay = failure.next_retry_delay if isinstance(failure, ApplicationError) else None
    return ApplicationError(message, type=kind, next_retry_delay=delay or retry_delay(attempt.record.fruitless))


def retry_delay(fruitless_attempts: int) -> timedelta:
    """Attempts wait longer only while they make no progress: 1, 2, 4 ... seconds."""
    # The exponent is bounded too: after an hour of an outage the power itself would not fit into a timedelta.
    return min(timedelta(seconds=2 ** min(fruitless_attempts, 10)), MAX_RETRY_DELAY)
