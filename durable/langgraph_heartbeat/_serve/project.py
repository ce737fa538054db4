"""A project of LangGraph: the file `langgraph.json`, which names its graphs, packages and environment.

The file is read as LangGraph's own command line reads it, except that all paths are relative to the file: LangGraph's
development server takes the current folder, and its images the folder of the file.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, cast

from .graph_entries import GraphEntry
from .project_keys import KNOWN_KEYS
from .refusal import Refusal

FILE_NAME = "langgraph.json"
EXAMPLE = '{"dependencies": ["."], "graphs": {"agent": "./agent.py:graph"}}'


@dataclass(frozen=True)
class Project:
    """What a `langgraph.json` says. Values of other keys are in `settings`."""

    file: Path
    entries: Sequence[GraphEntry]
    dependencies: Sequence[str] = ()
    env: str | Mapping[str, str] | None = None
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    notes: Sequence[str] = ()
    """Sentences about the file that people should read, although it can be used."""

    @property
    def folder(self) -> Path:
        return self.file.parent


def find_project(named: Path | None, current: Path) -> Project | None:
    """Read the named file or folder, or the file of the current folder; None if that has none and none is named."""
    file = named or current / FILE_NAME
    file = file / FILE_NAME if file.is_dir() else file
    if not file.is_file():
        if named is None:
            return None
        raise Refusal(f"There is no file {file}. Give the path of a langgraph.json, or of its folder, in --config.")
    return read_project(file.resolve())


def read_project(file: Path) -> Project:
    """Read a `langgraph.json`; raise `Refusal` with everything that is wrong with its values."""
    content = read_object(file)
    problems: list[str] = []
    entries = list(read_graphs(content.get("graphs"), file, problems))
    dependencies = read_dependencies(content.get("dependencies"), problems)
    env = read_env(content.get("env"), problems)
    if problems:
        raise Refusal(f"{file.name}: {problem}" for problem in problems)
    notes = [unknown_key(key) for key in content if key not in KNOWN_KEYS]
    return Project(file, entries, dependencies, env, content, notes)


def read_object(file: Path) -> dict[str, Any]:
    try:
        content: object = json.loads(file.read_text(encoding="utf-8-sig"), object_pairs_hook=without_doubles)
    except json.JSONDecodeError as error:
        raise Refusal(
            f"{file.name} is not JSON: {error.msg} in line {error.lineno}, column {error.colno}. LangGraph's own "
            "command line refuses it too: JSON has neither comments nor commas after a last value."
        ) from None
    except UnicodeDecodeError:
        raise Refusal(f"{file.name} is not a text in UTF-8. Save it in that encoding.") from None
    except OSError as error:
        raise Refusal(f"{file} cannot be read: {error.strerror}.") from None
    except DoubleKeyError as error:
        raise Refusal(
            f"{file.name} has the key {error.key!r} twice in one object. Of two graphs of one name, only the second "
            "would be served. Give each a name of its own."
        ) from None
    if not isinstance(content, dict):
        raise Refusal(f"{file.name} is a JSON {type(content).__name__}, not an object such as {EXAMPLE}.")
    return cast("dict[str, Any]", content)


class DoubleKeyError(Exception):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make a dict of the pairs of a JSON object; Python's own reader would keep the last of two equal keys."""
    made: dict[str, Any] = {}
    for key, value in pairs:
        if key in made:
            raise DoubleKeyError(key)
        made[key] = value
    return made


def read_graphs(graphs: object, file: Path, problems: list[str]) -> Iterable[GraphEntry]:
    if not isinstance(graphs, dict) or not graphs:
        problems.append(f"it names no graphs. For example: {EXAMPLE}")
        return
    for name, value in cast("dict[str, object]", graphs).items():
        described = cast("dict[str, object]", value) if isinstance(value, dict) else {"path": value}
        where, description = described.get("path"), described.get("description") or ""
        if not isinstance(where, str) or not isinstance(description, str):
            problems.append(
                f"the graph {name!r} is {json.dumps(value)}. It must be the place of a graph, for example "
                '"./agent.py:graph", or an object {"path": "./agent.py:graph", "description": "..."}.'
            )
        elif not name.strip() or not name.isprintable():
            problems.append(f"the graph {name!r} needs a name that people can read and type.")
        elif unknown := sorted(described.keys() - {"path", "description"}):
            problems.append(f"the graph {name!r} has the unknown key {unknown[0]!r}. Known: path, description.")
        else:
            yield GraphEntry(name, where, file.name, file.parent, description)


def read_dependencies(dependencies: object, problems: list[str]) -> Sequence[str]:
    given = cast("list[object]", dependencies) if isinstance(dependencies, list) else [dependencies]
    if dependencies is None:
        return ()
    if not isinstance(dependencies, list) or not all(isinstance(each, str) for each in given):
        problems.append(f'"dependencies" is {json.dumps(dependencies)}. It must be a list of texts, such as ["."].')
        return ()
    return [str(each) for each in given]


def read_env(env: object, problems: list[str]) -> str | Mapping[str, str] | None:
    if env is None or isinstance(env, str):
        return env or None
    values = cast("dict[str, object]", env) if isinstance(env, dict) else {}
    if not isinstance(env, dict) or not all(isinstance(value, str) for value in values.values()):
        problems.append('"env" must be the path of a file, such as ".env", or an object whose values are texts.')
        return None
    if unusable := [name for name, value in values.items() if not name or "=" in name or "\0" in f"{name}{value}"]:
        problems.append(f'"env" has {unusable[0]!r}, which cannot be the name of an environment variable with a value.')
    return {name: str(value) for name, value in values.items()}


def unknown_key(key: str) -> str:
    near = get_close_matches(key, KNOWN_KEYS, n=1)
    return f"The key {key!r} is unknown and has no effect." + (f" Do you mean {near[0]!r}?" if near else "")
