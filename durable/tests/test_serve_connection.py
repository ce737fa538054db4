"""Which server a worker connects to, and which addresses it prints."""

import shlex
from pathlib import Path

import pytest
from langgraph_heartbeat._serve.connection import Target, load_profile, target_of, ui_of
from langgraph_heartbeat._serve.refusal import Refusal
from temporalio.envconfig import ClientConfigProfile


@pytest.fixture(autouse=True)
def no_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("ADDRESS", "NAMESPACE", "API_KEY", "PROFILE", "TLS", "CONFIG_FILE"):
        monkeypatch.delenv(f"TEMPORAL_{name}", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


def test_without_a_word_it_is_the_dev_server_of_this_machine() -> None:
    profile = load_profile(None, None)
    assert (profile.address, profile.namespace) == ("localhost:7233", "default")


def test_temporals_variables_and_profiles_are_read_and_options_come_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "temporal.toml"
    file.write_text('[profile.prod]\naddress = "prod.example:7233"\nnamespace = "orders"\napi_key = "key"\n')
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(file))
    monkeypatch.setenv("TEMPORAL_PROFILE", "prod")
    profile = load_profile(None, None)
    assert (profile.address, profile.namespace, profile.api_key) == ("prod.example:7233", "orders", "key")
    monkeypatch.setenv("TEMPORAL_ADDRESS", "other.example:7233")
    assert load_profile(None, None).address == "other.example:7233"
    assert load_profile("mine.example:1", "ns") == ClientConfigProfile("mine.example:1", "ns", "key")


def test_a_configuration_that_cannot_be_read_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "temporal.toml").write_text("[profile")
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(tmp_path / "temporal.toml"))
    with pytest.raises(Refusal, match="Temporal's configuration for clients cannot be used"):
        load_profile(None, None)


@pytest.mark.parametrize(
    ("address", "ui"),
    [
        ("localhost:7233", "http://localhost:8233"),
        ("127.0.0.1:9000", "http://localhost:10000"),
        ("orders.a1b2c.tmprl.cloud:7233", "https://cloud.temporal.io"),
        ("eu-west-1.aws.api.temporal.io:7233", "https://cloud.temporal.io"),
        ("temporal.example:7233", ""),
    ],
)
def test_the_ui_is_known_of_a_dev_server_and_of_temporal_cloud(address: str, ui: str) -> None:
    assert ui_of(address) == ui


def test_the_page_that_starts_a_run_has_its_form_filled_in() -> None:
    target = target_of(ClientConfigProfile("temporal.example:7233", "my ns"), "the queue", "https://ui.example/")
    assert target.start_page == (
        "https://ui.example/namespaces/my%20ns/workflows/start-workflow?taskQueue=the+queue&workflowType=RunGraph"
    )
    assert target_of(ClientConfigProfile("temporal.example:7233"), "q", None).start_page == ""


def test_the_command_that_starts_a_run_is_quoted_and_names_only_what_is_not_the_default() -> None:
    run = {"graph": "agent", "input": {"text": "it's"}}
    plain = shlex.split(Target("localhost:7233", "default", "langgraph").start_command(run))
    assert plain == [
        *("temporal", "workflow", "start", "--type", "RunGraph", "--task-queue", "langgraph"),
        *("--input", '{"graph": "agent", "input": {"text": "it\'s"}}'),
    ]
    other = Target("prod.example:7233", "orders", "my queue").start_command(run)
    assert shlex.split(other)[7:11] == ["--address", "prod.example:7233", "--namespace", "orders"]
    assert "'my queue'" in other
