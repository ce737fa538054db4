"""The types of channels as JSON has them: a chat message may have any form, and what pydantic cannot check is Any."""

import dataclasses
import sys
import types
from collections.abc import Mapping, Sequence
from inspect import isclass, signature
from typing import Annotated, Any, NotRequired, Required, Union, cast, get_args, get_origin, get_type_hints

from langchain_core.messages import BaseMessage
from langgraph.channels import BinaryOperatorAggregate
from langgraph.channels.base import BaseChannel
from pydantic import (
    BaseModel,
    BeforeValidator,
    PlainSerializer,
    TypeAdapter,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic.errors import PydanticSchemaGenerationError, PydanticUserError
from pydantic_core import PydanticCustomError
from typing_extensions import ReadOnly, TypedDict, is_typeddict

from .chat_messages import as_list, message_like
from .derived import INSIDE, place_of

Channel = BaseChannel[Any, Any, Any]

QUALIFIERS = (Required, NotRequired, ReadOnly)
CONTAINERS = (list, Sequence, tuple, dict, Mapping)


def same(given: Any) -> Any:
    return given


def as_it_is(annotation: Any) -> Any:
    """Return a type that reads JSON as `annotation` if that is possible, and writes every value as what it is."""

    def read(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        try:
            return handler(value)
        except ValidationError:
            return value

    return Annotated[known_to_pydantic(annotation), WrapValidator(read), PlainSerializer(same, return_type=Any)]


def accepted(hint: Any, channel: Channel | None = None) -> Any:
    """Return the type of the values that a channel accepts: that of its reducer's second argument, too."""
    annotation = known_to_pydantic(with_messages(hint, channel))
    if not isinstance(channel, BinaryOperatorAggregate) or is_message_reducer(channel):
        return annotation
    try:
        parameters = signature(channel.operator).parameters
        update = get_type_hints(channel.operator).get(list(parameters)[1], annotation)
    except (TypeError, ValueError, NameError, IndexError):  # builtins say nothing
        return annotation
    update = known_to_pydantic(with_messages(update))
    return annotation if update is annotation else Union[annotation, update]  # noqa: UP007 - they are values


def with_messages(hint: Any, channel: Channel | None = None, inside: tuple[Any, ...] = ()) -> Any:
    """Return a type in which each chat message may have any form; the type itself if it has none.

    `inside` are the types in which it lies, because a type may contain itself.
    """
    if channel is not None and is_message_reducer(channel):
        return list_of(message_like())
    hint = unqualified(hint)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        inner = with_messages(arguments[0], None, inside)
        return hint if inner is unqualified(arguments[0]) else inner
    if origin in (Union, types.UnionType):
        return union_with_messages(hint, arguments, inside)
    if isclass(hint):
        return hint if hint in inside else class_with_messages(hint, (*inside, hint))
    return container_with_messages(hint, inside) if origin in CONTAINERS else hint


def is_channel(value: object) -> bool:
    """Return whether this is a channel of a graph, and no value that LangGraph manages itself."""
    return isinstance(value, BaseChannel)


def list_of(message: Any) -> Any:
    return Annotated[list[message], BeforeValidator(as_list)]


def container_with_messages(hint: Any, inside: tuple[Any, ...]) -> Any:
    origin: Any = get_origin(hint)
    arguments = get_args(hint)
    rewritten = [with_messages(each, None, inside) for each in arguments]
    if all(new is unqualified(old) for new, old in zip(rewritten, arguments, strict=True)):
        return hint
    return list_of(rewritten[0]) if origin in (list, Sequence) else origin[tuple(rewritten)]


def typed_dict_with_messages(hint: Any, inside: tuple[Any, ...]) -> Any:
    hints = get_type_hints(hint, include_extras=True)
    fields = {name: with_messages(each, None, inside) for name, each in hints.items()}
    changed = any(fields[name] is not unqualified(each) for name, each in hints.items())
    # Before Python 3.12, pydantic accepts those of `typing_extensions` alone.
    if not changed and not (sys.version_info < (3, 12) and type(hint).__module__ == "typing"):
        return hint
    required: frozenset[str] = hint.__required_keys__
    qualified = {name: Required[each] if name in required else NotRequired[each] for name, each in fields.items()}
    return TypedDict(hint.__name__, qualified)  # pyright: ignore[reportGeneralTypeIssues, reportArgumentType, reportUnknownVariableType]


def class_with_messages(hint: Any, inside: tuple[Any, ...]) -> Any:
    if issubclass(hint, BaseMessage):
        return message_like(hint)
    if is_typeddict(hint):
        return typed_dict_with_messages(hint, inside)
    if issubclass(hint, BaseModel) or dataclasses.is_dataclass(hint):
        return model_with_messages(hint, inside)
    return hint


def model_with_messages(hint: Any, inside: tuple[Any, ...]) -> Any:
    """Return the type of a model or a dataclass whose fields get their messages before it validates them."""
    try:
        hints = {name: each for name, each in get_type_hints(hint, include_extras=True).items() if name[0] != "_"}
    except (NameError, TypeError):  # it names a class that exists for type checkers alone
        return hint
    adapters = adapters_of(hints, {}, inside)

    def prepare(value: Any) -> Any:
        return with_adapted(cast("dict[str, Any]", value), adapters) if isinstance(value, dict) else value

    return Annotated[hint, BeforeValidator(prepare)] if adapters else hint


def adapters_of(
    hints: Mapping[str, Any], channels: Mapping[str, Channel], inside: tuple[Any, ...] = ()
) -> dict[str, TypeAdapter[Any]]:
    """Return what coerces the messages in fields of these types, for the fields that have some."""
    found: dict[str, TypeAdapter[Any]] = {}
    for name, hint in hints.items():
        annotation = with_messages(hint, channels.get(name), inside)
        if annotation is not unqualified(hint) and known_to_pydantic(annotation) is annotation:
            found[name] = TypeAdapter(annotation)
    return found


def with_adapted(given: Mapping[str, Any], adapters: Mapping[str, TypeAdapter[Any]]) -> dict[str, Any]:
    """Return the fields, each validated by its adapter if it has one."""
    adapted = dict(given)
    for name in given.keys() & adapters.keys():
        try:
            adapted[name] = adapters[name].validate_python(given[name])
        except ValidationError as error:  # pydantic does not join the place inside to that of the field itself
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            place = place_of((name, *first["loc"]))
            separator = "." if first["type"] == INSIDE else ": "
            raise found_inside(f"{place}{separator}{first['msg'].removesuffix('.')}") from None
    return adapted


def found_inside(reason: str) -> PydanticCustomError:
    return PydanticCustomError(INSIDE, "{reason}", {"reason": reason})


def union_with_messages(hint: Any, members: Sequence[Any], inside: tuple[Any, ...]) -> Any:
    rewritten = [with_messages(each, None, inside) for each in members]
    if all(new is unqualified(old) for new, old in zip(rewritten, members, strict=True)):
        return hint
    messages = [each for each in members if is_message(each)]
    if not messages:
        return Union[tuple(rewritten)]  # noqa: UP007 - they are values
    # `AnyMessage | dict | str`: the other forms are forms of a message.
    others = [each for each in members if not is_message(each) and not may_be_message(each)]
    message = with_messages(messages[0]) if len(messages) == 1 else message_like()
    return Union[(message, *others)] if others else message


def is_message(hint: Any) -> bool:
    """Return whether a type is a class of messages, or a union of them such as `AnyMessage`."""
    hint = unqualified(hint)
    if get_origin(hint) is Annotated:
        return is_message(get_args(hint)[0])
    if get_origin(hint) in (Union, types.UnionType):
        return any(is_message(each) for each in get_args(hint))
    return isclass(hint) and issubclass(hint, BaseMessage)


def may_be_message(hint: Any) -> bool:
    return (get_origin(hint) or hint) in (dict, str, list, tuple, Mapping, Sequence, Any)


def unqualified(hint: Any) -> Any:
    """Return the type in `Required[...]` and the like, which may stand in `Annotated[...]`, too."""
    while get_origin(hint) in QUALIFIERS:
        hint = get_args(hint)[0]
    if get_origin(hint) is Annotated and get_origin(get_args(hint)[0]) in QUALIFIERS:
        qualified, *metadata = get_args(hint)
        return Annotated[(unqualified(qualified), *metadata)]  # pyright: ignore[reportReturnType]
    return hint


def is_message_reducer(channel: Channel) -> bool:
    """Return whether the reducer of a channel is LangGraph's `add_messages`, perhaps with arguments."""
    reducer: Any = getattr(channel, "operator", getattr(channel, "reducer", None))
    reducer = getattr(reducer, "func", reducer)  # a partial
    module, name = getattr(reducer, "__module__", ""), getattr(reducer, "__name__", "")
    return module.startswith("langgraph.") and "messages" in name


def known_to_pydantic(annotation: Any) -> Any:
    """Return a type that pydantic can validate: Any in place of one that it cannot."""
    try:
        adapter = TypeAdapter(
            annotation, config=None if has_own_config(annotation) else {"arbitrary_types_allowed": True}
        )
    except (PydanticSchemaGenerationError, PydanticUserError, TypeError, NameError):
        return Any
    return annotation if adapter.pydantic_complete else Any  # it names a class that exists for type checkers alone


def has_own_config(annotation: Any) -> bool:
    """Return whether pydantic refuses a config for this type, because it has one."""
    kind: Any = unqualified(annotation)
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    return isclass(kind) and (issubclass(kind, BaseModel) or dataclasses.is_dataclass(kind) or is_typeddict(kind))
