"""`outlast up`, `outlast down` and `outlast worker`: start and stop the server and workers of this machine."""

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
from outlast.orchestration.embedded.process_files import ProcessFiles, is_held
from outlast.orchestration.research.messages import TASK_QUEUE, WORKFLOW_TYPE
from outlast.orchestration.settings import Settings
from outlast.tools.store.collections import DEFAULT_COLLECTION, Collections
from outlast.tools.store.objects import open_objects
from outlast.worker import main

STOP_TIMEOUT = timedelta(seconds=60)
COMMAND_EXIT_TIMEOUT = timedelta(seconds=10)
"""Time that a command may take to exit: the background process that was stopped here, or one that is done."""


async def up(docs: Sequence[Path], exclude: Sequence[str], *, as_json: bool) -> Exit:
    output, settings = Output(as_json=as_json), Settings()
    if profile := settings.temporal():
        raise Permanent(
            f"TEMPORAL_ADDRESS names the server at {profile.address}, so none is started here. Run `outlast worker`."
        )
    print_home(settings, output)
    if docs:
        collections = Collections(open_objects(settings.object_store))
        await collections.name(DEFAULT_COLLECTION, await ingest_and_save(docs, settings, output, exclude))
    stop = asyncio.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_number, stop.set)
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
    output.people.print("\nStopped. Runs keep their progress. To go on with them: outlast up")
    return Exit.DONE


def address_lines(ports: Ports, settings: Settings) -> list[str]:
    """Return what people need while it runs: the UI, the form that starts a run there, the server and the logs."""
    form_fields = urlencode({"taskQueue": TASK_QUEUE, "workflowType": WORKFLOW_TYPE})
    return [
        f"Temporal UI  {ports.ui_address}",
        f"Start a run  {ports.ui_address}/namespaces/{NAMESPACE}/workflows/start-workflow?{form_fields}",
        '             Input: "your question" (a JSON string), encoding json/plain',
        f"Server       {ports.address} (for TEMPORAL_ADDRESS of other workers and clients)",
        f"Logs         {ProcessFiles(settings.home).log('worker').parent}",
        "Press Ctrl-C to stop.",
    ]


async def down(*, as_json: bool) -> Exit:
    output, settings = Output(as_json=as_json), Settings()
    if profile := settings.temporal():
        raise Permanent(
            f"TEMPORAL_ADDRESS names the server at {profile.address}, which does not run in this folder. "
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
                f"A command still uses {settings.home}, such as `outlast up` or `outlast watch`.",
                "Press Ctrl-C where it runs.",
            )
        if time.monotonic() - began > STOP_TIMEOUT.total_seconds():
            raise NeedsOperator(
                "The server and worker of this folder do not stop.",
                f"End the process whose number is in {files.pid('supervisor')}.",
            )
        await asyncio.sleep(0.05)  # a lock sends no event to wait for
    output.document({"stopped": was_up, "runs": runs})
    output.people.print("Stopped." if was_up else f"Nothing runs in {settings.home}.")
    for run in runs:
        output.people.print(f"{run} keeps its progress. To go on with it: {shell_command('watch', run)}")
    return Exit.DONE


def run_worker(*, as_json: bool) -> None:
    if as_json:  # the worker's own basicConfig then leaves the root logger as it is
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(JsonLogFormatter())
        logging.basicConfig(level=logging.INFO, handlers=[handler])
    main()


class JsonLogFormatter(logging.Formatter):
    """Formats a record as a JSON object on one line."""

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
