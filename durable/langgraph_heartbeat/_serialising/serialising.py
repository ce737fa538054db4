"""The serializer of checkpoints: it stores only values that come back unchanged, of types on an allowlist.

A checkpoint is untrusted input: somebody who can write heartbeats must not be able to make a worker import and call
code. So every type must be on the allowlist. But an allowlist alone changes values silently: a model inside `Any`
would come back as a dict, and an unlisted enum as an int. A value that would not come back unchanged is therefore
refused when it is stored, where the author of the graph sees it.
"""

from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from threading import get_ident
from typing import Any, cast

import ormsgpack
from langchain_core.messages.base import TextAccessor
from langgraph.checkpoint.serde._msgpack import SAFE_MSGPACK_TYPES
from langgraph.checkpoint.serde.event_hooks import SerdeEvent, emit_serde_event, register_serde_event_listener
from langgraph.checkpoint.serde.jsonplus import EXT_DELTA_SNAPSHOT, EXT_NUMPY_ARRAY, JsonPlusSerializer
from langgraph.checkpoint.serde.types import _DeltaSnapshot  # pyright: ignore[reportPrivateUsage] - to keep tuples in it

from .differences import PLAIN_TYPES, advice, class_at, find_difference, full_name, parts, type_of
from .forms import ALWAYS, FORMS, class_named, is_object, name_of_form, object_of, object_parts
from .model_cache import PLAINLY, ModelCache, reliable_signature_of, signature_of

TypeName = tuple[str, ...]
"""The name of a module and the name of a type in it."""

STORAGE_KINDS = frozenset({"null", "bytes", "bytearray", "msgpack"})
"""The storage formats that are read. LangGraph would also read JSON, and construct the objects that it names."""
TUPLE_EXTENSION_CODE = 100  # msgpack has no tuples; LangGraph's extension codes end below
FORM_EXTENSION_CODE = 101
OBJECT_EXTENSION_CODE = 102
EXACTLY = PLAINLY | ormsgpack.OPT_PASSTHROUGH_BIG_INT
BINARY_MARKERS = (b"\xc4", b"\xc5", b"\xc6")
"""The bytes with which msgpack begins bytes; without one, a value surely holds no bytearray."""
RAW_TYPES = PLAIN_TYPES | {list, dict, tuple}
NESTED_TOO_DEEP = "{} that is nested too deep, or contains itself. Store it flat, with names in place of what is inside"


class UnfitError(TypeError):
    """A value would not come back from a checkpoint unchanged. `reason` names its type and says what to do."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UnknownTypeError(ValueError):
    """A checkpoint holds a type that is not on the allowlist."""


class StrictSerializer(JsonPlusSerializer):
    """A serializer with an allowlist of types, whose values come back unchanged.

    Plain values are packed as they are. A model is stored in LangGraph's own form if it comes back unchanged from
    that, and otherwise by its attributes. Tuples, sets of tuples, dicts with any keys, large integers and the like are
    extensions. With a `cache`, a model that was stored before is not encoded and verified again.
    """

    def __init__(self, allowed: Iterable[TypeName] = (), cache: ModelCache | None = None) -> None:
        self._names, self._cache = frozenset(allowed), cache
        super().__init__(allowed_msgpack_modules=tuple(self._names) or None)
        self._langgraph_hook: Callable[[int, bytes], Any] = self._unpack_ext_hook
        self._unpack_ext_hook = self._unpack_extension

    def with_msgpack_allowlist(self, extra_allowlist: Iterable[TypeName | type]) -> "StrictSerializer":
        return StrictSerializer(self._names | {type_name_of(each) for each in extra_allowlist}, self._cache)

    def end_step(self) -> None:
        """Drop models from the cache, now and then, that have not been stored for a while."""
        if self._cache is not None:
            self._cache.end_step()

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """Return the storage format and the bytes; raise `UnfitError` if `obj` would not come back unchanged."""
        if obj is None or type_of(obj) in (bytes, bytearray):
            return super().dumps_typed(obj)
        try:
            return "msgpack", self._pack(obj)
        except TypeError:  # something in it is not plain in some way, or cannot be stored: find out what
            pass
        try:
            return "msgpack", self._pack_part_by_part(obj)
        except RecursionError as error:
            raise UnfitError(NESTED_TOO_DEEP.format(full_name(type_of(obj)))) from error

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        if data[0] not in STORAGE_KINDS:
            raise UnknownTypeError(f"it holds a value in the format {data[0]!r}, which this code does not write")
        try:
            return super().loads_typed(data)
        except RecursionError as error:
            raise ValueError("it holds a value that is nested too deep") from error

    def _pack(self, value: Any) -> bytes:
        """Return the bytes of a value, at the speed of C for what is plain; raise `TypeError` if that cannot be."""
        packed = ormsgpack.packb(value, default=self._extension, option=EXACTLY)
        if any(marker in packed for marker in BINARY_MARKERS) and has_mutable_bytes(value):
            raise TypeError("a bytearray would come back as bytes")
        return packed

    def _pack_part_by_part(self, value: Any) -> bytes:
        """Return the bytes of a value, whatever its parts are; raise `UnfitError` about one that cannot be stored."""
        packable = self._packable(value)
        try:
            return ormsgpack.packb(packable, option=ormsgpack.OPT_NON_STR_KEYS)
        except TypeError as error:
            raise UnfitError(NESTED_TOO_DEEP.format(full_name(type_of(value)))) from error

    def _packable(self, value: Any) -> Any:
        """Return a value with the parts that msgpack cannot express as extensions."""
        kind = type_of(value)
        if kind is list:
            return [self._packable(item) for item in value]
        if kind is dict and all(type(key) in PLAIN_TYPES and is_packable(key) for key in value):
            return {key: self._packable(item) for key, item in value.items()}
        if kind in PLAIN_TYPES and is_packable(value):
            return value
        return self._extension(value, self._pack_part_by_part)

    def _extension(self, value: Any, pack: Callable[[Any], bytes] | None = None) -> Any:
        """Return a value that is not plain as an extension of msgpack, whose parts are packed by `pack`."""
        if self._cache is not None and (stored := self._cache.get(value)) is not None:
            return stored
        kind, pack = type_of(value), pack or self._pack
        if kind is TextAccessor:  # LangChain's `message.text`: a str with a deprecated `__call__`
            return str.__str__(value)
        if kind is tuple:
            return ormsgpack.Ext(TUPLE_EXTENSION_CODE, pack(list(value)))
        if kind is _DeltaSnapshot:
            return ormsgpack.Ext(EXT_DELTA_SNAPSHOT, pack(value.value))
        if kind in ALWAYS:
            return self._in_form(value, kind.__name__, pack)
        stored, difference = self._in_langgraph_form(value)
        return stored or self._in_own_form(value, difference, pack)

    def _in_langgraph_form(self, value: Any) -> tuple[ormsgpack.Ext | None, str]:
        """Return how LangGraph stores a value; None and what changes, if anything is left, if that changes it."""
        try:
            packed = super().dumps_typed([value])
        except (TypeError, ValueError):  # ormsgpack raises TypeErrors
            return None, ""
        restored = unpack(packed[1], self._langgraph_hook)[0]
        form: Any = ormsgpack.unpackb(packed[1], ext_hook=lambda code, data: (code, data))[0]
        if type_of(form) is not tuple:  # LangGraph has no extension for it
            return None, find_difference(value, restored)
        stored, signature = ormsgpack.Ext(*form), reliable_signature_of(value)
        is_same = signature and type(restored) is type(value) and signature_of(restored) == signature
        if not is_same and (difference := find_difference(value, restored)):
            return None, difference
        self._keep(value, form[1] if signature == form[1] else signature, stored)  # equal bytes are held once
        return stored, ""

    def _in_own_form(self, value: Any, difference: str, pack: Callable[[Any], bytes]) -> ormsgpack.Ext:
        """Return how a value is stored that LangGraph would change; raise `UnfitError` if it cannot be."""
        kind = type_of(value)
        if form := name_of_form(value):
            return self._in_form(value, form, pack)
        if not (is_object(value) and self._is_allowed(kind.__module__, kind.__name__) and class_at(kind) is kind):
            raise UnfitError(difference or unstorable_reason(value))
        data = pack([kind.__module__, kind.__qualname__, object_parts(value)])
        if difference := find_difference(value, self._unpack_extension(OBJECT_EXTENSION_CODE, data)):
            raise UnfitError(difference)
        stored = ormsgpack.Ext(OBJECT_EXTENSION_CODE, data)
        self._keep(value, reliable_signature_of(value), stored)
        return stored

    def _keep(self, value: Any, signature: bytes, stored: ormsgpack.Ext) -> None:
        if self._cache is not None:
            self._cache.keep(value, signature, stored)

    def _in_form(self, value: Any, form: str, pack: Callable[[Any], bytes]) -> ormsgpack.Ext:
        try:
            stored = FORMS[form].parts_of(value)
        except TypeError as error:
            raise UnfitError(f"{full_name(type_of(value))}, which cannot be stored: {error}") from error
        return ormsgpack.Ext(FORM_EXTENSION_CODE, pack([form, stored]))

    def _is_allowed(self, module: str, name: str) -> bool:
        return (module, name) in self._names or (module, name) in SAFE_MSGPACK_TYPES

    def _unpack_extension(self, code: int, data: bytes) -> Any:
        if code not in (EXT_DELTA_SNAPSHOT, TUPLE_EXTENSION_CODE, FORM_EXTENSION_CODE, OBJECT_EXTENSION_CODE):
            value = self._langgraph_hook(code, data)
            if type_of(value) in RAW_TYPES:  # LangGraph returns the data of a class that is not there any more
                report_unreadable(
                    *ormsgpack.unpackb(data, ext_hook=ormsgpack.Ext, option=ormsgpack.OPT_NON_STR_KEYS)[:2]
                )
            # LangGraph's array cannot be written to.
            return value.copy(order="K") if code == EXT_NUMPY_ARRAY and value is not None else value
        # LangGraph's hook cannot read our extensions inside its own.
        stored = unpack(data, self._unpack_extension)
        if code == TUPLE_EXTENSION_CODE:
            return tuple(stored)
        if code == FORM_EXTENSION_CODE:
            return FORMS[stored[0]].made_of(stored[1])
        return _DeltaSnapshot(stored) if code == EXT_DELTA_SNAPSHOT else self._object_of(*stored)

    def _object_of(self, module: str, name: str, attributes: dict[str, Any]) -> Any:
        allowed = self._is_allowed(module, name.rpartition(".")[2])
        if allowed and (kind := class_named(module, name)) is not None:
            return object_of(kind, attributes)
        report_unreadable(module, name)
        return attributes

    def _unpack_langgraph_extension(self, code: int, data: bytes) -> Any:
        value = self._langgraph_hook(code, data)
        if type_of(value) in RAW_TYPES:  # LangGraph returns the data of a class that is not there any more
            report_unreadable(*unpack(data, ormsgpack.Ext)[:2])
        # LangGraph's array cannot be written to.
        return value.copy(order="K") if code == EXT_NUMPY_ARRAY and value is not None else value


def unpack(data: bytes, extension: Callable[[int, bytes], Any]) -> Any:
    return ormsgpack.unpackb(data, ext_hook=extension, option=ormsgpack.OPT_NON_STR_KEYS)


def report_unreadable(module: str, name: str) -> None:
    """Let `only_known_types` raise."""
    emit_serde_event({"kind": "msgpack_blocked", "module": module, "name": name})


def type_name_of(kind: TypeName | type) -> TypeName:
    return kind if isinstance(kind, tuple) else (kind.__module__, kind.__name__)


def is_packable(value: Any) -> bool:
    """Return whether msgpack can express a text or a number."""
    if type_of(value) is str:
        return not any("\ud800" <= character <= "\udfff" for character in value)
    return type_of(value) is not int or -(2**63) <= value < 2**64


def has_mutable_bytes(value: Any) -> bool:
    """Return whether there is a bytearray or memoryview in lists and dicts, which packs as if it were bytes."""
    kind = type_of(value)
    if kind is dict:
        value = cast("dict[Any, Any]", value).values()
    elif kind is not list:
        return kind is bytearray or kind is memoryview
    return not PLAIN_TYPES.issuperset(map(type, value)) and any(map(has_mutable_bytes, value))


def unstorable_reason(value: Any) -> str:
    """Return the type of the innermost part that LangGraph cannot store, and what to do about it."""
    for part in parts(value):
        try:
            JsonPlusSerializer().dumps_typed([part])
        except (TypeError, ValueError):
            return unstorable_reason(part)
    return f"{full_name(type_of(value))}, which cannot be stored{advice(value)}"


@contextmanager
def only_known_types() -> Generator[None]:
    """Raise `UnknownTypeError` if a value decoded here has an unlisted type, for which LangGraph returns raw data."""
    blocked: list[str] = []
    thread = get_ident()

    def note(event: SerdeEvent) -> None:
        if get_ident() == thread and "blocked" in event["kind"]:
            blocked.append(f"{event['module']}.{event['name']}")

    unregister = register_serde_event_listener(note)
    try:
        yield
    finally:
        unregister()
    if blocked:
        raise UnknownTypeError(f"it holds a {blocked[0]}, which is not registered, or no longer in that module")
