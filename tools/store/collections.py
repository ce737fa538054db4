"""Collections in the object store: manifests named by their hash, and names that people choose for them."""

import re
from datetime import UTC, datetime

from obstore.store import ObjectStore
from pydantic import ValidationError

from outlast.evidence.errors import NeedsOperator, Permanent
from outlast.evidence.sources import Collection, Value, sha256
from outlast.tools.store.objects import MissingObject, delete, exists, get, list_names, put, put_new
from outlast.tools.store.snapshots import INGEST_ADVICE, Snapshots

DEFAULT_COLLECTION = "default"
"""The name of the collection that is used if none is given."""

COLLECTION_ID = re.compile(r"[0-9a-f]{64}")
COLLECTION_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")
NAMES_PREFIX = "collections/names"
MAX_NAMES_IN_MESSAGE = 10
INGEST_AGAIN_ADVICE = "Ingest its documents again: `outlast docs add NAME DIR`."
CREATE_ADVICE = (
    "ingest a folder under a name: `outlast docs add NAME DIR`, or as the default one: `outlast up --docs DIR`."
)


class NamedCollection(Value):
    """The collection that a name refers to. If an earlier version stored the name, only the id is not None."""

    collection: str
    documents: int | None = None
    skipped: int | None = None
    text_bytes: int | None = None
    """The size of all its texts in UTF-8. A text that two documents share counts once."""
    named_at: datetime | None = None


class Collections:
    """The collections of an object store, and their names."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def save(self, collection: Collection) -> str:
        """Store the manifest and return its id."""
        content = collection.model_dump_json().encode()
        collection_id = sha256(content)
        await put_new(self._store, _manifest_key(collection_id), content)
        return collection_id

    async def load(self, collection_id: str) -> Collection:
        """Return a stored collection.

        Raises NeedsOperator if it is missing or damaged, Permanent if another version wrote it with other fields.
        """
        try:
            content = await get(self._store, _manifest_key(collection_id))
        except MissingObject as error:
            raise NeedsOperator(
                f"Collection {collection_id} is not in the object store (OUTLAST_OBJECTS).", INGEST_ADVICE
            ) from error
        if sha256(content) != collection_id:
            raise NeedsOperator(
                f"Collection {collection_id} is damaged: its stored content has another hash.",
                f"Delete {_manifest_key(collection_id)} in the object store (OUTLAST_OBJECTS). {INGEST_ADVICE}",
            )
        try:
            return Collection.model_validate_json(content)
        except ValidationError as error:
            raise Permanent(
                f"Collection {collection_id} was written by another version of Outlast. {INGEST_AGAIN_ADVICE}"
            ) from error

    async def name(self, name: str, collection_id: str) -> NamedCollection:
        """Make `name` refer to this stored collection, whatever it referred to before.

        Raises Permanent for an invalid name, and the errors of `load`.
        """
        check_name(name)
        collection = await self.load(collection_id)
        sizes = await Snapshots(self._store).sizes(source.snapshot for source in collection.sources)
        named = NamedCollection(
            collection=collection_id,
            documents=len(collection.sources),
            skipped=len(collection.skipped),
            text_bytes=sum(sizes.values()),
            named_at=datetime.now(UTC),
        )
        await put(self._store, _name_key(name), named.model_dump_json().encode())
        return named

    async def list_named(self) -> dict[str, NamedCollection]:
        """Return all names with their collections, sorted, including damaged names and those of missing collections."""
        return {name: await self._meaning(name) for name in await list_names(self._store, NAMES_PREFIX)}

    async def find(self, name: str) -> NamedCollection | None:
        """Return the collection that the name refers to; None if there is no such name."""
        try:
            return await self._meaning(name) if _is_name(name) else None
        except MissingObject:
            return None

    async def forget(self, name: str) -> None:
        """Delete the name. The collection and its texts stay, because runs and reports may use them.

        Raises Permanent with the existing names if there is no such name.
        """
        if not _is_name(name) or not await exists(self._store, _name_key(name)):
            raise await self._unknown_name(name)
        await delete(self._store, _name_key(name))

    async def resolve(self, reference: str | None) -> str:
        """Return the id of a collection, given its id, its name, or None for the default collection.

        Raises Permanent with the existing names if there is no such collection.
        """
        id_or_name = DEFAULT_COLLECTION if reference is None else reference.strip()
        if COLLECTION_ID.fullmatch(id_or_name):
            if not await exists(self._store, _manifest_key(id_or_name)):
                raise _unknown_id(id_or_name)
            return id_or_name
        named = await self.find(id_or_name)
        if named is None:
            raise await self._unknown_name(id_or_name)
        collection_id = named.collection
        if not COLLECTION_ID.fullmatch(collection_id) or not await exists(self._store, _manifest_key(collection_id)):
            raise Permanent(
                f"The collection that is named {_quote_name(id_or_name)} is no longer in the object store "
                f"(OUTLAST_OBJECTS). {INGEST_AGAIN_ADVICE}"
            )
        return collection_id

    async def _meaning(self, name: str) -> NamedCollection:
        content = await get(self._store, _name_key(name))
        try:
            return NamedCollection.model_validate_json(content)
        except ValidationError:  # earlier versions wrote only the id
            return NamedCollection(collection=content.decode(errors="replace"))

    async def _unknown_name(self, name: str) -> Permanent:
        names = await list_names(self._store, NAMES_PREFIX)
        if not names:
            return Permanent(f"There is no collection yet: {CREATE_ADVICE}")
        listed = ", ".join(names[:MAX_NAMES_IN_MESSAGE])
        more = f" and {len(names) - MAX_NAMES_IN_MESSAGE} more" if len(names) > MAX_NAMES_IN_MESSAGE else ""
        return Permanent(
            f"There is no collection named {_quote_name(name)}. There are: {listed}{more}. "
            f"Name one of these, or {CREATE_ADVICE}"
        )


def check_name(name: str) -> None:
    """Raise Permanent if `name` is not a valid name of a collection."""
    if not _is_name(name):
        raise Permanent(
            f"{_quote_name(name)} cannot name a collection: a name has up to 100 letters, digits, dots, dashes and "
            "underscores, and does not look like an id."
        )


def _is_name(name: str) -> bool:
    # "." and ".." have a meaning in paths.
    return (
        COLLECTION_NAME.fullmatch(name) is not None
        and name not in (".", "..")
        and COLLECTION_ID.fullmatch(name) is None
    )


def _quote_name(name: str) -> str:
    return repr(name if len(name) <= 100 else f"{name[:100]}...")


def _unknown_id(collection_id: str) -> Permanent:
    return Permanent(f"Collection {collection_id} is not in the object store (OUTLAST_OBJECTS). {INGEST_AGAIN_ADVICE}")


def _manifest_key(collection_id: str) -> str:
    return f"collections/{collection_id}.json"


def _name_key(name: str) -> str:
    return f"{NAMES_PREFIX}/{name}"


class CollectionTexts:
    """The texts of a collection. `collection` is the id of a stored collection; "" if it is not known."""

    def __init__(self, store: ObjectStore, collection: str) -> None:
        self._snapshots = Snapshots(store)
        self._collections = Collections(store)
        self._collection = collection

    async def text(self, snapshot: str) -> str:
        """Return the text of a snapshot. Raises NeedsOperator, naming its document, if it is missing or damaged."""
        try:
            return await self._snapshots.text(snapshot)
        except NeedsOperator:
            # Manifests can be long, so this one is read only when the error needs the name of the document.
            return await self._snapshots.text(snapshot, await self._document(snapshot))

    async def _document(self, snapshot: str) -> str:
        sources = (await self._collections.load(self._collection)).sources if self._collection else ()
        return next((source.uri for source in sources if source.snapshot == snapshot), "")
