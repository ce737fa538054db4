"""What a command cannot do: why, and what a person can do about it."""

from collections.abc import Iterable


class Refusal(Exception):
    """A command ends with these problems, each of which says what is wrong, why, and what to do."""

    def __init__(self, problems: str | Iterable[str]) -> None:
        self.problems = (problems,) if isinstance(problems, str) else tuple(problems)
        super().__init__("\n".join(self.problems))
