"""Who may work with a worker that runs already."""

import json
from pathlib import Path

import pytest

from evidence.errors import NeedsOperator
from orchestration.embedded import refuse_other_settings, settings_of
from orchestration.settings import Settings
from orchestration.supervisor import Files

MODEL, OTHER = "openai:gpt-5-mini", "openai:gpt-5"


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    """Those of a folder, and nothing set but that."""
    for field in Settings.model_fields:
        monkeypatch.delenv(f"OUTLAST_{field.upper()}", raising=False)
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "TAVILY_API_KEY", "HTTPS_PROXY", "ALL_PROXY", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("OUTLAST_HOME", str(tmp_path))
    files = Files(tmp_path)
    files.run.mkdir()
    return files


def runs_with(files: Files, settings: Settings) -> None:
    files.settings.write_text(json.dumps(settings_of(settings) | settings.reasoning()))


def test_the_same_settings_are_welcome(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTLAST_MODEL", MODEL)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789abcdef")
    runs_with(files, Settings())
    refuse_other_settings(files, Settings(), starts_work=True)


def test_who_sets_nothing_takes_the_worker_as_it_is(files: Files) -> None:
    runs_with(files, Settings(model=MODEL))
    refuse_other_settings(files, Settings(), starts_work=True)


@pytest.mark.parametrize("running", ["", OTHER])
def test_work_is_not_begun_with_another_model_than_the_one_that_is_set(files: Files, running: str) -> None:
    runs_with(files, Settings(model=running))
    refuse_other_settings(files, Settings(model=MODEL), starts_work=False)  # who only looks may have any
    with pytest.raises(NeedsOperator) as raised:
        refuse_other_settings(files, Settings(model=MODEL), starts_work=True)
    assert f"with other settings (OUTLAST_MODEL={running}) than yours (OUTLAST_MODEL={MODEL})" in str(raised.value)
    assert "outlast down" in raised.value.what_to_do


def test_a_key_that_was_corrected_is_no_secret_in_the_message(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTLAST_MODEL", MODEL)
    runs_with(files, Settings())
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789abcdef")
    with pytest.raises(NeedsOperator) as raised:
        refuse_other_settings(files, Settings(), starts_work=True)
    assert "(OPENAI_API_KEY=) than yours (OPENAI_API_KEY=[hidden])" in str(raised.value)
    assert "sk-0123456789abcdef" not in str(raised.value) + files.settings.read_text()


def test_the_object_store_must_be_the_same_for_everybody(files: Files) -> None:
    runs_with(files, Settings())
    with pytest.raises(NeedsOperator, match="OUTLAST_OBJECTS"):
        refuse_other_settings(files, Settings(objects="elsewhere"), starts_work=False)
