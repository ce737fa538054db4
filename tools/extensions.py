"""What is found by entry points: search engines, readers of documents and reasoners, ours and those of other packages.

A package registers a name in one of the groups below; Outlast's own are registered in the same way. Nothing of a
package is imported before it is used or listed, and one that is broken costs itself alone.
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
"""The name of our own distribution."""
INSTALL = "Install Outlast in this Python: `make setup` in its folder, or `pip install outlast`."
MAX_REASON_CHARACTERS = 200


class BrokenExtension(NeedsOperator):
    """What a package registered cannot be used at all, whatever is set."""


@dataclass(frozen=True)
class Extension:
    """A name, and what stands for it. Several packages that want the same name have none of them."""

    kind: str
    name: str
    entries: tuple[EntryPoint, ...]

    @property
    def source(self) -> str:
        """The package that it comes from, with its version: `outlast 0.1.0`."""
        return " and ".join(f"{_package(entry)} {entry.dist.version if entry.dist else ''}" for entry in self.entries)

    def load(self) -> Any:
        """The object that is registered. Raises BrokenExtension, with the package, its error and what to do."""
        first, *others = self.entries
        if others:
            raise BrokenExtension(
                f"The name of the {self.kind} {self.name} is taken twice, by {self.source}.", "Uninstall one of them."
            )
        return self._guard("cannot be loaded", first.load)

    def open(self, *given: Any) -> Any:
        """What the registered object makes of `given`. Raises the same; an error of Outlast is passed on as it is."""
        factory = self.load()
        return self._guard("cannot be opened", lambda: factory(*given))

    def as_broken(self, why: str) -> BrokenExtension:
        """For who finds that what is registered is of another kind."""
        package = _package(self.entries[0])
        what_to_do = (
            INSTALL if package == OWN_DISTRIBUTION else f"Install another version of {package}, or uninstall it."
        )
        return BrokenExtension(f"The {self.kind} {self.name} of {self.source} {why}.", what_to_do)

    def _guard(self, fails: str, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except OutlastError:
            raise
        except (Exception, SystemExit) as error:  # anybody's code: it must not take others with it
            reason = " ".join(redact(str(error)).split())[:MAX_REASON_CHARACTERS]
            raise self.as_broken(f"{fails} ({type(error).__name__}: {reason})") from error


@dataclass(frozen=True)
class ExtensionStatus:
    """An extension for people; `problem` is "" where it can be used, else why not and what to do."""

    name: str
    source: str
    problem: str = ""
    is_broken: bool = False
    """Whether it is its package that must be seen to; else something must be set."""


def find_extensions(group: str) -> dict[str, Extension]:
    """All of a group by their names in lower case, sorted. What another package registers takes the place of ours.

    Raises NeedsOperator where not even our own are found: this Python has the files of Outlast, but not the package.
    """
    registered = dict[str, list[EntryPoint]]()
    for entry in sorted(entry_points(group=group), key=lambda entry: (entry.name.lower(), _package(entry))):
        registered.setdefault(entry.name.lower(), []).append(entry)
    if not any(_package(entry) == OWN_DISTRIBUTION for entries in registered.values() for entry in entries):
        raise NeedsOperator(
            f"Outlast is not installed in this Python, or an older version of it is ({group}).", INSTALL
        )
    found = dict[str, Extension]()
    for name, entries in registered.items():
        others = [entry for entry in entries if _package(entry) != OWN_DISTRIBUTION]
        found[name] = Extension(KIND_BY_GROUP[group], name, tuple(others or entries))
    return found


async def check_extensions(group: str, use: Callable[[Extension], Awaitable[object]]) -> list[ExtensionStatus]:
    """All of a group; `use` does what shows whether it can be used. Raises NeedsOperator as `find_extensions` does."""
    found = list[ExtensionStatus]()
    for extension in find_extensions(group).values():
        problem, is_broken = "", False
        try:
            await use(extension)
        except OutlastError as error:
            problem, is_broken = str(error), isinstance(error, BrokenExtension)
        found.append(ExtensionStatus(extension.name, extension.source, problem, is_broken))
    return found


def _package(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist else ""
