"""What is different in a collection since it was taken in before."""

from outlast.evidence.sources import Collection, Value


class CollectionChanges(Value):
    """Uris of documents, sorted. Changed is one whose text is another; the rest of both are `unchanged` in number."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: int


def compare_collections(before: Collection | None, after: Collection) -> CollectionChanges:
    """`before` is None where there was none: everything is added."""
    old = {source.uri: source.snapshot for source in before.sources} if before else {}
    new = {source.uri: source.snapshot for source in after.sources}
    both = old.keys() & new.keys()
    changed = sorted(uri for uri in both if old[uri] != new[uri])
    return CollectionChanges(
        added=tuple(sorted(new.keys() - old.keys())),
        changed=tuple(changed),
        removed=tuple(sorted(old.keys() - new.keys())),
        unchanged=len(both) - len(changed),
    )
