"""A client of the Temporal server: the one that settings name, or the embedded one of this folder."""

import asyncio
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from random import uniform

from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, UpdateNamespaceRequest
from temporalio.client import Client
from temporalio.envconfig import ClientConfigProfile
from temporalio.service import RetryConfig, RPCError, RPCStatusCode

from outlast.evidence.errors import NeedsOperator, Permanent
from outlast.orchestration.embedded import database, dev_server
from outlast.orchestration.embedded.home_folder import HOME_FOLDER_NAME, open_home_if_there
from outlast.orchestration.embedded.lifecycle import run_embedded
from outlast.orchestration.embedded.supervisor import ProcessFiles
from outlast.orchestration.research.payloads import DATA_CONVERTER
from outlast.orchestration.settings import Settings

CONNECT_TIMEOUT = timedelta(seconds=10)
MAX_OUTAGE = timedelta(seconds=30)
"""So long an embedded server may take to come back after it was killed; a command that waits lives through it."""
WRITE_CONFLICT_TIMEOUT = timedelta(seconds=60)
"""So long commands that start at once may be in each other's way."""
RUN_RETENTION = timedelta(days=3650)
SERVER_GONE_STATUSES = {
    RPCStatusCode.UNAVAILABLE,
    RPCStatusCode.CANCELLED,
    RPCStatusCode.UNKNOWN,
}  # UNKNOWN: "transport error"


START_A_RUN_ADVICE = 'Start one: outlast research "QUESTION" --docs DIR'


class NoRunYet(Permanent):
    """No run was ever started in this folder, so no server is started to look for one."""


@asynccontextmanager
async def connection(
    settings: Settings,
    *,
    starts_work: bool = False,
    starts_runs: bool = False,
    server: ClientConfigProfile | None = None,
) -> AsyncGenerator[Client]:
    """A connected client. In embedded mode, server and worker run at least as long as this context.

    `server` takes the place of the one that the settings name.

    With `starts_work`, an embedded worker that runs already must have these settings for models and the web too.
    Without `starts_runs`, the embedded mode makes nothing that is not there: raises NoRunYet.
    """
    if profile := server or settings.temporal():
        await asyncio.to_thread(open_home_if_there, settings.home)  # where the worker is elsewhere, none need be
        with explain_lost_server(profile.address, "the run goes on with its workers"):
            yield await connect(profile)
        return
    if not starts_runs:
        await asyncio.to_thread(refuse_without_runs, settings)
    async with run_embedded(settings, starts_work=starts_work) as ports:
        logs = f"the run stands where it stood, and {ProcessFiles(settings.home).log('worker')} may say why"
        with explain_lost_server(ports.address, logs, settings.home):
            embedded_server = ClientConfigProfile(address=ports.address, namespace=dev_server.NAMESPACE)
            client = await connect(embedded_server, retries_for(MAX_OUTAGE))
            await set_run_retention(client)
            yield client


def refuse_without_runs(settings: Settings) -> None:
    home = settings.home
    if not open_home_if_there(home):
        where = (
            f"OUTLAST_HOME names {home}, which is not there"
            if "home" in settings.model_fields_set
            else f"there is no {HOME_FOLDER_NAME} here or above"
        )
        raise NoRunYet(f"There is no run yet: {where}. {START_A_RUN_ADVICE}")
    if not database.database_file(home).exists():
        raise NoRunYet(f"There is no run yet in {home.resolve()}. {START_A_RUN_ADVICE}")


@contextmanager
def explain_lost_server(address: str | None, meanwhile: str, home: Path | None = None) -> Generator[None]:
    """A server that goes away in the middle, as an error that says what to do. `home` is that of an embedded one."""
    try:
        yield
    except RPCError as error:
        if error.status not in SERVER_GONE_STATUSES:
            raise
        if home and (trouble := database.diagnose_database(home)):
            raise trouble from None
        raise NeedsOperator(
            f"The Temporal server at {address} went away; {meanwhile}.", "When it is back: outlast watch"
        ) from None


def retries_for(duration: timedelta) -> RetryConfig:
    """Calls are tried again as long as this. (The SDK's own limit is ten seconds, and ten times.)"""
    return RetryConfig(max_elapsed_time_millis=int(duration.total_seconds() * 1000), max_retries=1000)


async def connect(profile: ClientConfigProfile, retries: RetryConfig | None = None) -> Client:
    """`NeedsOperator` where the server does not answer."""
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT.total_seconds()):
            config = profile.to_client_connect_config()
            return await Client.connect(**config, data_converter=DATA_CONVERTER, retry_config=retries)
    except (RuntimeError, TimeoutError) as error:
        reason = "no answer" if isinstance(error, TimeoutError) else "connection refused or name not known"
        raise NeedsOperator(
            f"The Temporal server at {profile.address} cannot be reached ({reason}).",
            "Start it or correct TEMPORAL_ADDRESS; without TEMPORAL_ADDRESS, Outlast brings a server of its own.",
        ) from None


async def set_run_retention(client: Client) -> None:
    """The dev server forgets closed runs after a day; what a run has made lives in its history.

    Of commands that start at once, the server refuses to let two write this together ("conditional update error", or
    its rate limit). Who was refused looks again: it suffices that another command has written.
    """
    service, namespace = client.workflow_service, client.namespace
    wanted = NamespaceConfig()
    wanted.workflow_execution_retention_ttl.FromTimedelta(RUN_RETENTION)
    began = time.monotonic()
    while True:
        try:
            found = await service.describe_namespace(DescribeNamespaceRequest(namespace=namespace))
            if found.config.workflow_execution_retention_ttl != wanted.workflow_execution_retention_ttl:
                await service.update_namespace(UpdateNamespaceRequest(namespace=namespace, config=wanted))
        except RPCError:
            if time.monotonic() - began > WRITE_CONFLICT_TIMEOUT.total_seconds():
                raise
            await asyncio.sleep(uniform(0.05, 0.5))  # noqa: S311 - so that those who met do not meet again
        else:
            return
