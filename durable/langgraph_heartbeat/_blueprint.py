"""What all attempts at a phase share."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import CodeType
from typing import cast

from langgraph.store.base import BaseStore
from pydantic import BaseModel

from ._graphs import AnyPregel, GraphLike, compile_graph, node_codes, types_of, with_store
from ._node_code.node_code import NodeCode
from ._publishing.envelope import fingerprint_of
from ._saver.untracked import report_not_kept
from ._serialising.serialising import TypeName
from ._store.store import require_base_store


@dataclass(frozen=True)
class Blueprint:
    """The compiled graph of a phase. It is made once per worker, because compiling takes milliseconds per node."""

    phase: str
    graph: AnyPregel
    fingerprint: bytes
    types: frozenset[TypeName]
    codes: Mapping[CodeType, str]
    """The code objects of the nodes, with their names."""
    node_code: NodeCode

    @classmethod
    def of(
        cls,
        phase: str,
        graph: GraphLike,
        types: Iterable[type],
        store: BaseStore | None = None,
        models: Iterable[type[BaseModel]] = (),
    ) -> "Blueprint":
        for each in types:
            if not isinstance(cast("object", each), type):
                raise TypeError(f"The argument types of the phase {phase} is a list of classes, not of {each!r}.")
        compiled = with_store(compile_graph(graph), require_base_store(store))
        report_not_kept(compiled, phase)
        fingerprint, names = fingerprint_of(compiled, phase), frozenset(types_of(compiled, types, models))
        return cls(phase, compiled, fingerprint, names, dict(node_codes(compiled)), NodeCode.of(compiled))
