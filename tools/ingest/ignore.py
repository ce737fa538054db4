"""Rules for the files to leave out of a folder: `.gitignore` patterns, from `--exclude` or `.outlastignore` files.

`.gitignore` itself is not read. It lists what is kept out of version control, and those are often the documents
themselves: generated pages, large PDFs. To use it, make `.outlastignore` a link to it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from outlast.evidence.errors import Permanent

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

IGNORE_FILE = ".outlastignore"


@dataclass(frozen=True)
class _Level:
    """The patterns of one folder. They apply to paths that begin with `prefix`, and are relative to it."""

    prefix: str
    patterns: "GitIgnoreSpec"


@dataclass(frozen=True)
class IgnoreRules:
    """Rules in the order of git: explicit patterns come first, then the deepest ignore file that matches a path."""

    levels: tuple[_Level, ...] = ()
    explicit_count: int = 0

    @classmethod
    def of(cls, patterns: Sequence[str]) -> "IgnoreRules":
        """Make the rules from explicit patterns. Raises Permanent for an invalid pattern."""
        if not patterns:
            return cls()
        return cls((_Level("", _compile_patterns(patterns, "--exclude")),), explicit_count=1)

    def with_ignore_file(self, folder: Path, prefix: str) -> "IgnoreRules":
        """Return these rules and those of `folder`'s ignore file. `prefix` is its path with a slash; "" is the root.

        Raises Permanent if the file exists and cannot be read: it may exclude confidential documents.
        """
        file = folder / IGNORE_FILE
        try:
            lines = file.read_text(encoding="utf-8-sig", errors="replace").splitlines()
        except FileNotFoundError:
            return self
        except OSError as error:
            raise Permanent(
                f"{file} cannot be read ({error.strerror}), so it is not known which files to leave out. "
                "Give permission to read it, or remove it."
            ) from error
        level = _Level(prefix, _compile_patterns(lines, str(file)))
        return IgnoreRules(
            (*self.levels[: self.explicit_count], level, *self.levels[self.explicit_count :]), self.explicit_count
        )

    def ignores(self, uri: str) -> bool:
        """Return whether `uri` is left out. A folder's uri ends in a slash; folders left out are not entered."""
        for level in self.levels:
            match = level.patterns.check_file(uri.removeprefix(level.prefix))
            if match.include is not None:
                return match.include
        return False


def _compile_patterns(lines: Iterable[str], where: str) -> "GitIgnoreSpec":
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - takes 40 ms to import, and most folders do not need it

    try:
        return GitIgnoreSpec.from_lines(lines)
    except ValueError as error:
        raise Permanent(f"{where} has an invalid pattern ({error}). Write it as in a .gitignore.") from error
