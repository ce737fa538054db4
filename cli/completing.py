"""What a shell offers where a run's id is typed: the runs of this folder or server, if they can be had at once."""

import asyncio
from datetime import timedelta

from temporalio.client import Client

from outlast.evidence.errors import OutlastError
from outlast.orchestration.client.listing import executions
from outlast.orchestration.embedded import dev_server
from outlast.orchestration.embedded.supervisor import Files, is_held
from outlast.orchestration.settings import Settings

AT_ONCE = timedelta(seconds=1)
MOST = 50


def runs(incomplete: str) -> list[tuple[str, str]]:
    """Ids with what a shell may show beside them, newest first. Nobody who presses a key wants to see an error."""
    try:
        return asyncio.run(offered(incomplete))
    except (OutlastError, RuntimeError, TimeoutError, OSError):
        return []


async def offered(incomplete: str) -> list[tuple[str, str]]:
    """Of the server where one runs; where none does, those whose reports are here. None is started."""
    settings = Settings()
    async with asyncio.timeout(AT_ONCE.total_seconds()):
        if client := await running_server(settings):
            names = {row.id: row.status.name.lower() if row.status else "" for row in await executions(client)}
        else:
            folders = sorted((settings.home / "reports").glob("*"), key=lambda path: path.stat().st_mtime, reverse=True)
            names = {folder.name: "published" for folder in folders}
    return [(name, said) for name, said in names.items() if name.startswith(incomplete)][:MOST]


async def running_server(settings: Settings) -> Client | None:
    if profile := settings.temporal():
        return await Client.connect(**profile.to_client_connect_config())
    files = Files(settings.home.resolve())
    ports = dev_server.read_ports(files.home)
    if ports is None or not is_held(files.lock("server")):
        return None
    return await Client.connect(ports.address, namespace=dev_server.NAMESPACE)
