"""The ids of runs that a shell offers when a person presses Tab."""

import asyncio
from datetime import timedelta

from temporalio.client import Client

from outlast.evidence.errors import OutlastError
from outlast.orchestration.client.listing import list_executions
from outlast.orchestration.embedded import dev_server
from outlast.orchestration.embedded.process_files import ProcessFiles, is_held
from outlast.orchestration.settings import Settings

COMPLETION_TIMEOUT = timedelta(seconds=1)
MAX_COMPLETIONS = 50


def run_ids(incomplete: str) -> list[tuple[str, str]]:
    """Return pairs of an id and its status, newest first. Errors are not shown, because a person only pressed a key."""
    try:
        return asyncio.run(matching_runs(incomplete))
    except (OutlastError, RuntimeError, TimeoutError, OSError):
        return []


async def matching_runs(incomplete: str) -> list[tuple[str, str]]:
    """Return the runs of the server if one is running, otherwise those whose reports are in the home folder.

    No server is started for this.
    """
    settings = Settings()
    async with asyncio.timeout(COMPLETION_TIMEOUT.total_seconds()):
        if client := await running_server(settings):
            names = {row.id: row.status.name.lower() if row.status else "" for row in await list_executions(client)}
        else:
            folders = sorted((settings.home / "reports").glob("*"), key=lambda path: path.stat().st_mtime, reverse=True)
            names = {folder.name: "published" for folder in folders}
    return [(name, status) for name, status in names.items() if name.startswith(incomplete)][:MAX_COMPLETIONS]


async def running_server(settings: Settings) -> Client | None:
    """Return a client of the server that the settings name, or of the embedded one if it is running."""
    if profile := settings.temporal():
        return await Client.connect(**profile.to_client_connect_config())
    files = ProcessFiles(settings.home.resolve())
    ports = dev_server.read_ports(files.home)
    if ports is None or not is_held(files.lock("server")):
        return None
    return await Client.connect(ports.address, namespace=dev_server.NAMESPACE)
