"""What a code object does, without where it stands: its instructions, constants and names, and what it refers to.

Line numbers, file names, docstrings, comments and the names of local variables are not part of it. Python numbers the
constants of a function, its docstring among them; so an instruction counts with its constant, and not with the number.
"""

import dis
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import CodeType
from typing import Any


def codes_of(*operations: str) -> frozenset[int]:
    """Return the numbers of these operations in this Python; each version lacks some."""
    return frozenset(dis.opmap[operation] for operation in operations if operation in dis.opmap)


EXTENDED_ARG = dis.opmap["EXTENDED_ARG"]
WITH_CONSTANT = frozenset(dis.hasconst)
LOADS_GLOBAL = codes_of("LOAD_GLOBAL")
LOADS_IN_CLASS = codes_of("LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS")
BINDS_GLOBAL = codes_of("STORE_GLOBAL", "DELETE_GLOBAL")
BINDS_IN_CLOSURE = codes_of("STORE_DEREF", "DELETE_DEREF")
SETS_ATTRIBUTE = codes_of("STORE_ATTR")
SETS_ITEM = codes_of("STORE_SUBSCR", "DELETE_SUBSCR")
LOADS_METHOD = codes_of("LOAD_METHOD", "LOAD_ATTR")
COPIES = codes_of("COPY")
READ = frozenset({EXTENDED_ARG}).union(
    WITH_CONSTANT, LOADS_GLOBAL, LOADS_IN_CLASS, BINDS_GLOBAL, BINDS_IN_CLOSURE, SETS_ATTRIBUTE, SETS_ITEM
)
JUMPS = frozenset({*dis.hasjrel, *dis.hasjabs})
CHANGING_METHODS = frozenset(
    {"add", "append", "appendleft", "clear", "discard", "extend", "insert", "pop", "popitem", "popleft", "remove"}
    | {"reverse", "setdefault", "sort", "update"}
)
FLAGS_THAT_MATTER = 0x04 | 0x08 | 0x20 | 0x80 | 0x100 | 0x200
"""`*args`, `**kwargs`, generator, coroutine, iterable coroutine, asynchronous generator."""


@dataclass(frozen=True)
class Code:
    """What one code object does and refers to."""

    instructions: bytes
    signature: tuple[Any, ...]
    constants: list[Any]
    inner: list["Code"]
    """The code of functions and comprehensions inside it."""
    names: frozenset[str]
    """The names of all globals and attributes in it."""
    globals: frozenset[str]
    """The names of globals that it reads."""
    bound: frozenset[str]
    """The names outside it that it binds to other values: they hold state."""
    attributes_set: frozenset[str]
    """The names of attributes that it sets, on any object."""
    may_change: bool
    """Whether it may change any container."""
    source: CodeType

    @cached_property
    def changed(self) -> frozenset[str]:
        """The names outside it whose containers it changes, for example by `name.append(...)` or `name[key] = ...`."""
        return frozenset(changed_containers(self.source)) if self.may_change else frozenset()

    def walk(self) -> Iterator["Code"]:
        yield self
        for each in self.inner:
            yield from each.walk()


def read_code(code: CodeType) -> Code:
    """Return what a code object does; equal source gives equal values in every process of the same Python."""
    names, free = code.co_names, code.co_freevars
    instructions, constants, found = bytearray(code.co_code), list[Any](), dict[int, list[int]]()
    extended = 0
    for offset in range(0, len(instructions), 2):
        operation = instructions[offset]
        if operation not in READ:  # most instructions
            extended = 0
            continue
        argument = instructions[offset + 1] | extended
        if operation in WITH_CONSTANT:
            constants.append(code.co_consts[argument])
            instructions[offset + 1] = 0
            if extended:
                instructions[offset - 1] = 0
        else:
            found.setdefault(operation, []).append(argument)
        extended = argument << 8 if operation == EXTENDED_ARG else 0

    def arguments(operations: frozenset[int]) -> Iterator[int]:
        return (argument for operation in operations for argument in found.get(operation, ()))

    variables = (*code.co_varnames, *(cell for cell in code.co_cellvars if cell not in code.co_varnames), *free)
    closure = {variables[argument] for argument in arguments(BINDS_IN_CLOSURE)} & set(free)
    may_change = any(True for _ in arguments(SETS_ITEM)) or not CHANGING_METHODS.isdisjoint(names)
    parameters = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return Code(
        bytes(instructions) + code.co_exceptiontable,
        (code.co_argcount, code.co_posonlyargcount, parameters, code.co_flags & FLAGS_THAT_MATTER, names),
        [each for each in constants if not isinstance(each, CodeType)],
        [read_code(each) for each in constants if isinstance(each, CodeType)],
        frozenset(names),
        frozenset(
            {names[argument >> 1] for argument in arguments(LOADS_GLOBAL)}
            | {names[argument] for argument in arguments(LOADS_IN_CLASS)}
        ),
        frozenset(closure.union(names[argument] for argument in arguments(BINDS_GLOBAL))),
        frozenset(names[argument] for argument in arguments(SETS_ATTRIBUTE)),
        may_change,
        code,
    )


def changed_containers(code: CodeType) -> Iterator[str]:
    """Yield the names from outside `code` on whose values it calls a changing method, or whose items it sets.

    It follows each value from where it is loaded, by its height on the stack, to where it is consumed.
    """
    instructions = list(dis.get_instructions(code))
    for index, loading in enumerate(instructions):
        if loading.opname in {"LOAD_GLOBAL", "LOAD_NAME", "LOAD_DEREF"} and is_changed(instructions[index + 1 :]):
            yield loading.argval


def is_changed(instructions: Sequence[dis.Instruction]) -> bool:
    """Return whether these instructions change the container that has just been loaded."""
    height, copied = 1, False
    for each in instructions:
        if each.opcode in LOADS_METHOD and height == 1 and each.argval in CHANGING_METHODS:
            return True
        if each.opcode in SETS_ITEM:
            return height == 2 or copied  # `name[key] += 1` copies the container and the key before it sets the item
        copied = copied or each.opcode in COPIES
        height += dis.stack_effect(each.opcode, each.arg, jump=False)
        if height < 1 or each.opcode in JUMPS:
            return False
    return False
