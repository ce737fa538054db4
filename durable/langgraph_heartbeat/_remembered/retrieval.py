"""Retrievers and embedding models that a phase remembers, as `remembered(...)` returns them."""

from typing import TYPE_CHECKING, Any, ClassVar, cast

from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.runnables import RunnableConfig

from langgraph_heartbeat._journal.arguments import describe
from langgraph_heartbeat._journal.kept_calls import What, acall_once, call_once
from langgraph_heartbeat._journal.vectors import pack_vectors, unpack_vectors

if TYPE_CHECKING:
    from langchain_core.retrievers import BaseRetriever
else:
    BaseRetriever = object


class RememberedRetriever(BaseRetriever):
    """What a retriever does differently that is remembered."""

    __slots__ = ()
    remembered_as: ClassVar[str]

    def invoke(self, input: str, config: RunnableConfig | None = None, **kwargs: Any) -> list[Document]:  # noqa: A002 - LangChain's name
        what = retrieval(self.remembered_as, input, kwargs)
        return call_once(what, lambda: super(RememberedRetriever, self).invoke(input, config, **kwargs))

    async def ainvoke(self, input: str, config: RunnableConfig | None = None, **kwargs: Any) -> list[Document]:  # noqa: A002 - LangChain's name
        what = retrieval(self.remembered_as, input, kwargs)
        return await acall_once(what, lambda: super(RememberedRetriever, self).ainvoke(input, config, **kwargs))


class RememberedEmbeddings(Embeddings):
    """An embedding model that is remembered. Other attributes are those of the original."""

    def __init__(self, original: Embeddings, name: str) -> None:
        self._original, self._name = original, name

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return call_once(self._documents(texts), lambda: self._original.embed_documents(texts))

    def embed_query(self, text: str) -> list[float]:
        return call_once(self._query(text), lambda: self._original.embed_query(text))

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        return await acall_once(self._documents(texts), lambda: self._original.aembed_documents(texts))

    async def aembed_query(self, text: str) -> list[float]:
        return await acall_once(self._query(text), lambda: self._original.aembed_query(text))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # while it is copied, it has no original yet
            raise AttributeError(name)
        return getattr(self._original, name)

    def _documents(self, texts: list[str]) -> What[list[list[float]]]:
        request = f"documents {self._name} {describe(texts)}"
        return What("embedding", self._name, request, stored=stored_vectors, restored=restored_vectors)

    def _query(self, text: str) -> What[list[float]]:
        request = f"query {self._name} {describe(text)}"
        return What("embedding", self._name, request, stored=stored_vector, restored=restored_vector)


def retrieval(name: str, query: str, options: dict[str, Any]) -> What[list[Document]]:
    return What("retriever", name, f"retriever {name} {describe([query, options])}")


def stored_vectors(vectors: list[list[float]]) -> Any:
    packed = pack_vectors(vectors)
    return ["as they are", vectors] if packed is None else ["packed", packed]


def restored_vectors(stored: Any) -> list[list[float]]:
    form, content = stored
    return unpack_vectors(content) if form == "packed" else cast("list[list[float]]", content)


def stored_vector(vector: list[float]) -> Any:
    return stored_vectors([vector])


def restored_vector(stored: Any) -> list[float]:
    return restored_vectors(stored)[0]
