"""What becomes of the keys of a `langgraph.json` that do not name graphs, packages or the environment.

Most of them set up LangGraph's HTTP server or its images, which a worker is neither. None is passed over in silence: a
key has an effect, or is named in a note, or is refused because a project without it would be less safe than it says.
"""

import sys
from collections.abc import Iterator, Mapping
from typing import Any, cast

IMAGE_KEYS = (
    "base_image",
    "image_distro",
    "dockerfile_lines",
    "pip_config_file",
    "pip_installer",
    "keep_pkg_tools",
    "api_version",
    "_INTERNAL_docker_tag",
)
"""Keys by which LangGraph's command line builds an image. This worker runs in the environment where it is started."""

NOT_USED = {
    "http": "it sets up LangGraph's HTTP server. A worker has none: runs are started by Temporal's clients, command "
    "line and UI. Serve your own routes (`app`) beside it",
    "webhooks": "LangGraph's HTTP server sends them. A workflow that awaits the run can tell others of its result",
    "ui": "it is for LangGraph's own user interface",
    "ui_config": "it is for LangGraph's own user interface",
    "node_version": "it is for graphs in JavaScript, which this worker cannot run",
    "disable_persistence": "what a run needs to go on after a crash is always kept, in the heartbeats of its activity",
}
REFUSED = {
    "auth": "LangGraph's server asks it who may start and read runs. Here, the Temporal server decides that (by mTLS, "
    "API keys and roles of the namespace), and nodes find no user in their config",
    "encryption": "LangGraph's server encrypts with it what it stores. Here, inputs, states and results are stored by "
    "the Temporal server, encrypted if the client of your own worker has a payload codec",
    "project_root": "LangGraph's command line refuses it too. Use `source`",
    "package": "LangGraph's command line refuses it too. Use `source`",
}
USED = ("$schema", "graphs", "dependencies", "env", "store", "checkpointer", "python_version", "source")
KNOWN_KEYS = (*USED, *NOT_USED, *REFUSED, *IMAGE_KEYS)


def refusals_of(settings: Mapping[str, Any], without: frozenset[str]) -> Iterator[str]:
    """Yield a sentence for each key that is refused, unless it is in `without`: a person has read what that means."""
    for key, reason in REFUSED.items():
        if settings.get(key) and key not in without:
            yield f"The key {key!r} cannot be honoured: {reason}. To serve the graphs without it: --without {key}"


def notes_of(settings: Mapping[str, Any], without: frozenset[str] = frozenset()) -> Iterator[str]:
    """Yield a sentence for each key that has a value and no effect, or less effect than in LangGraph's server."""
    if building := [key for key in IMAGE_KEYS if settings.get(key)]:
        many = len(building) > 1
        yield (
            f"{', '.join(building)} {'are' if many else 'is'} for the images that LangGraph's command line builds, and "
            f"{'have' if many else 'has'} no effect here: this worker runs in the environment where you start it."
        )
    for key, reason in NOT_USED.items():
        if settings.get(key):
            yield f"{key} has no effect: {reason}."
    for key in sorted(without):
        if settings.get(key):
            yield f"{key} has no effect: {REFUSED[key]}."
    yield from store_notes(part_of(settings, "store"))
    yield from checkpointer_notes(part_of(settings, "checkpointer"))
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    if (wanted := settings.get("python_version")) and str(wanted).partition("-")[0] != running:
        yield f"python_version is {wanted}, and this worker runs on Python {running}."


def store_notes(store: Mapping[str, Any]) -> Iterator[str]:
    if store.get("path"):
        if store.get("index"):
            yield "store.index has no effect beside store.path: the store that you make there has an index of its own."
    elif store:
        parts = " and ".join(f"store.{key}" for key in store)
        yield (
            f"{parts} {'has' if len(store) == 1 else 'have'} no effect without store.path: what nodes put into "
            "LangGraph's store is kept until the end of the run, searched without an index, and then gone. To keep "
            "memories from run to run, name an async context manager that yields a store, for example a PostgresStore "
            'with your index: "store": {"path": "./store.py:open_store"}.'
        )
    if store.get("ttl") and store.get("path"):
        yield "store.ttl has no effect: give it to the store that you make in store.path."


def checkpointer_notes(checkpointer: Mapping[str, Any]) -> Iterator[str]:
    used = {"serde"} if message_types(checkpointer) else set[str]()
    if unused := sorted(checkpointer.keys() - used):
        yield (
            f"{', '.join(f'checkpointer.{key}' for key in unused)}: no effect. The state of a run travels in the "
            "heartbeats of its activity, and is gone when the run has ended; its result stays in Temporal's history."
        )


def message_types(checkpointer: Mapping[str, Any]) -> list[list[str]]:
    """Return the types (module and name) that `checkpointer.serde` allows in the state; [] if it lists none."""
    listed: object = part_of(checkpointer, "serde").get("allowed_msgpack_modules")
    if not isinstance(listed, list):
        return []
    names = cast("list[list[str]]", listed)
    return [name for name in names if len(name) > 1 and all(isinstance(cast("object", part), str) for part in name)]


def part_of(settings: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value: object = settings.get(key)
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}
