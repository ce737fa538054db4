"""Every command that the source tells people to type is one: it parses, with its options."""

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from outlast.cli.main import app

ROOT = Path(__file__).parents[2]
SOURCES = ("cli", "demo", "evidence", "graphs", "orchestration", "outlast", "tools", "worker.py")
TYPED = re.compile(r"`outlast ([a-z][^`]*)`|(?:^|: )outlast ([a-z].*?)(?=$|\n|[;,.] |[;.]$|\))")
ADVISING = ("outlast ", "command(", "asking(")
PLACEHOLDER = "X"


def files() -> Iterator[Path]:
    for name in SOURCES:
        path = ROOT / name
        yield from [path] if path.is_file() else sorted(path.glob("**/*.py"))


def advice() -> list[tuple[str, str]]:
    """Where it is said, and what is to be typed behind `outlast`."""
    found: dict[str, str] = {}
    for path in files():
        source = path.read_text(encoding="utf-8")
        if not any(word in source for word in ADVISING):
            continue  # every process of the tests comes by here, and parsing all files takes half a second
        for node in outermost(ast.parse(source)):
            line = f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.Call):
                found.setdefault(words_of(node), line)
            else:
                for typed in TYPED.finditer(text_of(node)):
                    found.setdefault(typed[1] or typed[2], line)
    return [(line, typed) for typed, line in found.items()]


def outermost(tree: ast.AST) -> Iterator[ast.AST]:
    """Strings as they are put together, and calls of `shell_command` and `asking`; no docstrings."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        is_text = isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
        if is_text or (isinstance(node, ast.Call) and called(node) in {"shell_command", "asking"} and is_named(node)):
            yield node
        if not isinstance(node, ast.Constant):
            yield from outermost(node)


def called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else ""


def is_named(node: ast.Call) -> bool:
    return bool(node.args) and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)


def words_of(node: ast.Call) -> str:
    """The words of the call; what it computes is a placeholder, and what it unpacks is left out."""
    words = [text_of(each) for each in node.args if not isinstance(each, ast.Starred)]
    if called(node) == "asking":
        words = [words[0], PLACEHOLDER, *words[2:]]
    return shlex.join(words)


def text_of(node: ast.AST) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(text_of(part) for part in parts)
        case ast.FormattedValue(value=ast.Call() as call) if called(call) in {"shell_command", "asking"} and is_named(
            call
        ):
            return "COMMAND"  # found as a call
        case _:
            return PLACEHOLDER


def parse(typed: str) -> None:
    """Raises where the command line would refuse it. A name alone is a command that is spoken of."""
    words = ["1" if word == "N" else word for word in shlex.split(typed)]
    group: Any = get_command(app)
    if words[0].endswith("-completion"):  # typer obeys these options as soon as it reads them
        assert any(words == option.opts for option in group.params)
        return
    context: Any = group.make_context("outlast", list(words))
    while hasattr(group, "commands"):
        name, group, words = group.resolve_command(context, words)
        if words or hasattr(group, "commands"):
            context = group.make_context(name, list(words), parent=context)


@pytest.mark.parametrize(("line", "typed"), advice())
def test_what_people_are_told_to_type_is_a_command(line: str, typed: str) -> None:
    try:
        parse(typed)
    except Exception as error:  # noqa: BLE001 - whatever refuses it, the place must be named
        pytest.fail(f"{line} says: outlast {typed}\n{error}")


def test_what_is_named_in_advice_is_quoted_for_the_shell() -> None:
    """Whoever puts a name into a command goes through `shell_command`, and writes no f-string of his own."""
    unquoted = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {typed[0]}"
        for path in files()
        for node in outermost(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.JoinedStr)
        for typed in TYPED.finditer(text_of(node))
        if PLACEHOLDER in typed[0].split()
    ]
    assert not unquoted


def test_all_kinds_of_advice_are_found() -> None:
    found = {typed for _, typed in advice()}
    assert {"up", "worker", "watch X", "docs add NAME DIR", "report X --out DIR", "research QUESTION --docs DIR"} <= {
        shlex.join(shlex.split(each)) for each in found
    }


@pytest.mark.parametrize("typed", ["wach X", "watch X --outt DIR", "steer --budget-usd much", "docs ad NAME DIR"])
def test_what_is_no_command_is_noticed(typed: str) -> None:
    with pytest.raises(Exception, match=r"(?i)no such|valid number|unexpected"):
        parse(typed)
