"""`outlast up`, `outlast down` and `outlast worker`: what runs on this machine, in the foreground or the background."""

import asyncio
import json
import logging
import signal
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from outlast.cli.exits import Exit
from outlast.cli.output import Output
from outlast.cli.questions import ingest_and_save, print_home
from outlast.evidence.errors import NeedsOperator, Permanent
from outlast.evidence.text import shell_command
from outlast.orchestration.embedded.detached import stop_detached
from outlast.orchestration.embedded.dev_server import NAMESPACE, Ports
from outlast.orchestration.embedded.home_folder import has_users
from outlast.orchestration.embedded.lifecycle import run_embedded
from outlast.orchestration.embedded.supervisor import ProcessFiles, is_held
from outlast.orchestration.research.messages import TASK_QUEUE, WORKFLOW_TYPE
from outlast.orchestration.settings import Settings
from outlast.tools.store.collections import DEFAULT_COLLECTION, Collections
from outlast.tools.store.objects import open_objects
from outlast.worker import main


async def up(docs: Path | None, exclude: Sequence[str], *, as_json: bool) -> Exit:
    output, settings = Output(as_json=as_json), Settings()
    if profile := settings.temporal():
        raise Permanent(
            f"TEMPORAL_ADDRESS names the server at {profile.address}: nothing is embedded. Run `outlast worker`."
        )
    print_home(settings, output)
    if docs is not None:
        collections = Collections(open_objects(settings.object_store))
        await collections.name(DEFAULT_COLLECTION, await ingest_and_save(docs, settings, output, exclude))
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with run_embedded(settings, starts_work=True) as ports:
        for line in address_lines(ports, settings):
            output.people.print(line)
        output.document(
            {
                "server": ports.address,
                "ui": ports.ui_address,
                "logs": str(ProcessFiles(settings.home).log("worker").parent),
            }
        )
        await stop.wait()
    output.people.print("\nStopped. Runs stand where they stood; `outlast up` goes on with them.")
    return Exit.DONE


def address_lines(ports: Ports, settings: Settings) -> list[str]:
    form = urlencode({"taskQueue": TASK_QUEUE, "workflowType": WORKFLOW_TYPE})
    return [
        f"Temporal UI  {ports.ui_address}",
        f"Start a run  {ports.ui_address}/namespaces/{NAMESPACE}/workflows/start-workflow?{form}",
        '             Input: "your question" (a JSON string), encoding json/plain',
        f"Server       {ports.address} (for TEMPORAL_ADDRESS of other workers and clients)",
        f"Logs         {ProcessFiles(settings.home).log('worker').parent}",
        "Ctrl-C stops it.",
    ]


STOP_TIMEOUT = timedelta(seconds=60)
COMMAND_EXIT_TIMEOUT = timedelta(seconds=10)
"""So long a command may take to leave: the keeper that was ended here, or one that is done."""


async def down(*, as_json: bool) -> Exit:
    output, settings = Output(as_json=as_json), Settings()
    if profile := settings.temporal():
        raise Permanent(
            f"TEMPORAL_ADDRESS names the server at {profile.address}: nothing of it runs in this folder. "
            "Stop it and its workers where they were started."
        )
    files = ProcessFiles(settings.home.resolve())
    was_up = is_held(files.lock("supervisor"))
    runs = await stop_detached(files.home)
    began = time.monotonic()
    while is_held(files.lock("supervisor")):
        runs += await stop_detached(files.home)
        if has_users(files) and time.monotonic() - began > COMMAND_EXIT_TIMEOUT.total_seconds():
            raise NeedsOperator(
                f"A command still uses {settings.home} (`outlast up`, `outlast watch` or the like).",
                "End it where it runs, with Ctrl-C.",
            )
        if time.monotonic() - began > STOP_TIMEOUT.total_seconds():
            raise NeedsOperator(
                "The server and worker of this folder do not come to an end.",
                f"End the process whose number is in {files.pid('supervisor')}.",
            )
        await asyncio.sleep(0.05)  # a lock sends no event
    output.document({"stopped": was_up, "runs": runs})
    output.people.print("Stopped." if was_up else f"Nothing runs in {settings.home}.")
    for run in runs:
        output.people.print(f"{run} stands where it stood. Go on with: {shell_command('watch', run)}")
    return Exit.DONE


class JsonLogFormatter(logging.Formatter):
    """A record a line."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return json.dumps(fields)


def run_worker(*, as_json: bool) -> None:
    if as_json:  # the worker's own basicConfig then finds a root logger that is set up
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(JsonLogFormatter())
        logging.basicConfig(level=logging.INFO, handlers=[handler])
    main()
