"""`idempotency_key`: what a service needs to do a thing once, although it is asked twice."""

import hashlib
from uuid import uuid4

from langchain_core.runnables.config import var_child_runnable_config

from .call_observer import enclosing_kept_call
from .journal import current_journal

KEY_CHARACTERS = 32


def idempotency_key(*purpose: str) -> str:
    """Return a short text that is the same whenever this call is made again, and another one for every other call.

    A call that a kill -9 cut off is made again, and nobody knows whether it had arrived. Give this key to the service
    that you call, which then does the thing once: payments, mails, tickets. Call it in a tool, in a function that is
    `remembered`, or in a node.

    In a tool or a remembered function the key is the same over the attempts of a phase, the resumes after a question or
    a failure, and deploys; another run of the workflow, another step, other arguments, and a second equal call in one
    task have other keys. In a node, it belongs to the node's task. Ask as often as you like: one call has one key.
    Where one call asks for several things, name each: `idempotency_key("charge")` and `idempotency_key("receipt")`.

    In a graph that runs without a phase, as in a notebook, nothing is repeated, and every key is new. Raises
    `RuntimeError` outside of a graph; also in a thread that code of a node starts itself (`asyncio.to_thread` is fine).

    ```python
    import asyncio

    from langgraph.graph import START, StateGraph
    from langgraph_heartbeat import idempotency_key, phase_function
    from pydantic import BaseModel

    charged: dict[str, int] = {}  # stands for a payment service, which charges once for each key


    class Order(BaseModel):
        cents: int
        receipt: str = ""


    async def pay(order: Order) -> dict[str, str]:
        charged.setdefault(idempotency_key(), order.cents)
        return {"receipt": f"{sum(charged.values())} cents"}


    paid = phase_function(Order, Order, StateGraph(Order).add_node(pay).add_edge(START, "pay"))
    assert asyncio.run(paid(Order(cents=250))).receipt == "250 cents"
    ```
    """
    config = var_child_runnable_config.get()
    if config is None:
        raise RuntimeError(
            "idempotency_key() belongs into a tool or a node of a graph: here is no call whose repetition it could "
            "name. In a thread of your own, hand the context on: use asyncio.to_thread."
        )
    journal = current_journal.get()
    if journal is None:
        return uuid4().hex
    call = enclosing_kept_call()
    parts = (journal.origin, journal.positions.of(config), call.identity if call else "", *purpose)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:KEY_CHARACTERS]
