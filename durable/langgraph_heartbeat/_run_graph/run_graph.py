"""RunGraph: a workflow that runs any durable graph, asks people what the graph asks, and takes their answers.

This is workflow code. It knows graphs by their names alone, so that neither LangGraph nor LangChain comes into
Temporal's sandbox. Its history grows with questions and failures, never with steps, model calls or tokens.
"""

import asyncio
from datetime import timedelta
from typing import Any, cast

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from langgraph_heartbeat._call_log.phase_summary import Finished, PhaseSummary
    from langgraph_heartbeat._messages import Paused, Resume, Stuck
    from langgraph_heartbeat._steering import finish_or_pause

    from .details import details_of, summary_of
    from .messages import (
        ANSWER_FORMAT,
        CHECK_ACTIVITY,
        RETRY_FORMAT,
        WORKFLOW_TYPE,
        Accepted,
        Carried,
        NotAcceptedError,
        Retry,
        RunInput,
        RunStatus,
        State,
        accept_retry,
        accept_run,
    )
    from .questions import RunQuestions

CHECK_LIMIT = timedelta(seconds=30)
MAX_UNDECODABLE = 2
"""How often a phase starts anew because the SDK cannot decode its heartbeat details."""
PHASE_OUTCOME = cast("type[Any]", Finished[Any] | Paused | Any)
"""The bare result is that of an earlier release, in a history that is replayed."""


@workflow.defn(name=WORKFLOW_TYPE)
class RunGraph:
    """Run a graph of this worker's `durable(...)` activities, from one JSON input to the graph's output as JSON.

    ```
    temporal workflow start --type RunGraph --task-queue langgraph \\
        --input '{"graph": "agent", "input": {"messages": [{"role": "user", "content": "hi"}]}}'
    ```

    In Temporal's UI, the same JSON is the input. `--static-summary`, or the summary in the UI, names the run in lists.

    - The input: `graph` (or `assistant_id`) is the name of the graph; it may be left out if the worker has only one.
      `input`, `config` and `context` are those of `durable`; `metadata` becomes part of the config. `limits` may have
      `attempt_seconds` (7200), `heartbeat_seconds` (15), and `waiting_seconds`, for which the phase may wait for a
      worker (without end). What does not fit fails the run before anything is paid, and is named.
    - Questions: each `interrupt()` of the graph gets a name, "q1", "q2", ... The update or the signal `answer` takes
      `{"question": "q1", "answer": ...}`. A question that is not open and an answer that does not fit the question's
      `response_schema` are refused. The run waits for as long as people need, without a timer.
    - A phase that is stuck (see `Stuck`) waits, too: the update or the signal `retry` takes `{"decision": "retry"}`, or
      `{"decision": "fail"}` to fail the run. With `"recursion_limit": 2000` beside it, the graph may take more steps.
    - The query `status` and the current details in Temporal's UI tell where the run stands, what to send, and what the
      graph has done until it last stopped: a `PhaseSummary`, with a log of calls if `durable` has `call_log=True`.
    - If the run is cancelled, the graph stops at its next step.

    ```python
    import asyncio

    from langgraph.graph import START, StateGraph
    from langgraph.types import interrupt
    from langgraph_heartbeat import DurablePlugin, RunGraph, durable
    from temporalio.client import Client
    from temporalio.worker import Worker
    from typing_extensions import TypedDict


    class Letter(TypedDict, total=False):
        text: str
        signed: str


    async def sign(state: Letter) -> Letter:
        return {"signed": f"{state['text']} Yours, {interrupt('Who signs?')}"}


    letter = StateGraph(Letter).add_node(sign).add_edge(START, "sign").compile(name="letter")


    async def main() -> None:
        client = await Client.connect("localhost:7233", plugins=[DurablePlugin()])
        async with Worker(client, task_queue="langgraph", workflows=[RunGraph], activities=[durable(letter)]):
            request = {"graph": "letter", "input": {"text": "It floats."}}
            run = await client.start_workflow(RunGraph.run, request, id="letter", task_queue="langgraph")
            while not (await run.query(RunGraph.status)).questions:
                await asyncio.sleep(0.1)
            await run.execute_update(RunGraph.answer, {"question": "q1", "answer": "Ada"})
            assert await run.result() == {"text": "It floats.", "signed": "It floats. Yours, Ada"}


    if __name__ == "__main__":
        asyncio.run(main())
    ```
    """

    def __init__(self) -> None:
        self._graph = ""
        self._state: State = "checking"
        self._problem = ""
        self._refusal = ""
        self._questions = RunQuestions()
        self._decision: Retry | None = None
        self._summary: PhaseSummary | None = None

    @workflow.run
    async def run(self, request: Any = None, *more: Any) -> Any:
        try:
            accepted = accept_run(request, *more)
            resume = await self._begin(accepted)
            result = await self._result(accepted, resume)
        except NotAcceptedError as error:
            self._enter("failed", str(error))
            raise bad_request(str(error)) from None
        except ApplicationError as error:
            self._enter("failed", error.message)
            raise
        except ActivityError as error:
            self._enter("failed", str(error.cause or error))
            raise
        except asyncio.CancelledError:
            self._enter("cancelled")
            raise
        self._enter("finished")
        return result

    async def _begin(self, accepted: RunInput) -> Resume | None:
        """Check the input, unless this execution continues one that did; return the state to resume from."""
        if carried := accepted.carried:
            self._graph = carried.graph
            self._questions = RunQuestions(carried.names, carried.questions, carried.answers)
            return carried.resume
        self._graph = accepted.named or ""
        self._enter("checking")
        self._graph = await check(accepted)
        return None

    async def _result(self, accepted: RunInput, resume: Resume | None) -> Any:
        """Run the phase until the graph has finished; in between, wait for people."""
        undecodable = 0
        while True:
            if resume and workflow.info().is_continue_as_new_suggested():
                await self._continue_as_new(accepted, resume)
            self._enter("running")
            try:
                outcome = await self._run_phase(accepted, resume)
            except ActivityError as error:
                if is_undecodable(error) and undecodable < MAX_UNDECODABLE:
                    undecodable += 1  # only the heartbeats are lost: the phase starts from where it was resumed
                    continue
                resume, retry = await self._wait_for_retry(error)
                accepted = accepted.with_recursion_limit(retry.recursion_limit)
            else:
                if not isinstance(outcome, Finished | Paused):
                    return outcome
                self._summary = outcome.summary or self._summary
                if isinstance(outcome, Finished):
                    return cast("Finished[Any]", outcome).result
                resume = await self._wait_for_answers(outcome)

    async def _run_phase(self, accepted: RunInput, resume: Resume | None) -> Any:
        limits, waiting = accepted.limits, accepted.limits.waiting_seconds
        running = workflow.start_activity(
            self._graph,
            args=[accepted.request(), resume, True],  # it shall tell what it has done, too
            result_type=PHASE_OUTCOME,
            start_to_close_timeout=timedelta(seconds=limits.attempt_seconds),
            heartbeat_timeout=timedelta(seconds=limits.heartbeat_seconds),
            schedule_to_start_timeout=None if waiting is None else timedelta(seconds=waiting),
            cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
            summary=summary_of(self._graph, accepted.input, self._summary),
        )
        return await finish_or_pause(running, lambda: False)

    async def _wait_for_answers(self, paused: Paused) -> Resume:
        self._questions.ask(paused.questions)
        if paused.questions:
            self._enter("asking")
            await workflow.wait_condition(lambda: self._questions.has_answers)
        return Resume(checkpoint=paused.checkpoint, answers=self._questions.take_answers() or None)

    async def _wait_for_retry(self, error: ActivityError) -> tuple[Resume, Retry]:
        """Wait until somebody has repaired what made the phase fail. Raise the failure if nobody can, or wants to."""
        stuck = Stuck.of(error)
        if stuck is None:
            raise as_failure_of_run(error)
        self._decision, self._summary = None, stuck.summary or self._summary
        self._enter("stuck", stuck.message)
        await workflow.wait_condition(lambda: self._decision is not None)
        retry = cast("Retry", self._decision)
        if retry.decision == "fail":
            raise as_failure_of_run(error)
        return stuck.resume, retry

    async def _continue_as_new(self, accepted: RunInput, resume: Resume) -> None:
        """Go on with a new history, before this one is too long for Temporal."""
        await workflow.wait_condition(workflow.all_handlers_finished)
        carried = Carried(graph=self._graph, resume=resume, **self._questions.carried())
        workflow.continue_as_new(accepted.model_copy(update={"carried": carried}))

    def _enter(self, state: State, problem: str = "") -> None:
        self._state, self._problem = state, problem
        self._show()

    def _show(self) -> None:
        workflow.set_current_details(details_of(self.status()))

    @workflow.query(description="Where the run stands: its state, its open questions, and what is wrong.")
    def status(self) -> RunStatus:
        return RunStatus(
            graph=self._graph,
            state=self._state,
            questions=self._questions.shown(),
            problem=self._problem,
            refusal=self._refusal,
            summary=self._summary,
        )

    @workflow.update(description=f"Answer an open question: {ANSWER_FORMAT}")
    async def answer(self, answer: Any = None, *more: Any) -> Accepted:
        self._answer(answer, *more)
        return Accepted(waiting=self._questions.waiting)

    @answer.validator
    def _answer_can_be_taken(self, answer: Any = None, *more: Any) -> None:
        refusing(self._questions.check, answer, *more)

    @workflow.signal(name="answer", description=f"Answer an open question: {ANSWER_FORMAT}")
    async def answer_by_signal(self, answer: Any = None, *more: Any) -> None:
        """Answer as the update does. A signal has no reply, so the current details show why one was refused."""
        self._take_signal(self._answer, answer, *more)

    @workflow.update(description=f"Decide about a run that is stuck: {RETRY_FORMAT}")
    async def retry(self, decision: Any = None, *more: Any) -> Accepted:
        self._decide(decision, *more)
        return Accepted(waiting=self._questions.waiting)

    @retry.validator
    def _is_stuck(self, decision: Any = None, *more: Any) -> None:
        refusing(self._check_decision, decision, *more)

    @workflow.signal(name="retry", description=f"Decide about a run that is stuck: {RETRY_FORMAT}")
    async def retry_by_signal(self, decision: Any = None, *more: Any) -> None:
        """Decide as the update does. A signal has no reply, so the current details show why one was refused."""
        self._take_signal(self._decide, decision, *more)

    def _answer(self, answer: object, *more: object) -> None:
        self._questions.answer(answer, *more)
        self._refusal = ""
        self._show()

    def _decide(self, decision: object, *more: object) -> None:
        self._decision = self._check_decision(decision, *more)
        self._refusal = ""
        self._show()

    def _check_decision(self, decision: object, *more: object) -> Retry:
        accepted = accept_retry(decision, *more)
        if self._state != "stuck" or self._decision is not None:
            raise NotAcceptedError(f"The run is not stuck: it is {self._state}.")
        return accepted

    def _take_signal(self, take: Any, *values: object) -> None:
        """Take a signal. Raising anything would fail the workflow task for ever: a signal stays in the history."""
        try:
            take(*values)
        except NotAcceptedError as error:
            self._refusal = str(error)
            self._show()


async def check(accepted: RunInput) -> str:
    """Return the name of the graph that is meant; raise `ApplicationError` if it or its input is refused."""
    request = {"graph": accepted.named, **accepted.request()}
    try:
        checking = workflow.start_local_activity(
            CHECK_ACTIVITY, request, result_type=str, start_to_close_timeout=CHECK_LIMIT
        )
    except ValueError as error:  # the worker has no such activity
        raise RuntimeError(
            "The worker of RunGraph has no DurablePlugin, which brings the activity that checks the input of a run. "
            "Connect its client with the plugin, Client.connect(..., plugins=[DurablePlugin()])."
        ) from error
    try:
        return await checking
    except ActivityError as error:
        raise as_failure_of_run(error) from None


def refusing(accept: Any, *values: object) -> None:
    """Refuse an update, before it is in the history, with a message that its sender sees."""
    try:
        accept(*values)
    except NotAcceptedError as error:
        raise bad_request(str(error)) from None


def bad_request(message: str) -> ApplicationError:
    return ApplicationError(message, type="BadRequest", non_retryable=True)


def as_failure_of_run(error: ActivityError) -> BaseException:
    """Return why an activity has failed as the failure of the run, so that people need not search a chain for it."""
    cause = error.cause
    if isinstance(cause, ApplicationError):
        return ApplicationError(cause.message, *cause.details, type=cause.type, non_retryable=True)
    return error


def is_undecodable(error: ActivityError) -> bool:
    """Return whether the SDK could not decode the heartbeat details: the phase failed before its code ran."""
    return isinstance(error.cause, ApplicationError) and "Failed decoding heartbeat details" in error.cause.message
