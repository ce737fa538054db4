"""The differences between two versions of a collection."""

from outlast.evidence.sources import Collection, Value


class CollectionChanges(Value):
    """The sorted uris of added, changed and removed documents, and the number of unchanged ones.

    A document is changed if its text is different.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: int


def compare_collections(before: Collection | None, after: Collection) -> CollectionChanges:
    """Compare two versions of a collection. If `before` is None, every document is added."""
    old = {source.uri: source.snapshot for source in before.sources} if before else {}
    new = {source.uri: source.snapshot for source in after.sources}
    common = old.keys() & new.keys()
    changed = sorted(uri for uri in common if old[uri] != new[uri])
    return CollectionChanges(
        added=tuple(sorted(new.keys() - old.keys())),
        changed=tuple(changed),
        removed=tuple(sorted(old.keys() - new.keys())),
        unchanged=len(common) - len(changed),
    )
