"""Chat messages from JSON: every form in which LangGraph's users write a message becomes a message of LangChain's.

| form | example |
|---|---|
| a role and a content | `{"role": "user", "content": "hi"}` |
| a pair | `["user", "hi"]` |
| a text | `"hi"`, which is a message of the user |
| what a message dumps | `{"type": "human", "content": "hi"}` |
| what `message_to_dict` makes | `{"type": "human", "data": {...}}` |
| what `langchain_core.load.dumpd` makes | `{"lc": 1, "type": "constructor", "id": [...], "kwargs": {...}}` |

The content may be a list of blocks with images, audio or files.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated, Any, cast

from langchain_core.messages import (
    AnyMessage,
    BaseMessage,
    RemoveMessage,
    convert_to_messages,
)
from pydantic import PlainSerializer, PlainValidator, TypeAdapter, ValidationError, WithJsonSchema
from pydantic_core import PydanticCustomError

ROLES_OF_PAIRS = frozenset(("user", "human", "assistant", "ai", "system", "developer"))
"""Roles whose messages need no more than a content."""
ROLES = "user, assistant, system, developer or tool"
FORMS = '{"role": "user", "content": "hi"}, ["user", "hi"] or "hi"'
MESSAGE_SCHEMA: dict[str, Any] = {
    "title": "Message",
    "description": f"A chat message: {FORMS}. The role is {ROLES}.",
    "anyOf": [{"type": "object"}, {"type": "string"}, {"type": "array"}],
}
ANY_MESSAGE: TypeAdapter[BaseMessage] = TypeAdapter(AnyMessage)


def message_like(kind: type[BaseMessage] = BaseMessage) -> Any:
    """Return the type of a message of this class, which is made of each form and written with all its fields."""
    validator: Callable[[Any], BaseMessage] = partial(message_of, kind=kind)
    return Annotated[
        Any,
        PlainValidator(validator),
        PlainSerializer(plain_message, when_used="json"),
        WithJsonSchema(MESSAGE_SCHEMA),
    ]


def plain_message(message: Any) -> Any:
    """Return a message as JSON: with the fields of its own class, and not only those of the class that was declared."""
    return message.model_dump(mode="json") if isinstance(message, BaseMessage) else message


def message_of(value: Any, kind: type[BaseMessage] = BaseMessage) -> BaseMessage:
    """Return the message that a value stands for; raise `PydanticCustomError` if it stands for none."""
    try:
        message = value if isinstance(value, BaseMessage) else converted(value)
    except (ValueError, TypeError, KeyError, NotImplementedError) as error:
        raise not_a_message(reason_of(error, value)) from None
    if not isinstance(message, kind):
        raise not_a_message(f"it is a {type(message).__name__}, and a {kind.__name__} is expected")
    return message


def not_a_message(reason: str) -> PydanticCustomError:
    return PydanticCustomError("message", "This is no chat message: {reason}.", {"reason": reason})


def converted(value: Any) -> BaseMessage:
    fields = dumped(cast("dict[str, Any]", value)) if isinstance(value, dict) else {}
    kind = fields.get("type")
    if kind == "remove" and "id" in fields:
        return RemoveMessage(id=fields["id"])
    if isinstance(kind, str) and "role" not in fields:
        try:  # `convert_to_messages` alone would move the usage and other fields of an answer to `additional_kwargs`
            return ANY_MESSAGE.validate_python(fields)
        except ValidationError:  # for example tool calls as OpenAI writes them, which it takes
            return convert_to_messages([fields])[0]
    return convert_to_messages([fields or cast("Any", value)])[0]


def dumped(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a message with its type among them, without the envelope of `dumpd` or `message_to_dict`."""
    kind = fields.get("type")
    if fields.get("lc") == 1 and isinstance(fields.get("kwargs"), dict):
        names: list[str] = fields.get("id") or [""]
        return {"type": TYPES_OF_CLASSES.get(names[-1], names[-1]), **fields["kwargs"]}
    if isinstance(kind, str) and isinstance(fields.get("data"), dict) and "content" not in fields:
        return {"type": kind, **fields["data"]}
    return fields


TYPES_OF_CLASSES = {
    f"{name}Message{chunk}": kind
    for name, kind in {
        "Human": "human",
        "AI": "ai",
        "System": "system",
        "Tool": "tool",
        "Function": "function",
        "Chat": "chat",
        "Remove": "remove",
    }.items()
    for chunk in ("", "Chunk")
}
"""The types of messages by the names of their classes. Nothing is imported by a name that a client sends."""


def reason_of(error: Exception, value: Any) -> str:
    """Return what is wrong with a message, without its content, which may be long or secret."""
    if isinstance(value, dict):
        return reason_of_fields(error, dumped(cast("dict[str, Any]", value)))
    if isinstance(value, list | tuple):
        return f"a list that is a message has two parts, a role and a content, as in {FORMS}"
    return f"it is of the type {type(value).__name__}. Write {FORMS}"


def reason_of_fields(error: Exception, fields: dict[str, Any]) -> str:
    role = fields.get("role", fields.get("type"))
    if role is None:
        return f"it has no 'role'. Write {FORMS}"
    if "content" not in fields:
        return "it has no 'content'"
    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
    if isinstance(error, KeyError):  # a tool's message without its tool_call_id
        return f"it has no {error}"
    if "Unexpected message type" in str(error):
        return f"it has the unknown role {role!r}. The roles are {ROLES}"
    return str(error).partition("\n")[0].removesuffix(".")


def as_list(value: Any) -> Any:
    """Return a list of messages where a single one was given, as LangGraph's `add_messages` takes it."""
    if isinstance(value, str | dict | BaseMessage):
        return [cast("object", value)]
    return [value] if is_pair(value) else value


def is_pair(value: Any) -> bool:
    """Return whether a list is one message, `["user", "hi"]`, and no list of two texts."""
    if not isinstance(value, list | tuple) or len(pair := cast("Sequence[Any]", value)) != 2:
        return False
    return isinstance(pair[0], str) and pair[0] in ROLES_OF_PAIRS and isinstance(pair[1], str | list)
