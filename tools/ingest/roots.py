"""What a person names to be ingested: folders and files, and the uris that their documents have together."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from outlast.evidence.errors import Permanent
from outlast.evidence.sources import Skipped
from outlast.tools.ingest.files import FileFound, describe_read_error, find_file, visible_name, walk


@dataclass(frozen=True)
class Root:
    """A folder, or files that were named one by one and are in the same folder.

    A folder that is named alone gives its documents their paths in it as uris. If several folders and files are named,
    a uri begins with the name of the folder.
    """

    given: Path
    """As it was named, for messages; the first one of several files."""
    folder: Path
    prefix: str = ""
    files: dict[Path, str] = field(default_factory=dict[Path, str])
    """The files with their uris; empty for a folder with everything below it."""

    @property
    def key(self) -> Path:
        """What the record of earlier ingests is kept under: that of a folder is another one than that of its files."""
        return self.folder / "\n" if self.files else self.folder

    def find(self, exclude: Sequence[str]) -> list[FileFound | Skipped]:
        """Find the files. Their uris are the ones inside the folder. Raises Permanent if it cannot be read."""
        try:
            return [find_file(path) for path in self.files] if self.files else list(walk(self.folder, exclude))
        except (OSError, RuntimeError) as error:
            raise _unreadable(self.given, error) from error

    def uri_of(self, uri: str, name: str) -> str:
        """Return the uri in the collection of what has `uri` inside the folder. `name` is that of its file there."""
        if self.files:
            return self.files.get(self.folder / name, visible_name(name)) + uri[len(name) :]
        return self.prefix + uri


def find_roots(given: Sequence[Path]) -> list[Root]:
    """Return what is ingested, in the order in which it was named, each path once.

    Raises Permanent if a path does not exist or cannot be read, or if none is given.
    """
    resolved = dict[Path, Path]()
    for path in given:
        resolved.setdefault(_resolve(path), path)
    if not resolved:
        raise Permanent("No documents are named. Name a folder of documents, or a document.")
    names = _short_names(list(resolved)) if len(resolved) > 1 else {path: path.name for path in resolved}
    roots, files = list[Root](), defaultdict[Path, dict[Path, str]](dict)
    for path, named in resolved.items():
        if path.is_dir():
            roots.append(Root(named, path, f"{names[path]}/" if len(resolved) > 1 else ""))
        else:
            if path.parent not in files:
                roots.append(Root(named, path.parent, files=files[path.parent]))
            files[path.parent][path] = visible_name(names[path])
    return roots


def describe_given(given: Sequence[Path]) -> str:
    """Return what was named, for messages: `letters, minutes.pdf and 3 more`."""
    more = f" and {len(given) - 3} more" if len(given) > 3 else ""
    return f"{', '.join(str(path) for path in given[:3])}{more}"


def _resolve(path: Path) -> Path:
    try:
        return path.resolve(strict=True)
    except FileNotFoundError as error:
        raise Permanent(f"{path} does not exist. Name a folder of documents, or a document.") from error
    except (OSError, RuntimeError) as error:  # a loop of links is a RuntimeError up to Python 3.12
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> Permanent:
    return Permanent(f"{path} cannot be read: {describe_read_error(error)}. Check its permissions.")


def _short_names(paths: Sequence[Path]) -> dict[Path, str]:
    """Return the shortest ends of the paths that tell them apart, at least the name of each: `2024/letters`."""
    lengths = dict.fromkeys(paths, 1)
    while True:
        names = {path: "/".join(path.parts[1:][-length:]) or "root" for path, length in lengths.items()}
        owners = defaultdict[str, list[Path]](list)
        for path, name in names.items():
            owners[name].append(path)
        unclear = [path for same in owners.values() if len(same) > 1 for path in same]
        longer = [path for path in unclear if lengths[path] < len(path.parts)]
        if not longer:
            return names
        for path in longer:
            lengths[path] += 1
