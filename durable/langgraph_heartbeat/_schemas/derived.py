"""What the models have in common that `durable` derives from the schemas of a graph: its request and its result.

A derived model knows which of its fields were given. A field that was not given is left out of the graph's input and of
JSON, because for LangGraph a missing value is another thing than None.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, ClassVar, Self, cast
from uuid import UUID

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)

NEW_LINE = "\n"
INSIDE = "inside"
"""The type of an error whose message begins with the place inside of the field where it was found."""
PAUSED_FIELDS = {"outcome", "questions", "checkpoint"}


class GivenFields(BaseModel):
    """A model whose fields may be missing. A channel with a name that pydantic refuses is its alias."""

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
        extra="forbid",
        protected_namespaces=(),
        serialize_by_alias=True,
        validate_by_alias=True,
        validate_by_name=True,
    )

    def given(self) -> dict[str, Any]:
        """Return the values that were given, by the names of their channels."""
        fields = type(self).model_fields
        return {(fields[name].alias or name): getattr(self, name) for name in fields if name in self.model_fields_set}

    @model_serializer(mode="wrap")
    def _leave_out_what_is_missing(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields = type(self).model_fields
        missing = fields.keys() - self.model_fields_set
        left_out = {each for name in missing for each in (name, fields[name].alias)}
        return {name: value for name, value in handler(self).items() if name not in left_out}


class RequestConfig(GivenFields):
    """The part of LangGraph's config that can be sent: its callbacks are objects of a process."""

    tags: list[str] = []
    metadata: dict[str, Any] = {}
    configurable: dict[str, Any] = {}
    recursion_limit: int = Field(default=0, ge=1)
    max_concurrency: int = Field(default=0, ge=1)
    run_name: str = ""
    run_id: UUID | None = None


class GraphRequest(BaseModel):
    """The request of a durable graph, in the words of LangGraph's API: `{"input": ..., "config"?, "context"?}`."""

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    channels: ClassVar[Collection[str] | None] = None
    """The channels that the input may have; None if the input is one value, as that of an `@entrypoint`."""
    context_fields: ClassVar[Collection[str]] = ()
    make_run_context: ClassVar[Callable[[Any], Any]]

    input: Any
    config: RequestConfig | None = None
    context: Any = None

    @model_validator(mode="before")
    @classmethod
    def _context_of_config(cls, value: Any) -> Any:
        """Take the context from `configurable` if there is no other, as LangGraph's server does.

        Graphs of earlier versions of LangGraph have their settings there, with the same schema.
        """
        if not isinstance(value, dict):
            return value
        given = cast("dict[str, Any]", value)
        config = given.get("config")
        configurable = cast("dict[str, Any]", config).get("configurable") if isinstance(config, dict) else None
        if given.get("context") is not None or not isinstance(configurable, dict):
            return given
        settings = cast("dict[str, Any]", configurable)
        found = {name: settings[name] for name in cls.context_fields if name in settings}
        return {**given, "context": found} if found else given

    @classmethod
    def read(cls, value: Any) -> Self:
        """Return the validated request; raise `ValueError` with what does not fit, by name, if it is none."""
        try:
            return cls.model_validate(value, by_alias=True, by_name=True)
        except ValidationError as error:
            raise ValueError(what_is_wrong(error, cls)) from error
        except Exception as error:  # validators of the user's classes may raise anything
            raise ValueError(f"{type(error).__name__}: {str(error).partition(NEW_LINE)[0]}") from error

    def graph_input(self) -> Any:
        """Return the input as LangGraph takes it: of a state, only what was given."""
        given = self.input
        if isinstance(given, GivenFields):
            return given.given()
        if isinstance(given, BaseModel) and self.channels is not None:
            return {name: getattr(given, name) for name in given.model_fields_set if name in self.channels}
        return given

    def with_input(self, update: Mapping[str, Any]) -> Self:
        """Return a request with other values for some channels; raise `ValueError` if they do not fit."""
        return type(self).read({**dict(self), "input": {**self.graph_input(), **update}})

    def run_config(self) -> dict[str, Any]:
        """Return the config as LangGraph takes it."""
        return self.config.given() if self.config else {}

    def run_context(self) -> Any:
        """Return the graph's run context, as an instance of its context_schema."""
        return type(self).make_run_context(self.context)


class StateResult(GivenFields):
    """The result of a graph with a state: the fields of its output schema.

    The graph's own values are taken as they are, because LangGraph does not validate them, and they are paid for.
    """

    # JSON has no bytes, and what failed here would fail after everything has been paid.
    model_config = ConfigDict(extra="allow", ser_json_bytes="base64", val_json_bytes="base64")

    @classmethod
    def from_state(cls, state: Any) -> Self:
        values = cast("Mapping[str, Any]", state if isinstance(state, Mapping) else {})
        fields = {info.alias or name: name for name, info in cls.model_fields.items()}
        found = {fields[channel]: value for channel, value in values.items() if channel in fields}
        return cls.model_construct(set(found), **found)

    @model_validator(mode="before")
    @classmethod
    def _is_no_pause(cls, value: Any) -> Any:
        return refuse_pause(value, cls.model_fields)


class ValueResult(RootModel[Any]):
    """The result of a graph that returns one value, as an `@entrypoint` does: the value is `root`."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    @classmethod
    def from_state(cls, state: Any) -> Self:
        return cls.model_construct(state)

    @model_validator(mode="before")
    @classmethod
    def _is_no_pause(cls, value: Any) -> Any:
        return refuse_pause(value, ())


def refuse_pause(value: Any, fields: Collection[str]) -> Any:
    """Return the value; raise `ValueError` if it is a `Paused`, which a model without required fields would accept."""
    if not isinstance(value, dict) or set(fields) >= PAUSED_FIELDS:
        return cast("Any", value)
    if cast("dict[str, Any]", value).keys() >= PAUSED_FIELDS and value["outcome"] == "paused":
        raise ValueError(
            "This is a Paused and no result: the graph asks its questions. Give the client DurablePlugin, or read the "
            "result as `Paused`."
        )
    return cast("Any", value)


def what_is_wrong(error: ValidationError, request: type[GraphRequest]) -> str:
    """Return which fields of a request do not fit and why, without their values, which may be long or secret."""
    return " ".join(
        sentence_of(each["type"], each["loc"], each["msg"], request)
        for each in error.errors(include_url=False, include_input=False, include_context=False)
    )


def sentence_of(kind: str, place: tuple[int | str, ...], message: str, request: type[GraphRequest]) -> str:
    path = place_of(place)
    if kind == INSIDE:
        return f"{path}.{message}." if path else f"{message}."
    if kind in ("extra_forbidden", "unexpected_keyword_argument"):
        fields = fields_beside(place, request)
        message = "there is no such field" + (f"; the fields are {', '.join(fields)}" if fields else "")
    reason = message.removeprefix("Value error, ").removesuffix(".")
    return f"{path}: {reason}." if path else f"{reason}."


def place_of(parts: tuple[int | str, ...]) -> str:
    """Return a place in JSON, without the names of types, which pydantic adds for the parts of a union."""
    return ".".join(str(part) for part in parts if isinstance(part, int) or not set("[](){}") & set(part))


def fields_beside(place: tuple[int | str, ...], request: type[GraphRequest]) -> list[str]:
    """Return the fields that stand where an unknown one was given; none for a place deeper inside."""
    if len(place) == 1:
        return list(request.model_fields)
    if place[:-1] == ("input",):
        return sorted(request.channels or ())
    if place[:-1] == ("context",):
        return list(request.context_fields)
    return list(RequestConfig.model_fields) if place[:-1] == ("config",) else []
