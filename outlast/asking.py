"""Answer a question in this process, without a server or gates. The run is not kept: it cannot be resumed."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack

from outlast.composition import build_composition, open_web_search
from outlast.evidence.budget import Budget
from outlast.in_process import answer
from outlast.orchestration.activities.collect import collect
from outlast.orchestration.activities.publish import assemble_report
from outlast.orchestration.client.documents import DocumentPaths, build_collection, open_collections, paths_of
from outlast.orchestration.client.report import Report
from outlast.orchestration.embedded.home_folder import open_home, open_home_if_there
from outlast.orchestration.research.messages import parse_ask
from outlast.orchestration.research.phase_io import CollectRequest
from outlast.orchestration.settings import Settings
from outlast.tools.store.objects import open_objects, open_objects_to_read


async def ask(
    question: str,
    *,
    docs: DocumentPaths = None,
    collection: str = "",
    exclude: Sequence[str] = (),
    web: bool = False,
    budget: Budget | None = None,
    settings: Settings | None = None,
) -> Report:
    """Answer a question at once from documents, a collection, the web, or several of them.

    >>> report = asyncio.run(ask("How often does the ferry cross?", docs="documents"))
    >>> "four times a day" in report.claims[0].text
    True
    >>> report.sources[0].uri
    'ferry.txt'

    `docs` is a folder or a file, or several of them. Without `docs` and `collection`, the default collection is
    used; with `web`, only the web. If the settings name no model, rules find and quote sentences, which costs
    nothing. Raises `Permanent` for a question that cannot be asked, `NeedsOperator` if a person must fix something
    first, and `Transient` if retries did not help.
    """
    request, used_settings = parse_ask({"question": question, "web": web}), settings or Settings()
    if paths := paths_of(docs):
        documents = await open_collections(used_settings).save(await build_collection(paths, used_settings, exclude))
    else:
        documents = await find_collection(collection, used_settings, web=web)
    await asyncio.to_thread(open_home, used_settings.home)
    store = open_objects(used_settings.object_store)
    async with AsyncExitStack() as stack:
        pages = await stack.enter_async_context(open_web_search(used_settings, store)) if web else None
        composition = build_composition(store, used_settings, pages)
        publication = await answer(request.question, documents, composition, web=web, budget=budget)
        return Report(*await assemble_report(store, publication))


async def find_collection(collection: str, settings: Settings, *, web: bool) -> str:
    """Return the id of the collection with that name or id; "" means the default one or, with `web`, an empty one.

    Raises `Permanent` if it does not exist. Looking for a collection writes no files.
    """
    if web and not collection:  # the empty collection is stored too
        await asyncio.to_thread(open_home, settings.home)
        store = open_objects(settings.object_store)
    else:
        await asyncio.to_thread(open_home_if_there, settings.home)
        store = open_objects_to_read(settings.object_store)
    return (await collect(store, "", CollectRequest(collection=collection or None, web=web))).collection
