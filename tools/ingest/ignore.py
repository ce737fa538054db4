"""What is to be left out of a folder: patterns as in a `.gitignore`, given by hand or in `.outlastignore` files.

`.gitignore` itself is not obeyed. It says what is kept out of version control, and that is often the very documents:
generated pages, large PDFs. A link named `.outlastignore` to it makes it count.
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
    """The patterns of one place. They speak about paths that begin with `prefix`, relative to it."""

    prefix: str
    patterns: "GitIgnoreSpec"


@dataclass(frozen=True)
class IgnoreRules:
    """As git does it: what is given by hand counts first, then the deepest file that says something about a path."""

    levels: tuple[_Level, ...] = ()
    explicit_count: int = 0

    @classmethod
    def of(cls, patterns: Sequence[str]) -> "IgnoreRules":
        """Raises Permanent for a pattern that is none."""
        if not patterns:
            return cls()
        return cls((_Level("", _compile_patterns(patterns, "--exclude")),), explicit_count=1)

    def with_ignore_file(self, folder: Path, prefix: str) -> "IgnoreRules":
        """The same and what `folder` says in a file of its own. `prefix` is its path with a slash; "" is the root.

        Raises Permanent where that file is there and cannot be read: it may say what nobody is to see.
        """
        file = folder / IGNORE_FILE
        try:
            lines = file.read_text(encoding="utf-8-sig", errors="replace").splitlines()
        except FileNotFoundError:
            return self
        except OSError as error:
            raise Permanent(
                f"{file} cannot be read ({error.strerror}), so nobody knows what to leave out. "
                "Give the right to read it, or remove it."
            ) from error
        level = _Level(prefix, _compile_patterns(lines, str(file)))
        return IgnoreRules(
            (*self.levels[: self.explicit_count], level, *self.levels[self.explicit_count :]), self.explicit_count
        )

    def ignores(self, uri: str) -> bool:
        """Whether `uri` is left out. A folder's ends in a slash; what lies below one that is left out is not asked."""
        for level in self.levels:
            found = level.patterns.check_file(uri.removeprefix(level.prefix))
            if found.include is not None:
                return found.include
        return False


def _compile_patterns(lines: Iterable[str], where: str) -> "GitIgnoreSpec":
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - 40 ms that most folders have no use for

    try:
        return GitIgnoreSpec.from_lines(lines)
    except ValueError as error:
        raise Permanent(f"{where} has a pattern that is none ({error}). Write it as in a .gitignore.") from error
