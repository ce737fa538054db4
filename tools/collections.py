"""Collections in the object store: manifests named by their hash, and names that people choose for them."""

import re

from obstore.store import ObjectStore
from pydantic import ValidationError

from evidence.errors import Permanent
from evidence.sources import Collection, sha256
from tools.objects import Missing, exists, get, names_under, put, put_new

DEFAULT = "default"
"""The name of the collection that is meant where none is given."""

ID = re.compile(r"[0-9a-f]{64}")
NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")
NAMES_SHOWN = 10


class Collections:
    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def save(self, collection: Collection) -> str:
        """Stores the manifest and returns its id."""
        content = collection.model_dump_json().encode()
        collection_id = sha256(content)
        await put_new(self._store, _key(collection_id), content)
        return collection_id

    async def load(self, collection_id: str) -> Collection:
        """Raises Permanent where it is missing, damaged, or written by a version that knew other fields."""
        try:
            content = await get(self._store, _key(collection_id))
        except Missing as error:
            raise _unknown_id(collection_id) from error
        if sha256(content) != collection_id:
            raise Permanent(
                f"Collection {collection_id} is damaged: what is stored has another hash. Delete "
                f"{_key(collection_id)} in the object store (OUTLAST_OBJECTS) and take the documents in again: "
                "`outlast up --docs DIR`."
            )
        try:
            return Collection.model_validate_json(content)
        except ValidationError as error:
            raise Permanent(
                f"Collection {collection_id} was written by another version of Outlast. Take the documents in again: "
                "`outlast up --docs DIR`."
            ) from error

    async def name(self, name: str, collection_id: str) -> None:
        """From now on `name` means this collection, whatever it meant before. Raises Permanent for an unfit name."""
        if not _is_name(name):
            raise Permanent(
                f"{_shown(name)} cannot name a collection: a name has up to 100 letters, digits, dots, dashes and "
                "underscores, and does not look like an id."
            )
        await put(self._store, _name_key(name), collection_id.encode())

    async def resolve(self, given: str | None) -> str:
        """The id that `given` means: an id, a name, or None for the default collection.

        Raises Permanent, saying what there is, where it means nothing.
        """
        wanted = DEFAULT if given is None else given.strip()
        if ID.fullmatch(wanted):
            if not await exists(self._store, _key(wanted)):
                raise _unknown_id(wanted)
            return wanted
        if not _is_name(wanted):
            raise await self._unknown_name(wanted)
        try:
            collection_id = (await get(self._store, _name_key(wanted))).decode(errors="replace")
        except Missing as error:
            raise await self._unknown_name(wanted) from error
        if not ID.fullmatch(collection_id) or not await exists(self._store, _key(collection_id)):
            raise Permanent(
                f"The collection that is named {_shown(wanted)} is no longer in the object store (OUTLAST_OBJECTS). "
                "Take the documents in again: `outlast up --docs DIR`."
            )
        return collection_id

    async def _unknown_name(self, wanted: str) -> Permanent:
        names = await names_under(self._store, "collections/names")
        if not names:
            return Permanent("There is no collection yet. Make the default one: `outlast up --docs DIR`.")
        shown = ", ".join(names[:NAMES_SHOWN])
        more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
        return Permanent(
            f"There is no collection named {_shown(wanted)}. There are: {shown}{more}. "
            "Name one of these, or make the default one: `outlast up --docs DIR`."
        )


def _is_name(name: str) -> bool:
    # "." and ".." would be steps in a path.
    return NAME.fullmatch(name) is not None and name not in (".", "..") and ID.fullmatch(name) is None


def _shown(given: str) -> str:
    return repr(given if len(given) <= 100 else f"{given[:100]}...")


def _unknown_id(collection_id: str) -> Permanent:
    return Permanent(
        f"Collection {collection_id} is not in the object store (OUTLAST_OBJECTS). "
        "Take the documents in again: `outlast up --docs DIR`."
    )


def _key(collection_id: str) -> str:
    return f"collections/{collection_id}.json"


def _name_key(name: str) -> str:
    return f"collections/names/{name}"
