"""The answers of models as the journal keeps them, so that each comes back as it was.

Most answers hold plain data. Some clients put objects into them: langchain-openai the parsed object of
`with_structured_output`, an instance of any class, and langchain-google-genai enums. Such an object is stored beside
its message. It comes back by the class that the current request names, or by an enum that is loaded, because stored
data must not say what is imported.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Any, cast

from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, Generation
from pydantic import BaseModel

from langgraph_heartbeat._serialising.differences import how_to_register
from langgraph_heartbeat._serialising.serialising import StrictSerializer, UnfitError, find_difference, full_name

INFO = "generation_info"
DEEPEST_PARAMETER = 4
"""How deep the parameters of a request are searched for classes."""


class RememberedGeneration(ChatGeneration):
    """An answer of the journal, whose message stays what it was when it was paid for.

    LangChain replaces the message of a cached answer by a copy that cost nothing; the results of a phase that was
    killed would differ from those of one that was not. After that it is a `ChatGeneration` like any other.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "message" and costs_nothing(value):
            object.__setattr__(self, "__class__", ChatGeneration)
        else:
            super().__setattr__(name, value)


def costs_nothing(message: object) -> bool:
    usage = message.usage_metadata if isinstance(message, AIMessage) else None
    return cast("Mapping[str, Any]", usage or {}).get("total_cost") == 0


def store_answers(
    generations: Sequence[Generation], parameters: Mapping[str, Any], serializer: StrictSerializer
) -> tuple[str, bytes]:
    """Return the storage format and the bytes; raise `UnfitError` for an answer that would not come back as it was.

    `parameters` are those of the request.
    """
    rows: list[list[Any]] = [
        [each.message if isinstance(each, ChatGeneration) else each.text, each.generation_info] for each in generations
    ]
    try:
        return serializer.dumps_typed(rows)
    except UnfitError:
        return serializer.dumps_typed(
            [without_objects(message, info, parameters, serializer) for message, info in rows]
        )


def restore_answers(
    stored: tuple[str, bytes], parameters: Mapping[str, Any], serializer: StrictSerializer
) -> list[Generation]:
    """Return the answers that `store_answers` stored; raise `UnfitError` if the request names a class no longer."""
    answers = list[Generation]()
    for message, plain_info, *objects in serializer.loads_typed(stored):
        if not isinstance(message, BaseMessage):
            answers.append(Generation(text=message, generation_info=plain_info))
            continue
        whole: dict[str, Any] = {**vars(message), INFO: plain_info}
        for path, module, qualname, content in objects[0] if objects else ():
            value = restored_object(module, qualname, content, message.text, parameters)
            container: Any = whole
            for part in path[:-1]:
                container = container[part]
            container[path[-1]] = value
        info = whole.pop(INFO)
        answers.append(RememberedGeneration(message=message.model_copy(update=whole), generation_info=info))
    return answers


def without_objects(
    message: BaseMessage | str, info: Any, parameters: Mapping[str, Any], serializer: StrictSerializer
) -> list[Any]:
    """Return the row of an answer with the objects in it taken out, each described beside it with its path."""
    if isinstance(message, str):
        return [message, info]
    objects: list[list[Any]] = []

    def carve(value: Any, path: list[Any]) -> Any:
        kind = cast("type[Any]", type(value))
        if kind is dict:
            return {key: carve(part, [*path, key]) for key, part in value.items()}
        if kind is list:
            return [carve(part, [*path, number]) for number, part in enumerate(value)]
        if isinstance(value, BaseModel | Enum) and not is_storable(value, serializer):
            objects.append([path, *description_of(value, message.text, parameters)])
            return None
        return value

    plain = {field: carve(value, [field]) for field, value in vars(message).items()}
    info = carve(info, [INFO])
    return [message.model_copy(update=plain), info, objects]


def is_storable(value: object, serializer: StrictSerializer) -> bool:
    try:
        serializer.dumps_typed(value)
    except UnfitError:
        return False
    return True


def description_of(value: BaseModel | Enum, text: str, parameters: Mapping[str, Any]) -> list[Any]:
    """Return the class of an object and what makes the object from it, of which it is proven that it does."""
    kind = type(value)
    module, qualname = kind.__module__, kind.__qualname__
    if isinstance(value, Enum):
        if loaded_enum(module, qualname) is kind:
            return [module, qualname, value.name]
        raise UnfitError(f"{full_name(kind)}, an enum that is not defined at the top of a module")
    if requested_class(module, qualname, parameters) is not kind:
        raise UnfitError(f"{full_name(kind)}, which its request does not name. {how_to_register(kind)}")
    for json in candidates(value, text):
        if is_made_by(value, text if json is None else json):
            return [module, qualname, json]
    raise UnfitError(f"{full_name(kind)}, which would not come back from its JSON unchanged")


def candidates(value: BaseModel, text: str) -> Iterable[str | None]:
    """Return JSON from which the object may come back. None is the text of the answer, which the client parsed."""
    if text:
        yield None
    for by_alias in (True, False):
        try:
            yield value.model_dump_json(by_alias=by_alias, round_trip=True, warnings=False)
        except Exception as error:  # a field holds what JSON cannot say, or a serializer of the class raises anything
            raise UnfitError(f"{full_name(type(value))}, which cannot be written as JSON: {error}") from error


def is_made_by(value: BaseModel, json: str) -> bool:
    try:
        again = make(type(value), json)
    except UnfitError:
        return False
    return not find_difference(value, again) and (value == again or repr(value) == repr(again))


def restored_object(
    module: str, qualname: str, content: str | None, text: str, parameters: Mapping[str, Any]
) -> BaseModel | Enum:
    if kind := requested_class(module, qualname, parameters):
        return make(kind, text if content is None else content)
    if (enum := loaded_enum(module, qualname)) and content is not None and content in enum.__members__:
        return enum[content]
    raise UnfitError(f"{module}.{qualname}, which the request does not name any longer")


def make(kind: type[BaseModel], json: str) -> BaseModel:
    try:
        return kind.model_validate_json(json)
    except Exception as error:  # validators of the class may raise anything
        raise UnfitError(f"{full_name(kind)}, which cannot be made from the JSON of the answer: {error}") from error


def requested_class(module: str, qualname: str, parameters: Mapping[str, Any]) -> type[BaseModel] | None:
    """Return the class of this name among the parameters of a request, such as `response_format`."""

    def search(value: Any, depth: int) -> type[BaseModel] | None:
        if isinstance(value, type):
            same = (value.__module__, value.__qualname__) == (module, qualname)
            return value if same and issubclass(value, BaseModel) else None
        if depth == DEEPEST_PARAMETER or not isinstance(value, dict | list | tuple):
            return None
        inside = cast("dict[Any, Any]", value).values() if isinstance(value, dict) else cast("list[Any]", value)
        return next((found for part in inside if (found := search(part, depth + 1))), None)

    return search(dict(parameters), 0)


def loaded_enum(module: str, qualname: str) -> type[Enum] | None:
    """Return an enum that is loaded already. Nothing is imported, and looking a member up calls no code."""
    found: object = sys.modules.get(module)
    for part in qualname.split("."):
        found = getattr(found, "__dict__", {}).get(part)
    return found if isinstance(found, type) and issubclass(found, Enum) else None


def tokens_of(generations: Sequence[Generation]) -> int:
    messages = [each.message for each in generations if isinstance(each, ChatGeneration)]
    usages = [message.usage_metadata for message in messages if isinstance(message, AIMessage)]
    return sum(usage["total_tokens"] for usage in usages if usage)
