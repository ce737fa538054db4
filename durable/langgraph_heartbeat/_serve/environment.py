"""The environment variables of a project: `env` of its `langgraph.json`, a file or an object.

As in LangGraph's server, these values take precedence over those that the process already has.
"""

import os
from collections.abc import Iterator, Mapping, MutableMapping

from dotenv import dotenv_values

from .project import Project
from .refusal import Refusal


def set_environment(project: Project, environment: MutableMapping[str, str] | None = None) -> list[str]:
    """Set the variables of the project, in `os.environ` by default; return notes, which never show a value."""
    target = os.environ if environment is None else environment
    values, notes = values_of(project)
    notes += list(overwritten(values, target, project))
    target.update(values)
    return notes


def values_of(project: Project) -> tuple[Mapping[str, str], list[str]]:
    if not isinstance(project.env, str):
        return project.env or {}, []
    file = project.folder / project.env
    if not file.is_file():
        template = file.with_name(f"{file.name}.example")
        advice = f" {template.name} shows which variables it may have: copy it." if template.is_file() else ""
        return {}, [f"The file {project.env} of `env` does not exist, so it sets no variables.{advice}"]
    try:
        found = dotenv_values(file, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal(f"The file {project.env} of `env` cannot be read as a text in UTF-8: {error}") from None
    return {name: value for name, value in found.items() if name and value is not None}, []


def overwritten(values: Mapping[str, str], target: Mapping[str, str], project: Project) -> Iterator[str]:
    source = project.env if isinstance(project.env, str) else f"{project.file.name}"
    if names := sorted(name for name, value in values.items() if target.get(name, value) != value):
        yield (
            f"{', '.join(names)}: the values of {source} replace those of this process, as in LangGraph's server. "
            f"Remove them from {source} to use those of the process."
        )
