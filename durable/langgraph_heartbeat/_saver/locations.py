"""Where a checkpoint is: its thread, its namespace and its id, in the configs of LangGraph."""

from langchain_core.runnables import RunnableConfig


def thread_and_namespace(config: RunnableConfig) -> tuple[str, str]:
    where = config.get("configurable", {})
    return where["thread_id"], where.get("checkpoint_ns", "")


def checkpoints_around(config: RunnableConfig) -> dict[str, str]:
    """Return the ids of the checkpoint that writes belong to and of those of the graphs around, by their namespaces."""
    where = config.get("configurable", {})
    return {**where.get("checkpoint_map", {}), where.get("checkpoint_ns", ""): where["checkpoint_id"]}


def config_at(thread: str, namespace: str = "") -> RunnableConfig:
    return {"configurable": {"thread_id": thread, "checkpoint_ns": namespace}}


def only_location(config: RunnableConfig) -> RunnableConfig:
    """Return the config without what else a user put into it: LangGraph would store that, and it may be a secret."""
    where = config.get("configurable", {})
    kept = ("thread_id", "checkpoint_ns", "checkpoint_id")
    return {"configurable": {name: where[name] for name in kept if name in where}}
