"""The data of streamed events as JSON: how a worker writes it, and how a client reads it.

Messages come back as LangChain's messages and message chunks. Other models come back as dicts, and what JSON cannot
hold comes back as its `repr`.
"""

import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, cast

from langchain_core.messages import AnyMessage, BaseMessage
from pydantic import ConfigDict, TypeAdapter, ValidationError

MESSAGE = "__message__"
"""The only key of the dict that stands for a message."""
COMPARED = ("type", "content", "name", "tool_calls", "tool_call_chunks", "tool_call_id")
"""What a client shows of a message. Its id, its usage and what the provider says differ each time it is asked for."""

_messages: TypeAdapter[BaseMessage] = TypeAdapter(AnyMessage)
_json: TypeAdapter[Any] = TypeAdapter(Any, config=ConfigDict(ser_json_inf_nan="strings"))


def encode(value: Any) -> tuple[Any, int]:
    """Return the JSON values that stand for `value`, and their size in bytes as JSON."""
    encoded = _json.dump_json(plain(value))
    return json.loads(encoded), len(encoded)


def plain(value: Any) -> Any:
    """Return `value` with messages as dicts that `decode` recognises, and everything else as JSON has it."""
    if isinstance(value, BaseMessage):
        fields = value.model_dump(mode="json", exclude_defaults=True, fallback=repr)
        return {MESSAGE: {**fields, "type": value.type, "content": to_plain(value.content)}}
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in cast("dict[Any, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in cast("list[Any]", value)]
    return to_plain(value)


def to_plain(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode(errors="replace").decode()  # a lone surrogate cannot be sent
    return _json.dump_python(value, mode="json", fallback=repr)


def decode(value: Any) -> Any:
    """Return what `encode` was given, with messages as messages; a message that cannot be one stays a dict."""
    if isinstance(value, list):
        return [decode(each) for each in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    fields = cast("dict[str, Any]", value)
    if fields.keys() == {MESSAGE}:
        try:
            return _messages.validate_python(fields[MESSAGE])
        except (ValidationError, TypeError):
            return fields
    return {key: decode(each) for key, each in fields.items()}


def digest(value: Any) -> bytes:
    """Return a digest of encoded data that is equal for what looks equal to a person, whatever its messages' ids."""
    return blake2b(_json.dump_json(comparable(value)), digest_size=12).digest()


def comparable(value: Any) -> Any:
    if isinstance(value, list):
        return [comparable(each) for each in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    fields = cast("dict[str, Any]", value)
    if fields.keys() == {MESSAGE} and isinstance(fields[MESSAGE], Mapping):
        message = cast("dict[str, Any]", fields[MESSAGE])
        return [[name, message[name]] for name in COMPARED if name in message]
    return {key: comparable(fields[key]) for key in sorted(fields)}


def message_id(value: Any) -> str | None:
    """Return the id of the message that this encoded data is; None if it is none."""
    fields = cast("dict[str, Any]", value).get(MESSAGE) if isinstance(value, dict) else None
    return cast("dict[str, Any]", fields).get("id") if isinstance(fields, dict) else None


def message_text(value: Any) -> tuple[str, str] | None:
    """Return the type and the text of the message that this encoded data is; None if it is or holds anything else."""
    message = cast("dict[str, Any]", value).get(MESSAGE) if isinstance(value, dict) else None
    if not isinstance(message, dict):
        return None
    fields = cast("dict[str, Any]", message)
    kind, content = fields.get("type"), fields.get("content")
    if fields.get("tool_calls") or fields.get("tool_call_chunks"):
        return None
    return (kind, content) if isinstance(kind, str) and isinstance(content, str) else None


def with_message_id(value: Any, name: str) -> Any:
    """Return encoded data, which is a message, with another id of the message."""
    return {MESSAGE: {**value[MESSAGE], "id": name}}
