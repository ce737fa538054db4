"""The ordinals of equal requests: the first, the second and so on that one task makes, in each attempt anew."""

from collections import Counter, defaultdict
from collections.abc import Callable, Set


class Ordinals:
    """Counts equal requests by task. The ordinal of a call that failed is given to the next one, its repetition."""

    def __init__(self) -> None:
        self._next: Counter[tuple[str, str]] = Counter()
        self._free: defaultdict[tuple[str, str], set[int]] = defaultdict(set)

    def __len__(self) -> int:
        return len(self._next)

    def take(self, namespace: str, request: str) -> int:
        """Return the ordinal of a request that the task of this namespace makes now."""
        if free := self._free.get((namespace, request)):
            free.remove(ordinal := min(free))
            return ordinal
        ordinal = self._next[namespace, request]
        self._next[namespace, request] += 1
        return ordinal

    def give_back(self, namespace: str, request: str, ordinal: int) -> None:
        self._free[namespace, request].add(ordinal)

    def namespaces(self) -> Set[str]:
        """Return the namespaces of the tasks that have made a request."""
        return {namespace for namespace, _ in self._next}

    def forget(self, dead: Callable[[str], bool]) -> None:
        for asked in [asked for asked in self._next if dead(asked[0])]:
            del self._next[asked]
            self._free.pop(asked, None)

    def clear(self) -> None:
        self._next.clear()
        self._free.clear()
