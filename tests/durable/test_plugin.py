"""What the plugin brings to a worker."""

from langgraph_heartbeat._plugin import DurablePlugin
from langgraph_heartbeat._steering import standing
from temporalio import activity, workflow
from temporalio.worker import WorkerConfig


@activity.defn
async def work() -> None: ...


@workflow.defn
class Works:
    @workflow.run
    async def run(self) -> None: ...


def configured(config: WorkerConfig) -> WorkerConfig:
    return DurablePlugin("test").configure_worker(config)


def test_a_worker_of_workflows_and_activities_can_tell_where_a_phase_stands() -> None:
    config = configured({"workflows": [Works], "activities": [work]})
    assert config.get("activities") == [work, standing]
    assert not config.get("no_remote_activities")


def test_a_worker_of_workflows_alone_takes_no_activities_of_others_from_the_queue() -> None:
    config = configured({"workflows": [Works]})
    assert config.get("activities") == [standing]
    assert config.get("no_remote_activities")


def test_a_worker_of_activities_alone_has_its_own() -> None:
    assert configured({"activities": [work]}).get("activities") == [work]
