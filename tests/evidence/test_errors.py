"""The drawing of all errors agrees with the code: it has each error class, below its base class."""

import ast
import builtins
import re
from collections.abc import Iterator
from pathlib import Path

from outlast.evidence import errors

ROOT = Path(__file__).parents[2]
NOT_OURS = {"tests", "bench", "notebooks", "demo"}
"""Folders that are not installed."""
IN_THE_DRAWING = re.compile(r"^(?P<depth>(?:[|+ ]   |\+-- )*)(?P<name>[A-Z][A-Za-z]+)  +\S")


def drawn() -> dict[str, str]:
    """Return the base class of each error in the drawing; "" for those without one."""
    drawing, _, _ = (errors.__doc__ or "").partition("What Temporal keeps of them")
    found: dict[str, str] = {}
    above: dict[int, str] = {}
    for line in drawing.splitlines():
        if match := IN_THE_DRAWING.match(line):
            depth = len(match["depth"]) // 4
            assert match["name"] not in found, f"{match['name']} is drawn twice"
            above[depth] = match["name"]
            found[match["name"]] = above[depth - 1] if depth else ""
    return found


def files() -> Iterator[Path]:
    for path in ROOT.rglob("*.py"):
        parts = path.relative_to(ROOT).parts
        if not parts[0].startswith(".") and not NOT_OURS.intersection(parts):
            yield path


def defined() -> dict[str, str]:
    """Return the base class of each exception of the project; "" if that is a class of Python or a library."""
    trees = (ast.walk(ast.parse(path.read_text(encoding="utf-8"))) for path in files())
    classes = [
        (node.name, [name for base in node.bases if (name := ast.unparse(base).rpartition(".")[2]) != node.name])
        for tree in trees
        for node in tree
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")  # those stay within their module
    ]

    def is_error(name: str) -> bool:
        builtin = getattr(builtins, name, None)
        if isinstance(builtin, type):
            return issubclass(builtin, BaseException)
        ours = [of for each, of in classes if each == name]
        # A class of a library is recognized by its name only.
        return any(is_error(base) for of in ours for base in of) if ours else name.endswith(("Error", "Exception"))

    errors = [(name, of) for name, of in classes if any(map(is_error, of))]
    names = [name for name, _ in errors]
    assert len(names) == len(set(names)), "two errors have the same name"
    return {name: next((base for base in of if base in names), "") for name, of in errors}


def test_the_drawing_is_what_the_code_has() -> None:
    ours = defined()
    assert len(ours) > 20
    assert drawn() == ours


def test_the_root_has_the_four_that_say_who_can_do_something() -> None:
    below = [name for name, above in drawn().items() if above == "OutlastError"]
    assert below == ["Transient", "Permanent", "NeedsOperator", "LimitReached", "Interrupted"]
