"""What nodes run, and what the instances in them are made of: the attributes that decide what a node does."""

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from types import FunctionType
from typing import Any, cast

from langchain_core.language_models import BaseLanguageModel
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langgraph.graph import START
from pydantic import BaseModel

from .bytecode import read_code
from .origin import package_of

LANGCHAIN_PARTS = re.compile(r"langchain_core\.(runnables|prompts|messages|output_parsers|tools)\b")
"""Modules of LangChain whose instances are made of what they do, and hold no state."""
FIELDS_OF_RUNS = frozenset(
    "callbacks config id input_types lc_attributes metadata response_metadata tags usage_metadata verbose".split()
)
FIELDS_OF_TOOLS = ("name", "description", "args_schema", "return_direct")
ATTRIBUTES_OF_RUNNABLES = (
    *("func", "afunc", "steps", "kwargs", "_transform", "_atransform"),
    *("_tools_by_name", "_wrap_tool_call", "_awrap_tool_call", "_handle_tool_errors"),  # of a ToolNode
)
SECRET = re.compile(r"key|token|secret|password|credential", re.IGNORECASE)


def homes_of(value: object) -> Iterator[str]:
    """Yield the packages of what a node runs, its function and its tools; none for LangChain and LangGraph."""
    tools = cast("Mapping[str, object]", attributes_of(value).get("_tools_by_name", {}))
    for each in (value, *tools.values()):
        function = (
            getattr(each, "afunc", None) or getattr(each, "coroutine", None) or getattr(each, "func", None) or each
        )
        while issubclass(type(function), partial):
            function = cast("partial[Any]", function).func
        package = package_of(getattr(function, "__module__", None))
        if package and not re.match(r"lang(chain|graph)(_|$)", package):
            yield package


def what_nodes_run(graph: Any) -> Iterator[tuple[str, str, object]]:
    """Yield the name of each node with what it runs (under the name "") and with each of its conditional edges."""
    for name, node in graph.nodes.items():
        if name != START:  # LangGraph's own, without code of the user
            yield name, "", node.bound
    for name, branches in getattr(getattr(graph, "builder", None), "branches", {}).items():
        for edge, branch in branches.items():
            yield name, edge, branch.path


def fields_of(kind: type[Any], *, runs_tools: bool) -> Iterable[str]:
    """Return the names of what an instance is made of; none if it holds a state of its own.

    `runs_tools`: whether the code that holds a tool runs it, and does not only offer it to a model.
    """
    if issubclass(kind, BaseTool):
        return (*FIELDS_OF_TOOLS, *(("func", "coroutine") if runs_tools else ()))
    if is_value(kind) or (is_langchain_part(kind) and issubclass(kind, BaseModel)):
        names = kind.model_fields if issubclass(kind, BaseModel) else [field.name for field in dataclasses.fields(kind)]
        return (name for name in sorted(names) if name not in FIELDS_OF_RUNS and not SECRET.search(name))
    return ATTRIBUTES_OF_RUNNABLES if issubclass(kind, Runnable) else ()


def fixed_attributes(kind: type[Any], attributes: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what an object was made with and does not change: texts, functions, tools, prompts, values."""
    fixed = {name: value for name, value in attributes.items() if is_fixed(value) and not SECRET.search(name)}
    if not fixed:
        return
    methods = (each for base in kind.__mro__ for each in vars(base).values() if issubclass(type(each), FunctionType))
    later = (each for each in methods if each.__name__ not in {"__init__", "__post_init__"})
    codes = (code for each in later for code in read_code(each.__code__).walk())
    changing = frozenset[str]().union(*(code.attributes_set for code in codes))
    yield from ((name, value) for name, value in fixed.items() if name not in changing)


def is_fixed(value: object) -> bool:
    kind = cast("type[Any]", type(value))
    return issubclass(kind, (str, FunctionType, BaseTool)) or is_value(kind) or is_langchain_part(kind)


def is_value(kind: type[Any]) -> bool:
    """Return whether the instances of a class are values, which cannot be changed."""
    if dataclasses.is_dataclass(kind):
        return bool(cast("Any", kind).__dataclass_params__.frozen)
    is_frozen = issubclass(kind, BaseModel) and kind.model_config.get("frozen", False)
    return is_frozen and not issubclass(kind, Runnable) and not is_setting(kind)


def is_setting(kind: type[Any]) -> bool:
    """Return whether an instance belongs to the place where the code runs: settings, and models with their keys."""
    of_pydantic = any(package_of(base.__module__) == "pydantic_settings" for base in kind.__mro__)
    return of_pydantic or issubclass(kind, BaseLanguageModel)


def is_langchain_part(kind: type[Any]) -> bool:
    return LANGCHAIN_PARTS.match(kind.__module__) is not None


def attributes_of(value: object) -> Mapping[str, Any]:
    """Return the attributes of an instance, without running any code of its class."""
    try:
        return dict(object.__getattribute__(value, "__dict__"))
    except (AttributeError, TypeError):  # it has slots, or is written in C
        return {}
