"""The settings that the plugin makes on clients, workers and replayers, and what it refuses when they are made."""

import subprocess
import sys
import zlib
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypedDict
from uuid import uuid4

import pytest
from langgraph.graph import END, START, StateGraph
from langgraph_heartbeat import DurablePlugin, phase_activity
from langgraph_heartbeat._steering import read_running_checkpoint
from temporalio import activity, workflow
from temporalio.api.common.v1 import Payload
from temporalio.client import ActivityFailureError, Client
from temporalio.common import WorkerDeploymentVersion
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import (
    CompositePayloadConverter,
    DataConverter,
    DefaultFailureConverter,
    DefaultPayloadConverter,
    PayloadCodec,
)
from temporalio.exceptions import ApplicationError
from temporalio.worker import Replayer, Worker, WorkerConfig, WorkerDeploymentConfig

from .conftest import connected
from .one_phase import OnePhase
from .typed_phase import Asked, Typed, Written


class State(TypedDict, total=False):
    words: int
    text: str
    took: timedelta
    usd: Decimal


RESULT = Written(text="word word", took=timedelta(seconds=1.5), usd=Decimal("0.02"))
"""A value that Temporal's default converter cannot encode."""


async def write(state: State) -> State:
    return {"text": " ".join(["word"] * state["words"]), "took": timedelta(seconds=1.5), "usd": Decimal("0.02")}


builder = StateGraph(State)
builder.add_node(write)
builder.add_edge(START, "write")
builder.add_edge("write", END)
phase = phase_activity("phase", Asked, Written, builder)


@activity.defn
async def work() -> None: ...


@workflow.defn
class Works:
    @workflow.run
    async def run(self) -> None: ...


class Compressing(PayloadCodec):
    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [Payload(metadata={"encoding": b"zlib"}, data=zlib.compress(p.SerializeToString())) for p in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [Payload.FromString(zlib.decompress(payload.data)) for payload in payloads]


class Failures(DefaultFailureConverter):
    pass


class OldJson(CompositePayloadConverter):
    """A converter of the user's own: the default encodings under another name."""

    def __init__(self) -> None:
        super().__init__(*DefaultPayloadConverter.default_encoding_payload_converters)


class OwnPydantic(PydanticPayloadConverter):
    pass


def configured(config: WorkerConfig, plugin: DurablePlugin | None = None) -> WorkerConfig:
    return (plugin or DurablePlugin("test")).configure_worker(config)


async def written(client: Client, queue: str) -> Any:
    return await client.execute_activity(
        phase,
        args=[Asked(words=2), None],
        id=queue,
        task_queue=queue,
        start_to_close_timeout=timedelta(minutes=1),
        heartbeat_timeout=timedelta(seconds=15),
    )


async def test_the_plugin_of_a_client_is_all_that_client_and_worker_need(address: str) -> None:
    client, queue = await connected(address, plugins=[DurablePlugin()]), str(uuid4())
    async with Worker(client, task_queue=queue, activities=[phase], workflows=[Typed]):
        assert await written(client, queue) == RESULT
        assert await client.execute_workflow(Typed.run, Asked(words=2), id=queue, task_queue=queue) == RESULT


async def test_a_codec_and_a_failure_converter_of_the_client_stay(address: str) -> None:
    own = DataConverter(payload_codec=Compressing(), failure_converter_class=Failures)
    client, queue = await connected(address, data_converter=own, plugins=[DurablePlugin()]), str(uuid4())
    kept = client.data_converter
    assert kept.payload_converter_class is PydanticPayloadConverter
    assert (kept.payload_codec, kept.failure_converter_class) == (own.payload_codec, Failures)
    async with Worker(client, task_queue=queue, activities=[phase]):
        assert await written(client, queue) == RESULT
    described = await client.get_activity_handle(queue).describe(include_heartbeat_details=True)
    assert {p.metadata["encoding"] for p in described.raw_info.heartbeat_details.payloads} <= {b"zlib"}


async def test_a_payload_converter_of_ones_own_stays_where_it_can_carry_models(address: str) -> None:
    own = DataConverter(payload_converter_class=OwnPydantic)
    client = await connected(address, data_converter=own, plugins=[DurablePlugin()])
    assert client.data_converter.payload_converter_class is OwnPydantic


async def test_a_payload_converter_that_cannot_carry_models_is_refused_when_the_client_is_made(address: str) -> None:
    own = DataConverter(payload_converter_class=OldJson)
    with pytest.raises(ValueError, match=r"payload converter: OldJson raised TypeError: .*PydanticPayloadConverter"):
        await Client.connect(address, data_converter=own, plugins=[DurablePlugin()])


async def test_a_worker_whose_client_lacks_the_converter_is_refused_when_it_is_made(address: str) -> None:
    plain = await connected(address)
    with pytest.raises(ValueError, match=r"Client.connect\(..., plugins=\[DurablePlugin\(\)\]\)"):
        Worker(plain, task_queue="q", activities=[phase], plugins=[DurablePlugin()])


async def test_a_worker_without_the_plugin_fails_a_phase_before_its_first_call(address: str) -> None:
    plain, queue = await connected(address), str(uuid4())
    async with Worker(plain, task_queue=queue, activities=[phase]):
        with pytest.raises(ActivityFailureError) as failed:
            await plain.execute_activity(
                "phase",
                {"words": 2},
                id=queue,
                task_queue=queue,
                start_to_close_timeout=timedelta(minutes=1),
                heartbeat_timeout=timedelta(seconds=15),
            )
    assert isinstance(failed.value.cause, ApplicationError)
    assert (failed.value.cause.type, failed.value.cause.non_retryable) == ("MissingPlugin", True)
    assert "plugins=[DurablePlugin()]" in failed.value.cause.message


async def test_a_replayer_reads_histories_of_models(address: str) -> None:
    client, queue = await connected(address, plugins=[DurablePlugin()]), str(uuid4())
    async with Worker(client, task_queue=queue, activities=[phase], workflows=[Typed]):
        handle = await client.start_workflow(Typed.run, Asked(words=2), id=queue, task_queue=queue)
        await handle.result()
        history = await handle.fetch_history()
    replayed = await Replayer(workflows=[Typed], plugins=[DurablePlugin()]).replay_workflow(history)
    assert replayed.replay_failure is None


async def test_a_worker_with_a_deployment_keeps_its_own_build(durable_client: Client) -> None:
    deployment = WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(deployment_name="poems", build_id="7"), use_worker_versioning=False
    )
    queue = str(uuid4())
    worker = Worker(durable_client, task_queue=queue, activities=[phase], deployment_config=deployment)
    assert worker.config(active_config=True).get("build_id") is None
    async with worker:
        assert await written(durable_client, queue) == RESULT


async def test_a_build_id_of_the_worker_comes_before_that_of_the_plugin(durable_client: Client) -> None:
    worker = Worker(durable_client, task_queue="q", activities=[phase], build_id="mine")
    assert worker.config(active_config=True).get("build_id") == "mine"
    assert configured({"activities": [work]}).get("build_id") == "test"


def test_a_build_id_that_nobody_gives_is_of_the_code() -> None:
    derived = configured({"activities": [work]}, DurablePlugin()).get("build_id")
    assert derived
    assert derived == configured({"activities": [work]}, DurablePlugin()).get("build_id")


def test_a_derived_build_id_changes_with_a_file_of_the_program(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    module = tmp_path / "a_program_of_ones_own.py"
    module.write_text("ANSWER = 41\n")
    __import__("a_program_of_ones_own")
    before = configured({}, DurablePlugin()).get("build_id")
    module.write_text("ANSWER = 42\n")  # of the same size
    assert configured({}, DurablePlugin()).get("build_id") != before
    del sys.modules["a_program_of_ones_own"]


def test_a_worker_that_is_versioned_by_its_build_id_needs_one_from_a_person() -> None:
    assert configured({"use_worker_versioning": True}, DurablePlugin()).get("build_id") is None


SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("name", ["max_heartbeat_throttle_interval", "default_heartbeat_throttle_interval"])
def test_a_worker_is_told_of_an_interval_that_it_gives_itself(name: Any) -> None:
    with pytest.raises(ValueError, match=rf"{name}.*DurablePlugin\(interval=...\)"):
        configured({name: timedelta(seconds=7)})
    assert configured({name: SECOND}, DurablePlugin("test", interval=SECOND)).get(name) == SECOND
    sdk_default = timedelta(seconds=60 if name.startswith("max") else 30)
    assert configured({name: sdk_default}, DurablePlugin("test", interval=SECOND)).get(name) == SECOND


@pytest.mark.parametrize(
    ("address", "milliseconds"),
    [
        ("localhost:7233", 20),
        ("127.0.0.1:7233", 20),
        ("[::1]:7233", 20),
        ("10.0.0.7:7233", 1000),
        ("mine.tmprl.cloud:7233", 1000),
        ("localhost.example.com:7233", 1000),
    ],
)
async def test_heartbeats_are_sent_more_often_to_a_server_on_the_same_machine(address: str, milliseconds: int) -> None:
    client = await Client.connect(address, lazy=True, plugins=[DurablePlugin("test")])
    interval = timedelta(milliseconds=milliseconds)
    config = configured({"client": client})
    assert config.get("max_heartbeat_throttle_interval") == interval
    assert config.get("default_heartbeat_throttle_interval") == interval


async def test_an_interval_that_a_person_chose_holds_everywhere() -> None:
    for address in ("localhost:7233", "mine.tmprl.cloud:7233"):
        plugin = DurablePlugin("test", interval=SECOND / 8)
        config = configured({"client": await Client.connect(address, lazy=True, plugins=[plugin])}, plugin)
        assert config.get("max_heartbeat_throttle_interval") == SECOND / 8


def test_an_interval_that_the_sdk_would_round_to_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1 ms"):
        DurablePlugin(interval=timedelta(microseconds=900))


@pytest.mark.parametrize(("given_seconds", "seconds"), [(10, 2), (1, 1)])
def test_a_dead_workers_queue_is_dropped_after_two_seconds_at_most(given_seconds: float, seconds: float) -> None:
    config = configured({"sticky_queue_schedule_to_start_timeout": timedelta(seconds=given_seconds)})
    assert config.get("sticky_queue_schedule_to_start_timeout") == timedelta(seconds=seconds)


def test_a_worker_of_workflows_and_activities_can_tell_where_a_phase_stands() -> None:
    config = configured({"workflows": [Works], "activities": [work]})
    assert config.get("activities") == [work, read_running_checkpoint]
    assert not config.get("no_remote_activities")


def test_a_worker_of_workflows_alone_takes_no_activities_of_others_from_the_queue() -> None:
    config = configured({"workflows": [Works]})
    assert config.get("activities") == [read_running_checkpoint]
    assert config.get("no_remote_activities")


def test_a_worker_of_activities_alone_has_its_own() -> None:
    assert configured({"activities": [work]}).get("activities") == [work]


async def test_client_and_worker_may_both_be_given_it(durable_client: Client) -> None:
    queue = str(uuid4())
    with pytest.warns(UserWarning, match="same plugin type"):  # the SDK's own
        worker = Worker(
            durable_client, task_queue=queue, activities=[phase], workflows=[OnePhase], plugins=[DurablePlugin("test")]
        )
    async with worker:
        assert await written(durable_client, queue) == RESULT


def test_a_client_with_the_plugin_needs_no_langgraph() -> None:
    asked = (
        "import langgraph_heartbeat as l, sys; l.DurablePlugin(); print([m for m in sys.modules if m[:4] == 'lang'])"
    )
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout
    assert "langgraph_heartbeat._plugin" in told
    assert "'langgraph'" not in told
    assert "langchain" not in told
