"""What a node is made of: its function, and the functions, classes, prompts and constants that this one uses.

Each of them is a `Part`, with its own content as lines of text and with the parts that it uses. The lines have no
addresses and no order that another process could have otherwise. What has no content that another process could
recognise is left out: functions in C, modules, models, clients and other instances with a state of their own.

Nodes may hold anything. So no code of theirs runs here: `type(value)` decides, because `isinstance` asks the value too,
and a proxy may raise then.
"""

import re
from collections.abc import Iterable, Mapping
from enum import Enum
from functools import partial
from types import FunctionType, MappingProxyType, MethodType, ModuleType
from typing import Any, NamedTuple, cast, get_args, get_origin

from langgraph.pregel import Pregel
from pydantic import BaseModel

from .bytecode import Code, read_code
from .instances import attributes_of, fields_of, fixed_attributes, is_setting, is_value, what_nodes_run
from .origin import is_installed, is_own, package_of
from .plain_values import as_bytes, digest_lines, name_of_key, plain_text

MAPPINGS, UNORDERED = frozenset({dict, MappingProxyType}), frozenset({set, frozenset})
CONTAINERS, FROZEN_CONTAINERS = (list, dict, set, bytearray), (tuple, frozenset, MappingProxyType)
MAX_DEPTH = 30
"""Maximum depth of tuples and other values in each other."""
MAX_ITEMS = 1000
"""Of a longer container, only its length counts: it is data, and reading it would take too long."""
GENERATED_SCHEMAS = "langchain_core.utils.pydantic"
SPECIAL = re.compile(r"_\w*_|_abc_impl")
"""Names in classes that Python and its libraries give to data of their own; some of it has no fixed order."""


class Part:
    """One piece of code: its own lines, and the parts that it uses, by how it refers to them."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.uses: list[tuple[str, Part]] = []
        self._own_digest: bytes | None = None

    @property
    def own_digest(self) -> bytes:
        """The digest of its lines alone. Read it once the part is complete."""
        if self._own_digest is None:
            self._own_digest = digest_lines(map(as_bytes, self.lines))
        return self._own_digest

    def digest(self) -> bytes:
        """Return the digest of this part and of all that it uses, directly or not."""
        links, found, unseen = set[bytes](), set[Part]([self]), list[Part]([self])
        while unseen:
            part = unseen.pop()
            for label, used in part.uses:
                links.add(part.own_digest + used.own_digest + as_bytes(label))
                if used not in found:
                    found.add(used)
                    unseen.append(used)
        return digest_lines([self.own_digest, *links])


class Scope(NamedTuple):
    """Which of the code that a value holds counts."""

    home: str | None = None
    """Code of this package and of no installed one; None: all code."""
    runs_tools: bool = True
    """Whether a tool is run there; where it is only offered to a model, its description counts and not its function."""


class Parts:
    """Reads parts, each of them once, also if many nodes use it.

    Graphs in `left_out` are not read. `homes` are the packages of the nodes: they are the user's, even if installed.
    """

    def __init__(self, left_out: Iterable[object] = (), homes: Iterable[str] = ()) -> None:
        self._parts: dict[tuple[int, Scope], Part] = {}
        self._unread: list[tuple[Part, Any, Scope]] = []
        self._kept = list(left_out)  # an id is that of one object only as long as the object exists
        self._left_out = set(map(id, self._kept))
        self._homes = frozenset(homes)
        self._codes_by_id: dict[int, list[Code]] = {}
        self._changers_by_id: dict[int, dict[str, list[Code]]] = {}

    def read(self, values: Iterable[tuple[str, object]]) -> Part:
        """Return a part that consists of these values, by their labels."""
        root = Part()
        for label, value in values:
            self._add(root, label, value)
        try:
            while self._unread:
                self._read(*self._unread.pop())
        finally:
            self._unread.clear()
        return root

    def _is_users(self, module: object) -> bool:
        package = package_of(module)
        return package in self._homes or not is_installed(package)

    def _use(self, part: Part, label: str, value: object, scope: Scope) -> None:
        key = id(value), scope
        if key not in self._parts:
            self._parts[key] = Part()
            self._kept.append(value)
            self._unread.append((self._parts[key], value, scope))
        part.uses.append((label, self._parts[key]))

    def _add(self, part: Part, label: str, value: Any, scope: Scope = Scope(), depth: int = 0) -> None:  # noqa: B008
        kind = cast("type[Any]", type(value))
        if (text := plain_text(kind, value)) is not None:
            part.lines.append(f"{label} {kind.__name__} {text}")
        elif depth > MAX_DEPTH or issubclass(kind, ModuleType) or id(value) in self._left_out:
            return
        elif issubclass(kind, Enum):
            part.lines.append(f"{label} {kind.__qualname__}.{value._name_}")
        elif issubclass(kind, CONTAINERS) and depth:  # it may hold itself, or be in many others
            self._use(part, label, value, scope)
        elif issubclass(kind, (*CONTAINERS, *FROZEN_CONTAINERS)):
            self._add_items(part, label, value, scope, depth + 1)
        elif issubclass(kind, (FunctionType, type)):
            if scope.home is None or is_own(value.__module__, scope.home):
                self._use(part, label, value, scope)
            else:
                part.lines.append(f"{label} {value.__qualname__}")
        else:
            self._add_instance(part, label, value, scope, depth + 1)

    def _add_items(self, part: Part, label: str, value: Any, scope: Scope, depth: int) -> None:
        # The methods of the class itself, because one that was derived from it may do anything.
        base: Any = next(each for each in (*CONTAINERS, *FROZEN_CONTAINERS) if issubclass(type(value), each))
        part.lines.append(f"{label} {base.__len__(value)}")
        if base.__len__(value) > MAX_ITEMS:
            return
        contents = cast("Iterable[Any]", (base.items if base in MAPPINGS else base.__iter__)(value))
        if base in MAPPINGS:
            for key, each in contents:
                self._add(part, f"{label}[{name_of_key(key)}]", each, scope, depth)
        elif base in UNORDERED:
            for each in contents:
                item = Part()
                self._add(item, "", each, scope, depth)
                part.lines.append(f"{label} contains {item.own_digest.hex()}")
                part.uses += [(f"{label} contains {used}", target) for used, target in item.uses]
        else:
            for index, each in enumerate(contents):
                self._add(part, f"{label}.{index}", each, scope, depth)

    def _add_instance(self, part: Part, label: str, value: Any, scope: Scope, depth: int) -> None:
        kind = cast("type[Any]", type(value))
        if issubclass(kind, partial):
            for name in ("func", "args", "keywords"):
                self._add(part, f"{label}.{name}", getattr(value, name), scope, depth)
        elif issubclass(kind, MethodType):
            self._add(part, label, value.__func__, scope, depth)
            self._add(part, f"{label}.self", value.__self__, scope, depth)
        elif issubclass(kind, (staticmethod, classmethod)):
            self._add(part, label, value.__func__, scope, depth)
        elif issubclass(kind, property):
            for name in ("fget", "fset"):
                self._add(part, f"{label}.{name}", getattr(value, name), scope, depth)
        elif kind.__module__ in {"typing", "types"}:
            self._add_annotation(part, label, value, scope, depth)
        elif "__wrapped__" in (attributes := attributes_of(value)):  # of functools.cache, and of LangGraph's @task
            self._add(part, label, attributes["__wrapped__"], scope, depth)
        else:
            self._use(part, label, value, scope)

    def _add_annotation(self, part: Part, label: str, annotation: Any, scope: Scope, depth: int) -> None:
        if (origin := get_origin(annotation)) is None:
            name = getattr(annotation, "__forward_arg__", None) or getattr(annotation, "__name__", "")
            part.lines.append(f"{label} {name}")
            return
        self._add(part, f"{label}.origin", origin, scope, depth)
        self._add(part, f"{label}.arguments", get_args(annotation), scope, depth)

    def _read(self, part: Part, value: Any, scope: Scope) -> None:
        kind = cast("type[Any]", type(value))
        if issubclass(kind, FunctionType):
            self._read_function(part, value)
        elif issubclass(kind, type):
            self._read_class(part, value)
        elif issubclass(kind, CONTAINERS):
            self._add(part, "", value, scope)
        elif issubclass(kind, Pregel):
            for node, edge, each in what_nodes_run(value):
                self._add(part, f"node {node} {edge}", each)
        else:
            self._read_instance(part, value, scope)

    def _codes(self, function: FunctionType) -> list[Code]:
        """Return the code of a function, and of the functions inside it."""
        code = function.__code__
        if id(code) not in self._codes_by_id:
            self._kept.append(code)
            self._codes_by_id[id(code)] = list(read_code(code).walk())
        return self._codes_by_id[id(code)]

    def _changers(self, module: Mapping[str, Any]) -> Mapping[str, list[Code]]:
        """Return the code that may change a global of a module, by its name: what one changes, another may read."""
        if id(module) not in self._changers_by_id:
            self._kept.append(module)
            changers = self._changers_by_id[id(module)] = dict[str, list[Code]]()
            functions = [each for each in module.values() if issubclass(type(each), FunctionType)]
            for code in (code for each in functions if each.__globals__ is module for code in self._codes(each)):
                for name in code.bound | (code.globals if code.may_change else frozenset[str]()):
                    changers.setdefault(name, []).append(code)
        return self._changers_by_id[id(module)]

    def _read_function(self, part: Part, function: FunctionType) -> None:
        codes = self._codes(function)
        for index, code in enumerate(codes):
            part.lines.append(f"code {index} {code.instructions.hex()} {code.signature!r} {len(code.inner)}")
            self._add(part, f"constants {index}", code.constants)
        self._add(part, "defaults", function.__defaults__)
        self._add(part, "keyword defaults", function.__kwdefaults__)
        home = package_of(function.__globals__.get("__name__"))
        is_users = self._is_users(home)
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
            try:
                value = cell.cell_contents
            except ValueError:  # it has no value yet
                continue
            if not holds_state(name, value, codes):
                self._add(part, f"closure {name}", value, Scope(runs_tools=is_users))
        if is_users:
            self._read_globals(part, function.__globals__, codes, home)

    def _read_globals(self, part: Part, module: Mapping[str, Any], codes: list[Code], home: str) -> None:
        names = frozenset[str]().union(*(code.names for code in codes))
        for name in frozenset[str]().union(*(code.globals for code in codes)):
            if SPECIAL.fullmatch(name):  # for example __file__
                continue
            value: Any = module.get(name)
            if issubclass(type(value), ModuleType):
                self._read_names_in_module(part, name, value, names - {name}, home)
            elif name in module and not holds_state(name, value, [*codes, *self._changers(module).get(name, ())]):
                self._add(part, f"global {name}", value, Scope(home))

    def _read_names_in_module(
        self, part: Part, label: str, module: ModuleType, names: frozenset[str], home: str
    ) -> None:
        """Add the values of `module` that have one of the code's names, for `module.name` and `module.sub.name`."""
        if not is_own(module.__name__, home):
            return
        for name in names:
            value: Any = vars(module).get(name)
            if issubclass(type(value), ModuleType):
                self._read_names_in_module(part, f"{label}.{name}", value, names - {name}, home)
            elif name in vars(module):
                self._add(part, f"global {label}.{name}", value, Scope(home))

    def _read_class(self, part: Part, kind: type[Any]) -> None:
        part.lines.append(f"class {kind.__qualname__}")
        home = package_of(kind.__module__)
        if not self._is_users(home) and kind.__module__ != GENERATED_SCHEMAS:
            return
        for name, value in vars(kind).items():
            is_code = issubclass(type(value), (FunctionType, classmethod, staticmethod, property))
            if is_code or not SPECIAL.fullmatch(name):
                self._add(part, f"attribute {name}", value, Scope(home))
        self._add(part, "bases", kind.__bases__, Scope(home))
        if issubclass(kind, Enum):
            self._add(part, "members", {name: each._value_ for name, each in kind.__members__.items()}, Scope(home))
        if issubclass(kind, BaseModel):
            self._add(part, "doc", kind.__doc__)  # models read it, as the description of a schema
            for name, field in kind.model_fields.items():
                for aspect in ("annotation", "description", "default", "default_factory", "metadata"):
                    self._add(part, f"field {name}.{aspect}", getattr(field, aspect), Scope(home))

    def _read_instance(self, part: Part, value: Any, scope: Scope) -> None:
        kind, attributes, inside = cast("type[Any]", type(value)), attributes_of(value), scope._replace(home=None)
        self._add(part, "class", kind)
        for name in fields_of(kind, runs_tools=scope.runs_tools):
            each = getattr(value, name, None) if is_value(kind) else attributes.get(name)  # a value may have slots
            self._add(part, f"field {name}", each, inside)
        if self._is_users(kind.__module__) and not (is_value(kind) or is_setting(kind)):
            for name, each in fixed_attributes(kind, attributes):
                self._add(part, f"field {name}", each, inside)


def holds_state(name: str, value: object, codes: Iterable[Code]) -> bool:
    """Return whether code binds a name to other values, or changes the container in it: then it is no constant."""
    is_container = issubclass(type(value), CONTAINERS)
    return any(name in code.bound or (is_container and name in code.changed) for code in codes)
