"""The Temporal server of a worker, and the addresses that people need to start runs there.

Connections are configured as in all of Temporal's clients: by TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY,
the variables for TLS, and profiles of a configuration file; options of the command line take precedence.
"""

import asyncio
import json
import os
import re
import shlex
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

from temporalio.client import Client
from temporalio.envconfig import ClientConfigProfile
from temporalio.service import RPCError

from langgraph_heartbeat._plugin import DurablePlugin

from .refusal import Refusal

DEFAULT_ADDRESS = "localhost:7233"
DEFAULT_NAMESPACE = "default"
DEFAULT_TASK_QUEUE = "langgraph"
CONNECT_TIMEOUT = timedelta(seconds=10)
CLOUD = (".tmprl.cloud", ".api.temporal.io")
CLOUD_UI = "https://cloud.temporal.io"
UI_PORT_DISTANCE = 1000
"""A dev server's UI listens on a port so much higher than that of the server itself."""
SURROGATE = re.compile("[\ud800-\udfff]")
"""A byte that is not UTF-8, in a variable of the environment."""
WORKFLOW_TYPE = "RunGraph"


@dataclass(frozen=True)
class Target:
    """The server, the namespace, the task queue, and the address of the server's UI ("" if it is not known)."""

    address: str
    namespace: str
    task_queue: str
    ui: str = ""

    @property
    def start_page(self) -> str:
        """The page of the UI that starts a run, with its form filled in except for the input; "" without a UI."""
        fields = urlencode({"taskQueue": self.task_queue, "workflowType": WORKFLOW_TYPE})
        return f"{self.ui}/namespaces/{quote(self.namespace)}/workflows/start-workflow?{fields}" if self.ui else ""

    def start_command(self, run: Any) -> str:
        """Return a line for a shell that starts a run with Temporal's own command line."""
        words = ["temporal", "workflow", "start", "--type", WORKFLOW_TYPE, "--task-queue", self.task_queue]
        if self.address not in (DEFAULT_ADDRESS, "127.0.0.1:7233"):
            words += ["--address", self.address]
        if self.namespace != DEFAULT_NAMESPACE:
            words += ["--namespace", self.namespace]
        return shlex.join([*words, "--input", json.dumps(run, ensure_ascii=False)])


def load_profile(address: str | None, namespace: str | None) -> ClientConfigProfile:
    """Return Temporal's configuration for clients, with what the command line says in its place."""
    try:
        profile = ClientConfigProfile.load(override_env_vars=decodable_environment())
    except RuntimeError as error:
        reason = str(error).splitlines()[0]
        raise Refusal(f"Temporal's configuration for clients cannot be used: {reason}") from None
    return replace(
        profile,
        address=address or profile.address or DEFAULT_ADDRESS,
        namespace=namespace or profile.namespace or DEFAULT_NAMESPACE,
    )


def decodable_environment() -> dict[str, str]:
    """Return the variables that are UTF-8. The SDK, which is written in Rust, panics at any other one."""
    return {name: value for name, value in os.environ.items() if not SURROGATE.search(name + value)}


def target_of(profile: ClientConfigProfile, task_queue: str, ui: str | None) -> Target:
    address, namespace = profile.address or DEFAULT_ADDRESS, profile.namespace or DEFAULT_NAMESPACE
    return Target(address, namespace, task_queue, (ui or ui_of(address)).rstrip("/"))


def ui_of(address: str) -> str:
    """Return where the UI of a server usually is: on Temporal Cloud, or of a dev server on this machine; else ""."""
    host, _, port = address.rpartition(":")
    if host.endswith(CLOUD):
        return CLOUD_UI
    if host in ("localhost", "127.0.0.1", "[::1]") and port.isdigit():
        return f"http://localhost:{int(port) + UI_PORT_DISTANCE}"
    return ""


async def connect(profile: ClientConfigProfile) -> Client:
    """Connect with the plugin. Raises `Refusal` if no server answers, or if it refuses this client."""
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT.total_seconds()):
            return await Client.connect(**profile.to_client_connect_config(), plugins=[DurablePlugin()])
    except (RuntimeError, RPCError, TimeoutError, ValueError) as error:  # ValueError: the address is none
        reason = "it does not answer" if isinstance(error, TimeoutError) else str(error).splitlines()[0]
        raise Refusal(
            f"The Temporal server at {profile.address} cannot be used: {reason}. Start one with `temporal server "
            "start-dev`, or let this command start one, with --dev; or name another in --address or TEMPORAL_ADDRESS."
        ) from None
