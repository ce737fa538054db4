"""What a phase is given: the arguments of `phase_activity`, and the request, resume and config of each activity.

Everything is checked before anything is paid. A refusal is not retried, and says what is accepted.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Generic, Literal, NoReturn, TypeVar, cast, get_args

from langchain_core.runnables import RunnableConfig
from pydantic import BaseModel, ValidationError
from temporalio.exceptions import ApplicationError

from ._attempt import Attempt
from ._blueprint import Blueprint
from ._call_log.phase_summary import summary_field
from ._failures import AsFailure
from ._graphs import Context, overwritable_channels
from ._messages import Resume
from ._node_code.on_change import OnChange, graph_answers
from ._progress_metrics import MetricsOf
from ._publishing.claim_check import CheckpointStore
from ._run_config import ConfigOf, checked, config_for
from ._schemas.derived import GraphRequest
from ._sendable import sendable
from ._stream.streaming import STREAMED_MODES

Request = TypeVar("Request", bound=BaseModel)
Result = TypeVar("Result", bound=BaseModel)

Durability = Literal["sync", "async", "exit"]
"""When LangGraph saves a step: before the next one, during the next one, or when the graph stops."""


@dataclass(frozen=True)
class Phase(Generic[Request, Result]):
    """The arguments of `phase_activity`."""

    name: str
    request: type[Request]
    result: type[Result]
    context: Context[Request]
    as_failure: AsFailure
    config: ConfigOf[Request]
    durability: Durability
    recursion_limit: int | None
    parallel: int
    checkpoints: CheckpointStore | None
    progress: MetricsOf | None
    on_change: OnChange
    stream: tuple[str, ...]
    log_entries: int = 0
    """For how many calls the log of calls has room."""

    @property
    def summary_field(self) -> str:
        """The field of the result that holds a `PhaseSummary`; "" if there is none."""
        return summary_field(self.result)


def check_phase(phase: Phase[Any, Any]) -> None:
    """Raise `TypeError` or `ValueError` for an argument of `phase_activity` that would fail in every attempt."""
    name = phase.name
    if not name or type(name) is not str:
        raise TypeError(f"The name of a phase is a text that is not empty, not {name!r}.")
    for role in ("request", "result"):
        model: object = getattr(phase, role)
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            raise TypeError(f"The {role} of the phase {name} must be a class of pydantic's BaseModel, not {model!r}.")
    for role in ("context", "as_failure", "progress"):
        function = getattr(phase, role)
        if not callable(function) and not (function is None and role == "progress"):
            raise TypeError(f"The argument {role} of the phase {name} must be a function, not {function!r}.")
    if phase.durability not in get_args(Durability):
        raise ValueError(f"The durability of the phase {name} is 'sync', 'async' or 'exit', not {phase.durability!r}.")
    limit = 1 if phase.recursion_limit is None else phase.recursion_limit
    for role, number in (("parallel", phase.parallel), ("recursion_limit", limit)):
        if type(number) is not int or number < 1:
            raise ValueError(f"The argument {role} of the phase {name} is a number from 1 on, not {number!r}.")
    if not callable(phase.config):
        checked(phase.config)
    check_store(name, phase.checkpoints)


def stream_modes(name: str, stream: object) -> tuple[str, ...]:
    """Return the modes that a phase streams; raise `TypeError` or `ValueError` for what is no list of them."""
    if isinstance(stream, str) or not isinstance(stream, Iterable):
        raise TypeError(f"The argument stream of the phase {name} is a list of modes, ('messages',), not {stream!r}.")
    modes = tuple(map(str, cast("Iterable[object]", stream)))
    if unknown := [mode for mode in modes if mode not in STREAMED_MODES]:
        raise ValueError(
            f"The phase {name} cannot stream {unknown[0]!r}. The argument stream names what reaches clients, some of "
            f"{', '.join(map(repr, STREAMED_MODES))}."
        )
    return modes


def check_store(name: str, checkpoints: object) -> None:
    for method in ("put", "get"):
        if checkpoints is not None and not callable(getattr(checkpoints, method, None)):
            raise TypeError(
                f"The argument checkpoints of the phase {name} must be a CheckpointStore, with methods put and get. "
                f"{checkpoints!r} has no {method}."
            )


def check_result(phase: Phase[Any, Any], blueprint: Blueprint) -> None:
    """Raise `ValueError` for a field of the result that every run of the graph would leave out."""
    if not hasattr(blueprint.graph, "builder"):
        return  # what an @entrypoint returns is known once it has returned
    decorators: Any = phase.result.__pydantic_decorators__
    if any(each.info.mode == "before" for each in decorators.model_validators.values()):
        return  # it may fill fields from others
    channels = cast("dict[str, object]", blueprint.graph.channels)
    if phase.summary_field in channels:
        raise ValueError(
            f"The field {phase.summary_field!r} of the result {phase.result.__name__} holds the phase's PhaseSummary, "
            "and the graph has a channel of this name. Give the field another name."
        )
    named = ", ".join(sorted(each for each in channels if "__" not in each and ":" not in each))
    for field, info in phase.result.model_fields.items():
        if info.is_required() and field not in channels and field != phase.summary_field:
            raise ValueError(
                f"The result {phase.result.__name__} of the phase {phase.name} requires {field!r}, which is no channel "
                f"of the graph. Its channels: {named}."
            )


def refuse(message: str) -> NoReturn:
    raise ApplicationError(sendable(message), type="BadRequest", non_retryable=True)


def validate_resume(phase: str, unvalidated: object) -> Resume:
    """Return the second argument of an activity as a `Resume`."""
    try:
        resume = Resume() if unvalidated is None else Resume.model_validate(unvalidated)
    except ValidationError as error:
        refuse(f"The second argument of the phase {phase} is not a Resume: {reason_in(error)}.")
    if resume.answers and not resume.checkpoint:
        refuse(f"The phase {phase} got answers without the checkpoint of the Paused that asked its questions.")
    return resume


def validate_request(phase: Phase[Request, Any], blueprint: Blueprint, unvalidated: Any, resume: Resume) -> Request:
    """Return the validated request with the updates of `resume`."""
    for field in resume.update:
        if reason := reason_not_steerable(blueprint, phase.request, field):
            refuse(f"The phase {phase.name} cannot be steered by {field!r}: {reason}.")
    if issubclass(phase.request, GraphRequest):
        try:
            derived = phase.request.read(unvalidated)
            return derived.with_input(resume.update) if resume.update else derived
        except ValueError as error:
            refuse(f"The request of the graph {phase.name} does not fit. {error}")
    try:
        validated = phase.request.model_validate(unvalidated)
        if not resume.update:
            return validated
        return phase.request.model_validate({**dict(validated), **resume.update}, by_alias=True, by_name=True)
    except ValidationError as error:
        message = f"The request of the phase {phase.name} is not a {phase.request.__name__}: {error}"
        raise ApplicationError(message, type="BadRequest", non_retryable=True) from error


def validate_config(phase: Phase[Request, Any], request: Request) -> RunnableConfig:
    """Return the RunnableConfig of a request."""
    try:
        return checked(config_for(phase.config, request))
    except (TypeError, ValueError) as error:
        message = f"The config of the phase {phase.name} cannot be used. {error}"
        raise ApplicationError(message, type="BadRequest", non_retryable=True) from error


def reason_not_steerable(blueprint: Blueprint, request: type[BaseModel], field: str) -> str:
    """Return why this field of a request cannot get another value while the phase runs; "" if it can."""
    if not hasattr(blueprint.graph, "builder"):
        return "an @entrypoint reads its input once"
    fields = request.channels or () if issubclass(request, GraphRequest) else request.model_fields
    if field not in fields:
        return f"{request.__name__} has no such field"
    if field in cast("dict[str, object]", blueprint.graph.channels) and field not in overwritable_channels(
        blueprint.graph
    ):
        return "its channel has a reducer, so that another value would be added to what it holds"
    return ""


def steered_values(request: BaseModel, resume: Resume) -> dict[str, Any]:
    """Return the new values of a request that has the updates of `resume`, by the names of their channels."""
    values = request.graph_input() if isinstance(request, GraphRequest) else dict(request)
    return {field: values[field] for field in resume.update if field in values}


def answer_questions(attempt: Attempt, resume: Resume) -> None:
    """Put the answers of `resume` into its checkpoint; refuse them all if one of them answers no open question.

    An attempt that continues from heartbeats has them already.
    """
    answers = graph_answers(resume.answers)
    if not (answers and attempt.resumes_request):
        return
    if unknown := attempt.saver.answer(answers):
        asked = "; ".join(f"{each.id}: {each.value!r}" for each in attempt.saver.questions.open().values())
        refuse(
            f"The phase {attempt.phase} waits for no answer to {unknown[0]!r}. "
            + (f"Its open questions are {asked}." if asked else "It has no open questions.")
        )


def reason_in(error: ValidationError) -> str:
    """Return what pydantic found wrong, in one line and without the values, which may be long or secret."""
    parts = [
        f"{'.'.join(map(str, each['loc']))}: {each['msg']}" if each["loc"] else each["msg"]
        for each in error.errors(include_url=False, include_input=False, include_context=False)
    ]
    return "; ".join(parts)
