"""The graphs that are registered: their names, and the objects that those names stand for."""

import importlib
import importlib.util
import sys
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from importlib.metadata import EntryPoint, entry_points, packages_distributions, version
from pathlib import Path
from types import ModuleType

from langgraph.graph import StateGraph
from langgraph.pregel import Pregel

from .refusal import Refusal

ENTRY_POINT_GROUP = "langgraph_heartbeat.graphs"
JAVASCRIPT = (".ts", ".mts", ".cts", ".js", ".mjs", ".cjs")


@dataclass(frozen=True)
class GraphEntry:
    """A name, and the place of the graph or factory that it stands for."""

    name: str
    where: str
    """`./folder/file.py:variable` or `package.module:variable`."""
    source: str
    """Who registers it, in words: the file, or the installed package."""
    folder: Path | None = None
    """What a path is relative to."""
    description: str = ""
    what: str = "graph"
    """What messages call it: the store of a project is named in the same way."""

    def __str__(self) -> str:
        return f"{self.name!r} ({self.where} of {self.source})"


def installed_entries() -> Iterator[GraphEntry]:
    """Yield the graphs that installed packages register."""
    for point in entry_points(group=ENTRY_POINT_GROUP):
        yield GraphEntry(point.name, point.value, f"the installed package {owner_of(point)}")


def owner_of(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else "?"


def load_object(entry: GraphEntry, kind: type = Pregel) -> object:
    """Return the object of an entry: a graph, or something callable, or one of another `kind`.

    Raises `Refusal` if there is no such object.
    """
    module_name, colon, variable = entry.where.rpartition(":")
    if not colon or not variable or "/" in variable:
        raise Refusal(
            f"The {entry.what} {entry} does not say which variable of its module is the {entry.what}. Write a colon "
            f"and its name, for example {entry.where}:{entry.what}"
        )
    module = load_module(entry, module_name)
    names = vars(module)
    value: object = names.get(variable)
    if variable not in names:  # a package may make its names when they are first used
        value = getattr(module, variable, None)
    if value is None:
        others = or_else(names) if kind is Pregel else "."
        raise Refusal(f"The {entry.what} {entry}: its module has no {variable!r}{others}")
    if not isinstance(value, StateGraph | Pregel | kind) and not callable(value):
        raise Refusal(f"The {entry.what} {entry} is of the type {type(value).__name__}. {expected(kind, names)}")
    return value


def expected(kind: type, names: Mapping[str, object]) -> str:
    if kind is not Pregel:
        return f"It must be a {kind.__name__}, or an async context manager that yields one."
    return f"It must be a StateGraph, a compiled graph, an @entrypoint, or a function that makes one{or_else(names)}"


def or_else(names: Mapping[str, object]) -> str:
    graphs = [name for name, value in names.items() if isinstance(value, StateGraph | Pregel)]
    return f". Graphs in that module: {', '.join(graphs)}." if graphs else ". There is no graph in that module."


def load_module(entry: GraphEntry, name: str) -> ModuleType:
    if Path(name).suffix in JAVASCRIPT:
        raise Refusal(
            f"The {entry.what} {entry} is written in JavaScript, which this worker cannot run. Serve the other graphs "
            "alone, with --graph NAME."
        )
    is_file = "/" in name or "\\" in name or name.endswith(".py")
    file = ((entry.folder or Path.cwd()) / name).resolve() if is_file else None
    if file is not None and not file.is_file():
        raise Refusal(f"The {entry.what} {entry}: there is no file {file}.")
    try:
        return import_file(file, entry.folder or file.parent) if file else importlib.import_module(name)
    except (Exception, SystemExit) as error:  # a module of the user's: it may raise anything, and may call sys.exit()
        raise Refusal(import_problem(entry, error)) from error


def import_file(file: Path, folder: Path) -> ModuleType:
    """Import a file as the module that `sys.path` finds in it, or else under a name made of its path.

    LangGraph's server always does the second. With the first, the classes of a file are the same ones that other
    modules of its package import, and its own relative imports work.
    """
    if (name := module_name_of(file)) is not None:
        return importlib.import_module(name)
    path = file.relative_to(folder) if file.is_relative_to(folder) else file.relative_to(file.anchor)
    name = "__" + "__".join(path.with_suffix("").parts).replace(" ", "_").replace(".", "_")
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # before it runs, as Python does, and for checkpoints, which name classes by module
    try:
        spec.loader.exec_module(module)
    except BaseException:  # as Python's own import does: Ctrl-C and SystemExit leave no half a module either
        del sys.modules[name]
        raise
    return module


def module_name_of(file: Path) -> str | None:
    """Return the name by which `sys.path` finds this very file; None if there is none."""
    roots = {Path(entry).resolve() for entry in sys.path}  # "" is the current folder
    package_root = file.parent
    while (package_root / "__init__.py").is_file() and package_root != package_root.parent:
        package_root = package_root.parent
    nearest_first = sorted((root for root in roots if file.is_relative_to(root)), key=lambda root: -len(root.parts))
    for root in sorted(nearest_first, key=lambda root: root != package_root):
        name = ".".join(file.relative_to(root).with_suffix("").parts)
        if all(part.isidentifier() for part in name.split(".")) and is_at(find_module(name), file):
            return name
    return None


def find_module(name: str) -> ModuleSpec | None:
    """Find a module, and import the packages that it is in; None if there is no such package."""
    try:
        return importlib.util.find_spec(name)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{name}.".startswith(f"{error.name}."):
            return None
        raise
    except ValueError:  # a module without a specification, such as `__main__`
        return None


def is_at(spec: ModuleSpec | None, file: Path) -> bool:
    return spec is not None and spec.origin is not None and Path(spec.origin).resolve() == file


def import_problem(entry: GraphEntry, error: BaseException) -> str:
    """Say what an import raised, and in which line of the project."""
    said = f"The {entry.what} {entry} cannot be imported. {type(error).__name__}: {error}"
    frames = traceback.extract_tb(error.__traceback__)
    ours = str(Path(__file__).parent)
    own = [frame for frame in frames if not frame.filename.startswith(("<frozen", ours))]
    if isinstance(error, SyntaxError) and error.filename:
        said += f" ({error.filename}, line {error.lineno})"
    elif own and (mine := [frame for frame in own if entry.folder and str(entry.folder) in frame.filename] or own):
        said += f" ({mine[-1].filename}, line {mine[-1].lineno})"
    if isinstance(error, ModuleNotFoundError) and error.name:
        said += f". {advice_about(error.name)}"
    return said


def advice_about(module: str) -> str:
    """Say what to do about a module that is missing: install its package, or another release of it."""
    top = module.partition(".")[0]
    if top != module and (owners := packages_distributions().get(top)):
        installed = ", ".join(f"{owner} {version(owner)}" for owner in dict.fromkeys(owners))
        return f"The project needs another release of what is installed here: {installed}."
    return f'Install the package that has the module {top!r}, or add its folder to "dependencies" in langgraph.json.'
