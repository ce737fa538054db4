"""`outlast up`: the embedded server, a worker and Temporal's UI, until Ctrl-C."""

import asyncio
import signal
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode

from outlast.cli.collecting import collect, tell_home
from outlast.cli.exits import Exit
from outlast.cli.output import Output
from outlast.evidence.errors import Permanent
from outlast.orchestration.embedded.dev_server import NAMESPACE, Ports
from outlast.orchestration.embedded.lifecycle import embedded
from outlast.orchestration.embedded.supervisor import Files
from outlast.orchestration.research.messages import TASK_QUEUE, WORKFLOW
from outlast.orchestration.settings import Settings
from outlast.tools.store.collections import DEFAULT, Collections
from outlast.tools.store.objects import open_objects


async def up(docs: Path | None, exclude: Sequence[str], *, as_json: bool) -> Exit:
    output, settings = Output(as_json=as_json), Settings()
    if profile := settings.temporal():
        raise Permanent(
            f"TEMPORAL_ADDRESS names the server at {profile.address}: nothing is embedded. Run `outlast worker`."
        )
    tell_home(settings, output)
    if docs is not None:
        collections = Collections(open_objects(settings.object_store))
        await collections.name(DEFAULT, await collect(docs, settings, output, exclude))
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with embedded(settings, starts_work=True) as ports:
        for line in addresses(ports, settings):
            output.people.print(line)
        output.document(
            {"server": ports.address, "ui": ports.ui_address, "logs": str(Files(settings.home).log("worker").parent)}
        )
        await stop.wait()
    output.people.print("\nStopped. Runs stand where they stood; `outlast up` goes on with them.")
    return Exit.DONE


def addresses(ports: Ports, settings: Settings) -> list[str]:
    form = urlencode({"taskQueue": TASK_QUEUE, "workflowType": WORKFLOW})
    return [
        f"Temporal UI  {ports.ui_address}",
        f"Start a run  {ports.ui_address}/namespaces/{NAMESPACE}/workflows/start-workflow?{form}",
        '             Input: "your question" (a JSON string), encoding json/plain',
        f"Server       {ports.address} (for TEMPORAL_ADDRESS of other workers and clients)",
        f"Logs         {Files(settings.home).log('worker').parent}",
        "Ctrl-C stops it.",
    ]
