"""The packages of a project: `dependencies` of its `langgraph.json`.

A local folder is put on `sys.path`, as LangGraph's development server does, with its `src` folder if it has one, so
that a project that is not installed works too. Nothing is installed: a package that is missing is named, with the
command that installs it.
"""

import shlex
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import cast

from packaging.requirements import InvalidRequirement, Requirement

from .project import Project
from .refusal import Refusal


@dataclass
class Packages:
    """Folders for `sys.path`, and what people should know of packages that are missing."""

    folders: list[Path] = field(default_factory=list[Path])
    notes: list[str] = field(default_factory=list[str])


def prepare_packages(project: Project) -> list[str]:
    """Put the local folders of the project on `sys.path`; return notes, or raise `Refusal` for what is missing."""
    found = packages_of(project)
    for folder in map(str, found.folders):
        if folder not in sys.path:
            sys.path.append(folder)
    return found.notes


def packages_of(project: Project) -> Packages:
    found, problems = Packages([project.folder]), list[str]()
    named: list[str] = []
    for dependency in project.dependencies:
        folder = project.folder / dependency
        if folder.is_dir():
            add_local(folder.resolve(), dependency, found)
        elif is_path(dependency):
            problems.append(f"the local dependency {dependency!r} is not a folder: {folder} does not exist.")
        else:
            named.append(dependency)
    if source := source_folder(project):
        add_local(source, str(project.settings["source"].get("root", ".")), found)
    if lacking := list(missing(named, found.notes)):
        problems.append(f"packages are not installed here: {'; '.join(lacking)}. {pip_command(lacking)}")
    if problems:
        raise Refusal(f"{project.file.name}: {problem}" for problem in problems)
    found.folders = list(dict.fromkeys(found.folders))
    return found


def is_path(dependency: str) -> bool:
    """Return whether it is meant as a folder: LangGraph's command line goes by the dot at its beginning."""
    return dependency.startswith((".", "/", "~")) and "://" not in dependency


def source_folder(project: Project) -> Path | None:
    """Return the folder of `source`, which names a project of uv; None without one."""
    source: object = project.settings.get("source")
    root = cast("dict[str, object]", source).get("root", ".") if isinstance(source, dict) else None
    return (project.folder / root).resolve() if isinstance(root, str) and (project.folder / root).is_dir() else None


def add_local(folder: Path, dependency: str, found: Packages) -> None:
    found.folders += import_folders(folder)
    lacking = list(missing(requirements_of(folder, found.notes), found.notes))
    if not lacking:
        return
    if (folder / "pyproject.toml").is_file() or (folder / "setup.py").is_file():
        command = f"Install the project: pip install -e {shlex.quote(dependency)}"
    else:
        command = pip_command(lacking)
    found.notes.append(
        f"The project in {dependency!r} requires packages that are not installed here: {'; '.join(lacking)}. A node "
        f"that needs one will fail. {command}"
    )


def import_folders(folder: Path) -> Iterator[Path]:
    """Yield the folders from which the packages of a project are imported, the likeliest first."""
    if (folder / "src").is_dir() and not (folder / "src" / "__init__.py").is_file():
        yield folder / "src"
    yield folder
    if (folder / "__init__.py").is_file():
        yield folder.parent  # the folder is itself a package


def requirements_of(folder: Path, notes: list[str]) -> list[str]:
    """Return what a local project requires, by its pyproject.toml or its requirements.txt."""
    for name, read in (("pyproject.toml", required_by_project), ("requirements.txt", required_by_list)):
        if (file := folder / name).is_file():
            try:
                return read(file.read_text(encoding="utf-8-sig"))
            except (OSError, ValueError) as error:  # not UTF-8, or not TOML
                notes.append(f"{file} cannot be read, so it is not checked whether what it requires is here: {error}")
                return []
    return []


def required_by_project(text: str) -> list[str]:
    project: object = tomllib.loads(text).get("project")
    listed: object = cast("dict[str, object]", project).get("dependencies") if isinstance(project, dict) else None
    return [str(each) for each in cast("list[object]", listed)] if isinstance(listed, list) else []


def required_by_list(text: str) -> list[str]:
    """Return the requirements of a requirements.txt; its options, such as `-r other.txt`, are passed over."""
    lines = (line.split(" #")[0].strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith(("#", "-"))]


def missing(requirements: Iterable[str], notes: list[str]) -> Iterator[str]:
    """Yield the requirements that are not met in this environment, with the version that is there instead."""
    for text in requirements:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            notes.append(f"It cannot be checked whether {text!r} is installed here.")
            continue
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        try:
            installed = version(requirement.name)
        except PackageNotFoundError:
            yield text
            continue
        if not requirement.specifier.contains(installed, prereleases=True):
            yield f"{text} (here is {installed})"


def pip_command(lacking: Iterable[str]) -> str:
    return "Install them: pip install " + " ".join(shlex.quote(each.partition(" (here is ")[0]) for each in lacking)
