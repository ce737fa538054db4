"""Search engines, document readers and reasoners, our own and those of other packages, found by entry points.

A package registers a name in one of the groups below; Outlast registers its own extensions in the same way. A package
is imported only when its extension is used or listed, and a broken extension does not affect the others.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from outlast.evidence.errors import NeedsOperator, OutlastError
from outlast.tools.redacting import redact

ENGINE_GROUP, READER_GROUP, REASONER_GROUP = "outlast.engines", "outlast.readers", "outlast.reasoners"
KIND_BY_GROUP = {ENGINE_GROUP: "search engine", READER_GROUP: "reader of documents", REASONER_GROUP: "reasoner"}
OWN_DISTRIBUTION = "outlast"
INSTALL_ADVICE = "Install Outlast in this Python: `make setup` in its folder, or `pip install outlast`."
MAX_REASON_CHARACTERS = 200


class BrokenExtension(NeedsOperator):
    """The object that a package registered cannot be used at all, whatever the settings are."""


@dataclass(frozen=True)
class Extension:
    """A registered name with its entry points. If several packages register the same name, none of them is used."""

    kind: str
    name: str
    entries: tuple[EntryPoint, ...]

    @property
    def source(self) -> str:
        """The package that registers the extension, with its version: `outlast 0.1.0`."""
        return " and ".join(f"{_package(entry)} {entry.dist.version if entry.dist else ''}" for entry in self.entries)

    @property
    def is_ours(self) -> bool:
        """Whether Outlast itself registers it, and no other package."""
        return all(_package(entry) == OWN_DISTRIBUTION for entry in self.entries)

    def load(self) -> Any:
        """Return the registered object. Raises BrokenExtension, which names the package, its error and what to do."""
        first, *others = self.entries
        if others:
            raise BrokenExtension(
                f"Several packages register the {self.kind} {self.name}: {self.source}.", "Uninstall one of them."
            )
        return self._guard("cannot be loaded", first.load)

    def open(self, *arguments: Any) -> Any:
        """Call the registered object and return its result. Raises as `load` does; an OutlastError passes unchanged."""
        factory = self.load()
        return self._guard("cannot be opened", lambda: factory(*arguments))

    def as_broken(self, why: str) -> BrokenExtension:
        """Return the error to raise when the registered object is of the wrong kind; `why` continues its sentence."""
        package = _package(self.entries[0])
        what_to_do = (
            INSTALL_ADVICE if package == OWN_DISTRIBUTION else f"Install another version of {package}, or uninstall it."
        )
        return BrokenExtension(f"The {self.kind} {self.name} of {self.source} {why}.", what_to_do)

    def _guard(self, failure: str, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except OutlastError:
            raise
        except (Exception, SystemExit) as error:  # code of other packages: an error in it must not stop the rest
            reason = " ".join(redact(str(error)).split())[:MAX_REASON_CHARACTERS]
            raise self.as_broken(f"{failure} ({type(error).__name__}: {reason})") from error


@dataclass(frozen=True)
class ExtensionStatus:
    """An extension as it is listed for people.

    `problem` is "" if the extension can be used; otherwise it says why not and what to do.
    """

    name: str
    source: str
    problem: str = ""
    is_broken: bool = False
    """True if the package must be repaired; False if a setting is missing."""


def find_extensions(group: str) -> dict[str, Extension]:
    """Return all extensions of a group by their lower-case names, sorted.

    An extension of another package replaces ours of the same name. Raises NeedsOperator if not even our own extensions
    are found: then this Python has the files of Outlast, but not the installed package.
    """
    registered = dict[str, list[EntryPoint]]()
    for entry in sorted(entry_points(group=group), key=lambda entry: (entry.name.lower(), _package(entry))):
        registered.setdefault(entry.name.lower(), []).append(entry)
    if not any(_package(entry) == OWN_DISTRIBUTION for entries in registered.values() for entry in entries):
        raise NeedsOperator(
            f"Outlast is not installed in this Python, or an older version of it is ({group}).", INSTALL_ADVICE
        )
    found = dict[str, Extension]()
    for name, entries in registered.items():
        others = [entry for entry in entries if _package(entry) != OWN_DISTRIBUTION]
        found[name] = Extension(KIND_BY_GROUP[group], name, tuple(others or entries))
    return found


async def check_extensions(group: str, use: Callable[[Extension], Awaitable[object]]) -> list[ExtensionStatus]:
    """Return the status of each extension of a group. Raises NeedsOperator as `find_extensions` does.

    `use` tries the extension and raises an OutlastError if it cannot be used.
    """
    statuses = list[ExtensionStatus]()
    for extension in find_extensions(group).values():
        problem, is_broken = "", False
        try:
            await use(extension)
        except OutlastError as error:
            problem, is_broken = str(error), isinstance(error, BrokenExtension)
        statuses.append(ExtensionStatus(extension.name, extension.source, problem, is_broken))
    return statuses


def _package(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist else ""
