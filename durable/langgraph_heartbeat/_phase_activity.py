"""A phase as an activity: `phase_activity` makes a Temporal activity from a graph."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar, cast

from langgraph.store.base import BaseStore
from pydantic import BaseModel
from temporalio import activity
from temporalio.exceptions import ApplicationError

from ._blueprint import Blueprint
from ._call_log.call_log import entries_of
from ._failures import AsFailure
from ._graphs import Context, GraphLike, no_context
from ._messages import Paused
from ._node_code.on_change import OnChange, policy_of
from ._phase_run import PhaseRun
from ._progress_metrics import MetricsOf
from ._publishing.claim_check import CheckpointStore
from ._requests import Durability, Phase, check_phase, check_result, stream_modes
from ._run_config import ConfigOf
from ._stream.streaming import StreamedMode

Request = TypeVar("Request", bound=BaseModel)
Result = TypeVar("Result", bound=BaseModel)

DEFAULT_PARALLEL_PHASES = 16
"""Maximum number of phases of one workflow that run at the same time."""


def phase_activity(
    name: str,
    request: type[Request],
    result: type[Result],
    graph: GraphLike,
    context: Context[Request] = no_context,
    *,
    as_failure: AsFailure = lambda error: error,
    types: Sequence[type] = (),
    config: ConfigOf[Request] = None,
    durability: Durability = "sync",
    on_change: OnChange | None = None,
    recursion_limit: int | None = None,
    parallel: int = DEFAULT_PARALLEL_PHASES,
    checkpoints: CheckpointStore | None = None,
    store: BaseStore | None = None,
    progress: MetricsOf | None = None,
    call_log: bool | int = False,
    stream: Sequence[StreamedMode] = (),
) -> Callable[..., Awaitable[Result | Paused]]:
    """Return an activity of type `name` that runs `graph`, from the checkpoint of its last attempt, to its result.

    Start the activity with `args=[request]`, or with `args=[request, resume]` to go on from a `Paused` or a `Stuck`
    (with `args=[request, resume, True]`, a `Finished` tells what the phase has done, too);
    with a heartbeat timeout of 15 to 30 s, after which Temporal replaces a dead worker; and with `DurablePlugin`.

    - `request`, `result`: pydantic models. The graph's input is the fields of the request that are channels of the
      graph (all fields for an `@entrypoint`). The result's fields are read from the channels of the graph's last state.
    - `context(request)`: makes the graph's run context: what it needs from outside. It is called once per attempt, and
      may be async.
    - `as_failure(error)`: returns a `temporalio.exceptions.ApplicationError` for an error that you know, to decide
      whether it is retried (`non_retryable`) and when (`next_retry_delay`), and any other error unchanged.
    - `types`: types that the state holds and the graph's schemas do not name.
    - `config`: LangGraph's `RunnableConfig` for each run of the graph: tags, metadata, callbacks, values in
      `configurable`, a `thread_id`; or a function that makes it from the request. What `graph.with_config(...)` set is
      kept.
    - `durability`: when LangGraph saves the state. "sync", before the next step begins: a kill -9 costs the calls in
      flight. "async", while the next step runs: steps are a little shorter, and a kill may cost the step before, too.
      "exit", only when the graph stops: a kill costs all steps of the attempt, except for calls in a `CallJournal`.
    - `on_change`: what to do if the code of a node (its function, or a helper, prompt, tool or constant that it uses)
      has changed since the checkpoint was made, but no node, edge or channel. "resume": go on; the log and the
      heartbeat name the nodes. "afresh": start from the beginning. "ask": return `Paused` with a question of the id
      "code-changed", whose answer is "resume" or "afresh". None: "ask" in a notebook, "resume" elsewhere.
    - `recursion_limit`: maximum number of steps of the graph, over all attempts. Without it, the limit in `config`
      or in the graph's own config applies, or else 1000.
    - `parallel`: maximum number of phases of one workflow that run at the same time. Their checkpoints share 4 MiB of
      heartbeats: each may take 4 MiB / `parallel`, and at most 256 KiB, compressed.
    - `checkpoints`: where larger checkpoints are kept. Without it, a phase whose state is larger fails.
    - `store`: LangGraph's store for the nodes of the graph (`get_store()`), for example a PostgresStore that the worker
      has opened, in place of the one that the graph was compiled with. What a node puts is in the checkpoint once the
      node has finished, and is written to this store when the phase ends or pauses, or earlier if it is much. Without
      a store, the graph has one whose content lives as long as the phase.
    - `progress(channels)`: returns figures of your own for the heartbeats, for example `{"usd": 0.12}`, from the values
      of the channels at the newest step; at most 1 KiB of JSON. It is called often, on the event loop: it must be fast.
    - `call_log`: whether to keep a log of the calls of models, tools and retrievers: when each began, in which node,
      how long it took, its tokens, and how it ended; nothing of what was asked or answered. It survives crashes in the
      checkpoint, takes about one more heartbeat for each call, and comes back in the field of the result that has the
      type `PhaseSummary`. True keeps the newest 250 calls, a number as many, at most 2000.
    - `stream`: what LangGraph streams to clients while the phase runs, some of "messages", "custom", "updates" and
      "tasks". A client reads it with `follow`. Heartbeats carry the newest events, at most 1000 and 64 KiB of JSON.

    The activity returns `Paused` with questions if the graph stops at an `interrupt()`, and without questions if its
    workflow cancels the phase, which first finishes its step if that takes less than 10 s (see `finish_or_pause`).

    It fails with an `ApplicationError` that is not retried. Before anything is paid, its type is "MissingPlugin" or
    "BadRequest": no heartbeat timeout, a request that is not a `request`, an answer to no open question. Later it
    carries the last good checkpoint (see `Stuck`), and its type is one of these:

    | type | what happened |
    |---|---|
    | "Unfit" | a value in the state would not come back from a checkpoint unchanged, or an untracked one is missing |
    | "TooLarge" | the state does not fit into a heartbeat, and there are no `checkpoints` |
    | "RecursionLimit" | the graph has not finished in so many steps |
    | "Breakpoint" | the graph stopped at a static breakpoint (`interrupt_before`), which a crash could skip |
    | "Unanswerable" | a graph without this phase's checkpointer called `interrupt()` |
    | "BadResult" | JSON cannot hold the result |
    | "Stuck" | attempts fail again and again without progress |

    Other errors are retried: after 1 s, and after 2, 4 ... 60 s while attempts make no progress. `ValueError` or
    `TypeError` is raised for arguments that no attempt could use, and for a graph compiled with static breakpoints.

    ```python
    import asyncio
    from datetime import timedelta

    from langgraph.graph import START, StateGraph
    from langgraph_heartbeat import DurablePlugin, phase_activity
    from langgraph.store.base import BaseStore
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
    phase = Phase(
        name,
        request,
        result,
        context,
        as_failure,
        config,
        durability,
        recursion_limit,
        parallel,
        checkpoints,
        progress,
        policy_of(on_change),
        stream_modes(name, stream),
        entries_of(call_log),
    )
    check_phase(phase)
    blueprint = Blueprint.of(name, graph, types, store, (request, result))
    check_result(phase, blueprint)

    async def run(unvalidated: Any = None, resume: Any = None, summarise: Any = None) -> Result | Paused:
        try:
            outcome = await PhaseRun(phase, blueprint, unvalidated, resume, summarise=summarise is True).outcome()
            return cast("Result | Paused", outcome)  # a `Finished` for callers that ask for it by the third argument
        except ApplicationError as failure:
            # The server keeps a few KB of the failure of an attempt that is retried. Our own frames say nothing.
            raise failure.with_traceback(None) from failure.__cause__

    # A client or workflow that starts the function itself, and not its name, reads here which type to decode.
    run.__annotations__["return"] = result | Paused
    run.__doc__ = f"Run the phase {name}: it takes a {request.__name__} and returns a {result.__name__} or a Paused."
    return activity.defn(name=name)(run)
