"""Connects to the Temporal server: the one that the settings name, or the embedded server of the home folder."""

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
from outlast.evidence.text import one_line
from outlast.orchestration.embedded import database, dev_server
from outlast.orchestration.embedded.connection_errors import NOT_AN_ADDRESS, connection_failure
from outlast.orchestration.embedded.home_folder import HOME_FOLDER_NAME, open_home_if_there
from outlast.orchestration.embedded.lifecycle import run_embedded
from outlast.orchestration.embedded.process_files import ProcessFiles
from outlast.orchestration.research.payloads import DATA_CONVERTER
from outlast.orchestration.settings import Settings

MAX_SHOWN_ADDRESS = 100
CONNECT_TIMEOUT = timedelta(seconds=10)
MAX_OUTAGE = timedelta(seconds=30)
"""Time for an embedded server to come back after it was killed; commands retry their calls for this long."""
WRITE_CONFLICT_TIMEOUT = timedelta(seconds=60)
"""Time for commands that start at the same moment to write the same setting one after the other."""
RUN_RETENTION = timedelta(days=3650)
SERVER_GONE_STATUSES = {
    RPCStatusCode.UNAVAILABLE,
    RPCStatusCode.CANCELLED,
    RPCStatusCode.UNKNOWN,
}  # UNKNOWN: "transport error"


START_A_RUN_ADVICE = 'Start one: outlast research "QUESTION" --docs DIR'


class NoRunYet(Permanent):
    """No run was ever started in this folder, so no server is started to look for runs."""


@asynccontextmanager
async def connection(
    settings: Settings,
    *,
    starts_work: bool = False,
    starts_runs: bool = False,
    server: ClientConfigProfile | None = None,
) -> AsyncGenerator[Client]:
    """Yield a connected client. In embedded mode, server and worker run at least as long as this context.

    `server` replaces the server that the settings name.

    With `starts_work`, an embedded worker that runs already must have the same settings for models and the web. Without
    `starts_runs`, the embedded mode starts and makes nothing in a folder without runs: it raises NoRunYet.
    """
    if profile := server or settings.temporal():
        await asyncio.to_thread(open_home_if_there, settings.home)  # a client of a server elsewhere needs no folder
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
        reason = (
            f"OUTLAST_HOME names {home}, which does not exist"
            if "home" in settings.model_fields_set
            else f"there is no {HOME_FOLDER_NAME} here or above"
        )
        raise NoRunYet(f"There is no run yet: {reason}. {START_A_RUN_ADVICE}")
    if database.is_unfinished(home):
        raise NoRunYet(f"There is no run yet in {home.resolve()}. {START_A_RUN_ADVICE}")


@contextmanager
def explain_lost_server(address: str | None, meanwhile: str, home: Path | None = None) -> Generator[None]:
    """Turn the loss of the server into NeedsOperator, which says what to do. `home` is set for an embedded server."""
    try:
        yield
    except RPCError as error:
        if error.status not in SERVER_GONE_STATUSES:
            raise
        if home and (problem := database.diagnose_database(home)):
            raise problem from None
        raise NeedsOperator(
            f"The Temporal server at {address} went away; {meanwhile}.", "When it is back: outlast watch"
        ) from None


def retries_for(duration: timedelta) -> RetryConfig:
    """Return a configuration that retries calls for this long. (The SDK's default is ten seconds and ten retries.)"""
    return RetryConfig(max_elapsed_time_millis=int(duration.total_seconds() * 1000), max_retries=1000)


async def connect(profile: ClientConfigProfile, retries: RetryConfig | None = None) -> Client:
    """Connect to a server. Raises `NeedsOperator` if it does not answer or lacks the namespace, `Permanent` if its
    address is none."""
    try:
        refuse_scheme(profile.address or "")
        async with asyncio.timeout(CONNECT_TIMEOUT.total_seconds()):
            config = profile.to_client_connect_config()
            client = await Client.connect(**config, data_converter=DATA_CONVERTER, retry_config=retries)
            await refuse_unknown_namespace(client, profile)
            return client
    except ValueError as error:
        raise Permanent(
            f"TEMPORAL_ADDRESS cannot be used: {one_line(str(profile.address), MAX_SHOWN_ADDRESS)} is "
            f"{connection_failure(error)}."
        ) from None
    except (RuntimeError, TimeoutError) as error:
        raise NeedsOperator(
            f"The Temporal server at {profile.address} cannot be reached ({connection_failure(error)}).",
            "Start it or correct TEMPORAL_ADDRESS (and TEMPORAL_TLS); without TEMPORAL_ADDRESS, Outlast starts a "
            "server of its own.",
        ) from None


def refuse_scheme(address: str) -> None:
    """Raise ValueError for a URL, as for anything else that is no address: the SDK takes it for one more version."""
    if "://" in address:
        raise ValueError(NOT_AN_ADDRESS)


async def refuse_unknown_namespace(client: Client, profile: ClientConfigProfile) -> None:
    """Raise `NeedsOperator` if the server has no such namespace: a worker would end at its first poll."""
    try:
        await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace))
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:  # this client may not be allowed to look, but to run workflows
            return
        raise NeedsOperator(
            f"The Temporal server at {profile.address} has no namespace {client.namespace!r}.",
            f"Create it (`temporal operator namespace create --namespace {client.namespace}`), or correct "
            "TEMPORAL_NAMESPACE.",
        ) from None


async def set_run_retention(client: Client) -> None:
    """Set the retention of the namespace: the dev server deletes closed runs, and so their results, after a day.

    If several commands start at the same moment, the server refuses some of their writes ("conditional update error",
    or its rate limit). A refused command reads the setting again: it is enough that another command has written it.
    """
    service, namespace = client.workflow_service, client.namespace
    target = NamespaceConfig()
    target.workflow_execution_retention_ttl.FromTimedelta(RUN_RETENTION)
    began = time.monotonic()
    while True:
        try:
            current = (await service.describe_namespace(DescribeNamespaceRequest(namespace=namespace))).config
            if current.workflow_execution_retention_ttl != target.workflow_execution_retention_ttl:
                await service.update_namespace(UpdateNamespaceRequest(namespace=namespace, config=target))
        except RPCError:
            if time.monotonic() - began > WRITE_CONFLICT_TIMEOUT.total_seconds():
                raise
            await asyncio.sleep(uniform(0.05, 0.5))  # noqa: S311 - a random delay, so that the same commands do not collide again
        else:
            return
