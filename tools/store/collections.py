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
"""The name of the collection that is meant where none is given."""

COLLECTION_ID = re.compile(r"[0-9a-f]{64}")
COLLECTION_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")
NAMES_PREFIX = "collections/names"
MAX_NAMES_IN_MESSAGE = 10
INGEST_AGAIN_ADVICE = "Take its documents in again: `outlast docs add NAME DIR`."
CREATE_ADVICE = (
    "take a folder in under a name: `outlast docs add NAME DIR`, or as the default one: `outlast up --docs DIR`."
)


class NamedCollection(Value):
    """What a name means. All but the id are None where an earlier version gave the name."""

    collection: str
    documents: int | None = None
    skipped: int | None = None
    text_bytes: int | None = None
    """Of all its texts in UTF-8; a text that two documents share counts once."""
    named_at: datetime | None = None


class Collections:
    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def save(self, collection: Collection) -> str:
        """Stores the manifest and returns its id."""
        content = collection.model_dump_json().encode()
        collection_id = sha256(content)
        await put_new(self._store, _manifest_key(collection_id), content)
        return collection_id

    async def load(self, collection_id: str) -> Collection:
        """Raises NeedsOperator where it is missing or damaged, Permanent where another version wrote other fields."""
        try:
            content = await get(self._store, _manifest_key(collection_id))
        except MissingObject as error:
            raise NeedsOperator(
                f"Collection {collection_id} is not in the object store (OUTLAST_OBJECTS).", INGEST_ADVICE
            ) from error
        if sha256(content) != collection_id:
            raise NeedsOperator(
                f"Collection {collection_id} is damaged: what is stored has another hash.",
                f"Delete {_manifest_key(collection_id)} in the object store (OUTLAST_OBJECTS). {INGEST_ADVICE}",
            )
        try:
            return Collection.model_validate_json(content)
        except ValidationError as error:
            raise Permanent(
                f"Collection {collection_id} was written by another version of Outlast. {INGEST_AGAIN_ADVICE}"
            ) from error

    async def name(self, name: str, collection_id: str) -> NamedCollection:
        """From now on `name` means this stored collection, whatever it meant before.

        Raises Permanent for an unfit name, and what `load` raises.
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
        """Every name with what it means, sorted. Names that are damaged or mean nothing any more are among them."""
        return {name: await self._meaning(name) for name in await list_names(self._store, NAMES_PREFIX)}

    async def find(self, name: str) -> NamedCollection | None:
        """What the name means; None where it means nothing."""
        try:
            return await self._meaning(name) if _is_name(name) else None
        except MissingObject:
            return None

    async def forget(self, name: str) -> None:
        """The name means nothing any more; the collection and its texts stay, for runs and reports may use them.

        Raises Permanent, saying what there is, where it means nothing now.
        """
        if not _is_name(name) or not await exists(self._store, _name_key(name)):
            raise await self._unknown_name(name)
        await delete(self._store, _name_key(name))

    async def resolve(self, given: str | None) -> str:
        """The id that `given` means: an id, a name, or None for the default collection.

        Raises Permanent, saying what there is, where it means nothing.
        """
        wanted = DEFAULT_COLLECTION if given is None else given.strip()
        if COLLECTION_ID.fullmatch(wanted):
            if not await exists(self._store, _manifest_key(wanted)):
                raise _unknown_id(wanted)
            return wanted
        named = await self.find(wanted)
        if named is None:
            raise await self._unknown_name(wanted)
        collection_id = named.collection
        if not COLLECTION_ID.fullmatch(collection_id) or not await exists(self._store, _manifest_key(collection_id)):
            raise Permanent(
                f"The collection that is named {_quote_name(wanted)} is no longer in the object store "
                "(OUTLAST_OBJECTS). "
                f"{INGEST_AGAIN_ADVICE}"
            )
        return collection_id

    async def _meaning(self, name: str) -> NamedCollection:
        content = await get(self._store, _name_key(name))
        try:
            return NamedCollection.model_validate_json(content)
        except ValidationError:  # an id alone, as earlier versions wrote it
            return NamedCollection(collection=content.decode(errors="replace"))

    async def _unknown_name(self, wanted: str) -> Permanent:
        names = await list_names(self._store, NAMES_PREFIX)
        if not names:
            return Permanent(f"There is no collection yet: {CREATE_ADVICE}")
        shown = ", ".join(names[:MAX_NAMES_IN_MESSAGE])
        more = f" and {len(names) - MAX_NAMES_IN_MESSAGE} more" if len(names) > MAX_NAMES_IN_MESSAGE else ""
        return Permanent(
            f"There is no collection named {_quote_name(wanted)}. There are: {shown}{more}. "
            f"Name one of these, or {CREATE_ADVICE}"
        )


def check_name(name: str) -> None:
    """Raises Permanent where people cannot name a collection so."""
    if not _is_name(name):
        raise Permanent(
            f"{_quote_name(name)} cannot name a collection: a name has up to 100 letters, digits, dots, dashes and "
            "underscores, and does not look like an id."
        )


def _is_name(name: str) -> bool:
    # "." and ".." would be steps in a path.
    return (
        COLLECTION_NAME.fullmatch(name) is not None
        and name not in (".", "..")
        and COLLECTION_ID.fullmatch(name) is None
    )


def _quote_name(given: str) -> str:
    return repr(given if len(given) <= 100 else f"{given[:100]}...")


def _unknown_id(collection_id: str) -> Permanent:
    return Permanent(f"Collection {collection_id} is not in the object store (OUTLAST_OBJECTS). {INGEST_AGAIN_ADVICE}")


def _manifest_key(collection_id: str) -> str:
    return f"collections/{collection_id}.json"


def _name_key(name: str) -> str:
    return f"{NAMES_PREFIX}/{name}"


class CollectionTexts:
    """`collection` is the id of a stored collection; "" where it is not known."""

    def __init__(self, store: ObjectStore, collection: str) -> None:
        self._snapshots = Snapshots(store)
        self._collections = Collections(store)
        self._collection = collection

    async def text(self, snapshot: str) -> str:
        """The stored text of that name. Raises NeedsOperator where it is missing or damaged, naming its document."""
        try:
            return await self._snapshots.text(snapshot)
        except NeedsOperator:
            # Manifests can be long: this one is read when somebody needs the name, and the text is asked for again.
            return await self._snapshots.text(snapshot, await self._document(snapshot))

    async def _document(self, snapshot: str) -> str:
        sources = (await self._collections.load(self._collection)).sources if self._collection else ()
        return next((source.uri for source in sources if source.snapshot == snapshot), "")
