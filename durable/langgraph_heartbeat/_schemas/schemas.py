"""The request and the result of a graph, as pydantic models that are derived from the graph's own schemas.

LangGraph validates neither: a field of a wrong type is found by the node that reads it, or by nobody. The derived
request names it before anything is paid. It accepts what LangGraph accepts (a state without some of its fields, and a
single message or a text where a list of messages is meant) and refuses fields that the graph does not have.
"""

import dataclasses
import re
from collections.abc import Callable, Mapping
from inspect import isclass, signature
from typing import Annotated, Any, Required, cast, get_args, get_origin, get_type_hints

from langgraph.constants import START
from langgraph.pregel import Pregel
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    PlainSerializer,
    create_model,
)
from typing_extensions import ReadOnly, is_typeddict

from langgraph_heartbeat._run_config import checked

from .derived import GivenFields, GraphRequest, RequestConfig, StateResult, ValueResult
from .schema_types import (
    Channel,
    accepted,
    adapters_of,
    as_it_is,
    found_inside,
    is_channel,
    known_to_pydantic,
    same,
    with_adapted,
    with_messages,
)

AnyPregel = Pregel[Any, Any, Any, Any]
Fields = dict[str, tuple[Any, Any]]
"""The fields of a model that is to be made: the type and the default of each, by its name."""

RESERVED_NAMES = frozenset(name for name in dir(StateResult) if not name.startswith("_"))
"""Names of methods, which no field may have."""


def request_of(graph: AnyPregel, title: str, *, with_context: bool) -> type[GraphRequest]:
    """Return the request of a graph. With `with_context`, the context is made elsewhere: any is accepted."""
    annotation, channels = input_of_graph(graph, f"{title}Input")
    context, build = (Any, same) if with_context else context_of(graph, f"{title}Context")
    default: Any = Field(default=None) if context is Any else Field(default={}, validate_default=True)
    model = create_model(
        f"{title}Request",
        __base__=GraphRequest,
        __module__=__name__,
        input=(annotation, ...),
        config=(Annotated[RequestConfig | None, AfterValidator(usable_config)], None),
        context=(context, default),
    )
    model.channels, model.make_run_context = channels, staticmethod(build)
    model.context_fields = () if context is Any else fields_of_context(graph.context_schema)
    return model


def usable_config(config: RequestConfig | None) -> RequestConfig | None:
    """Return a config that a phase accepts; raise `ValueError` for any other."""
    try:
        checked(config.given() if config else None)
    except TypeError as error:
        raise ValueError(str(error)) from error
    return config


# --- The input ---


def input_of_graph(graph: AnyPregel, title: str) -> tuple[Any, frozenset[str] | None]:
    """Return the type of a graph's input, and the channels that it may have; None if it is one value."""
    builder: Any = getattr(graph, "builder", None)
    if builder is None:
        hint = hint_of_entrypoint(graph) if is_entrypoint(graph) else Any
        if is_typeddict(hint):
            names = list(get_type_hints(hint))
            return fields_model(title, hint, dict.fromkeys(names)), frozenset(names)
        return known_to_pydantic(with_messages(hint)), None
    schema: Any = builder.input_schema
    channels = channels_of(builder, schema)
    if "__root__" in channels:
        return known_to_pydantic(with_messages(schema, channels["__root__"])), None
    if isclass(schema) and issubclass(schema, BaseModel):
        return model_type(schema, channels), frozenset(channels)
    return fields_model(title, schema, channels), frozenset(channels)


def channels_of(builder: Any, schema: Any) -> dict[str, Channel]:
    """Return the channels of a schema, without the values that LangGraph manages itself."""
    channels: dict[str, Any] = builder.schemas[schema]
    return {name: channel for name, channel in channels.items() if is_channel(channel)}


def fields_model(title: str, schema: Any, channels: Mapping[str, Channel | None]) -> type[GivenFields]:
    """Return a model of a TypedDict or a dataclass, whose fields may be missing if LangGraph allows that."""
    hints = get_type_hints(schema, include_extras=True)
    required = required_fields(schema, hints)
    fields = named_fields(
        {
            name: (accepted(constrained(schema, name, hints[name]), channel), ... if name in required else None)
            for name, channel in channels.items()
        }
    )
    return create_model(title, __base__=GivenFields, __module__=__name__, **cast("dict[str, Any]", fields))


def constrained(schema: Any, name: str, hint: Any) -> Any:
    """Return the type of a field with its constraints, which a dataclass of pydantic keeps beside the type."""
    info = getattr(schema, "__pydantic_fields__", {}).get(name)
    return Annotated[(hint, *info.metadata)] if info is not None and info.metadata else hint


def required_fields(schema: Any, hints: Mapping[str, Any]) -> set[str]:
    """Return the fields without which a graph fails.

    They are the fields of a dataclass without a default, and those that a TypedDict explicitly marks as `Required`. A
    node gets a TypedDict with the keys that are there, and in many graphs it writes the others itself.
    """
    if of_pydantic := getattr(schema, "__pydantic_fields__", None):
        return {name for name, info in of_pydantic.items() if info.is_required()}
    if dataclasses.is_dataclass(schema):
        missing = dataclasses.MISSING
        return {
            each.name
            for each in dataclasses.fields(schema)
            if each.init and each.default is missing and each.default_factory is missing
        }
    return {name for name, hint in hints.items() if is_required(hint)}


def is_required(hint: Any) -> bool:
    if get_origin(hint) is Required:
        return True
    return get_origin(hint) in (Annotated, ReadOnly) and is_required(get_args(hint)[0])


def named_fields(fields: Fields) -> Fields:
    """Return the fields with names that pydantic allows; the name of the channel is then the alias."""
    named: Fields = {}
    for channel, (annotation, default) in fields.items():
        name = channel.lstrip("_")
        while name in RESERVED_NAMES or not name or (name != channel and name in fields):
            name += "_"
        named[name] = (annotation, default if name == channel else Field(default=default, alias=channel))
    return named


def model_type(schema: type[BaseModel], channels: Mapping[str, Channel]) -> Any:
    """Return the type of a pydantic model of the user's, whose messages are coerced before it validates them."""
    known = set(channels) | {info.alias for info in schema.model_fields.values() if info.alias}
    hints = get_type_hints(schema, include_extras=True)
    adapters = adapters_of({name: hints[name] for name in channels if name in schema.model_fields}, channels)

    def prepare(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        given = cast("dict[str, Any]", value)
        if unknown := sorted(given.keys() - known):
            fields = ", ".join(sorted(channels))
            raise found_inside(f"{unknown[0]}: there is no such field; the fields are {fields}")
        return with_adapted(given, adapters)

    return Annotated[schema, BeforeValidator(prepare), PlainSerializer(given_of, when_used="json")]


def given_of(value: BaseModel) -> dict[str, Any]:
    """Return the fields of a state that were given, so that values keep the fields of their own classes."""
    return {name: getattr(value, name) for name in type(value).model_fields if name in value.model_fields_set}


# --- The context ---


def context_of(graph: AnyPregel, title: str) -> tuple[Any, Callable[[Any], Any]]:
    """Return the type of a graph's context, and the function that makes the run context from what was given."""
    schema: Any = graph.context_schema
    if schema is None:
        return Any, same
    if isclass(schema) and issubclass(schema, BaseModel):
        return Annotated[schema, BeforeValidator(or_nothing)], same
    model = fields_model(title, schema, dict.fromkeys(fields_of_context(schema)))

    def build(given: Any) -> Any:
        if dataclasses.is_dataclass(schema):
            return cast("Any", schema)(**given.given())
        return given.given() or None  # LangGraph passes no context where none is given

    def check(given: GivenFields) -> GivenFields:
        try:
            build(given)
        except Exception as error:  # the code of the user's class may raise anything
            raise ValueError(f"{type(error).__name__}: {str(error).partition(chr(10))[0]}") from error
        return given

    return Annotated[model, BeforeValidator(or_nothing), AfterValidator(check)], build


def or_nothing(given: Any) -> Any:
    """Return an empty context for null, as for a context that is left out."""
    return {} if given is None else given


def fields_of_context(schema: Any) -> list[str]:
    if isclass(schema) and issubclass(schema, BaseModel):
        return list(schema.model_fields)
    if dataclasses.is_dataclass(schema):
        return [each.name for each in dataclasses.fields(schema) if each.init]
    return list(get_type_hints(schema))


# --- The result ---


def result_of(graph: AnyPregel, title: str) -> type[StateResult | ValueResult]:
    """Return the result of a graph: the fields of its output schema, or one value."""
    builder: Any = getattr(graph, "builder", None)
    name = f"{title}Result"
    if builder is None:
        return one_value(name, hint_of_entrypoint(graph, "return") if is_entrypoint(graph) else Any)
    schema: Any = builder.output_schema
    channels = channels_of(builder, schema)
    if "__root__" in channels:
        return one_value(name, schema, channels["__root__"])
    hints = get_type_hints(schema, include_extras=True)
    fields = named_fields({name: (as_it_is(with_messages(hints[name], each)), None) for name, each in channels.items()})
    return create_model(name, __base__=StateResult, __module__=__name__, **cast("dict[str, Any]", fields))


def one_value(name: str, hint: Any, channel: Channel | None = None) -> type[ValueResult]:
    annotation = as_it_is(with_messages(hint, channel))
    return create_model(name, __base__=ValueResult, __module__=__name__, root=(annotation, ...))


# --- What a function and a graph say of themselves ---


def is_entrypoint(graph: AnyPregel) -> bool:
    """Return whether a graph is an `@entrypoint`, and neither of a `StateGraph` nor made of channels by hand."""
    return not hasattr(graph, "builder") and graph.input_channels == START


def hint_of_entrypoint(graph: AnyPregel, parameter: str = "") -> Any:
    """Return the annotation of the first parameter of an `@entrypoint`, or of what it returns; Any without one."""
    for node in graph.nodes.values():
        bound: Any = node.bound
        function: Any = getattr(bound, "func", None) or getattr(bound, "afunc", None)
        try:
            hints = get_type_hints(function, include_extras=True)
            parameter = parameter or next(iter(signature(function).parameters))
        except (TypeError, NameError, ValueError):  # a name that exists for type checkers alone
            return Any
        return value_of_final(hints.get(parameter, Any))
    return Any


def value_of_final(hint: Any) -> Any:
    """Return the type of the value in `entrypoint.final[value, saved]`."""
    kind: Any = get_origin(hint) or hint
    if getattr(kind, "__qualname__", "") != "entrypoint.final":
        return hint
    return (get_args(hint) or (Any,))[0]


def title_of(name: str) -> str:
    """Return the name of a graph as that of a class: "AnswerPlainly" of "answer plainly"."""
    words = re.findall(r"[A-Za-z0-9]+", name)
    title = "".join(word[0].upper() + word[1:] for word in words)
    return title if title and not title[0].isdigit() else f"Graph{title}"
