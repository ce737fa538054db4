"""What the doctor says of models, engines and proxies, and that it shows no key. Of the rest: test_bad_input.py."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from outlast.cli.doctor import doctor
from outlast.cli.exits import Exit
from outlast.orchestration.settings import Settings
from outlast.tools.documents.reading import suffixes
from outlast.tools.models import chat_models
from tests.packages import install
from tests.servers.openai_server import Answer, OpenAIServer, drips, fails, in_order, quota_exhausted, says
from tests.terminal import Terminal
from tests.tools.retrieval.made_encoder import make_encoder

KEY = "sk-scripted-0123456789abcdef"
OTHERS = ("OPENAI_API_KEY", "TAVILY_API_KEY", "SEARXNG_URL", "NCBI_API_KEY", "OPENAI_BASE_URL")
PROXIES = ("HTTPS_PROXY", "ALL_PROXY", "HTTP_PROXY")
PAGE = Answer(b"<!DOCTYPE html><html><body>Sign in</body></html>", 200, {"Content-Type": "text/html"})


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment in which nothing is set but a folder of one's own."""
    for field in Settings.model_fields:
        monkeypatch.delenv(f"OUTLAST_{field.upper()}", raising=False)
    for name in (*OTHERS, *PROXIES, *(proxy.lower() for proxy in PROXIES), "TEMPORAL_ADDRESS", "TEMPORAL_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OUTLAST_HOME", str(tmp_path / "home"))
    return monkeypatch


async def checked(capsys: pytest.CaptureFixture[str]) -> tuple[Exit, dict[str, Any], str]:
    """How it ended, what each check found, and all that anybody could read."""
    ended = await doctor(repair=False, as_json=True)
    shown = capsys.readouterr()
    return ended, json.loads(shown.out)["checks"], shown.out + shown.err


async def test_with_nothing_set_all_is_well(said: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    ended, checks, _ = await checked(capsys)
    assert ended == Exit.DONE
    assert checks["model"] == {"ok": True, "found": "none: rules find the quotes. To use a model, set OUTLAST_MODEL"}
    assert checks["web"]["found"].startswith("wikipedia; wikipedia should know who calls: set OUTLAST_CONTACT")
    assert checks["proxy"] == {"ok": True, "found": "none: pages are fetched from this machine"}


async def test_a_model_that_answers(said: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    said.setenv("OUTLAST_MODEL", "openai:scripted")
    said.setenv("OPENAI_API_KEY", KEY)
    with OpenAIServer(in_order(says("yes"))) as server:
        said.setenv("OPENAI_BASE_URL", server.base_url)
        ended, checks, shown = await checked(capsys)
        assert ended == Exit.DONE
        assert checks["model"]["found"] == f"openai:scripted at {server.base_url}, answering"
        assert [asked.key for asked in server.asked] == [KEY]
        assert KEY not in shown
        said.setenv("OUTLAST_CHEAP_MODEL", "openai:small")
        said.setenv("OUTLAST_INVESTIGATOR", "agent")
        _, checks, _ = await checked(capsys)
        expected = f"openai:scripted at {server.base_url} and openai:small at {server.base_url}, answering as an agent"
        assert checks["model"]["found"] == expected
        assert sorted(asked.body["model"] for asked in server.asked[1:]) == ["scripted", "small"]


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        (fails(401, f"Incorrect API key provided: {KEY}."), "refuses the key for the model openai:scripted"),
        (fails(404, "No such model."), "There is no model openai:scripted at its address"),
        (fails(503, "Busy."), "not available now (503)"),
        (quota_exhausted(), "has nothing left to spend"),
        (PAGE, "a web page: it is not a model server. Check the base URL"),
        (drips(), "did not answer within 0.3 s. OPENAI_BASE_URL is http://127.0.0.1:"),
    ],
)
async def test_a_model_that_does_not(
    said: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: Answer, wrong: str
) -> None:
    if "did not answer" in wrong:
        said.setattr(chat_models, "PROBE_TIMEOUT", timedelta(seconds=0.3))
    said.setenv("OUTLAST_MODEL", "openai:scripted")
    said.setenv("OPENAI_API_KEY", KEY)
    with OpenAIServer(in_order(answer)) as server:
        said.setenv("OPENAI_BASE_URL", server.base_url)
        ended, checks, shown = await checked(capsys)
    assert (ended, checks["model"]["ok"]) == (Exit.FAILED, False)
    assert wrong in checks["model"]["found"]
    assert len(server.asked) == 1
    assert KEY not in shown


@pytest.mark.parametrize(
    ("environment", "wrong"),
    [
        ({"OUTLAST_INVESTIGATOR": "agent"}, "An agent needs a model. Set OUTLAST_MODEL"),
        ({"OUTLAST_MODEL": "gpt-5"}, "gpt-5 is not a usable model. Name it provider:model"),
        ({"OUTLAST_MODEL": "openai:gpt-5"}, "The model openai:gpt-5 needs a key. Set OPENAI_API_KEY"),
        ({"OUTLAST_MODEL": "openai:gpt-5", "OPENAI_BASE_URL": "localhost:8080"}, "must begin with http:// or https://"),
    ],
)
async def test_a_model_that_cannot_be(
    said: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], environment: dict[str, str], wrong: str
) -> None:
    for name, value in environment.items():
        said.setenv(name, value)
    ended, checks, _ = await checked(capsys)
    assert ended == Exit.FAILED
    assert wrong in checks["model"]["found"]


async def test_a_cheap_model_alone_is_of_no_use(said: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    said.setenv("OUTLAST_CHEAP_MODEL", "openai:small")
    ended, checks, _ = await checked(capsys)
    assert (ended, checks["model"]["warning"]) == (Exit.DONE, True)
    assert "OUTLAST_MODEL is not" in checks["model"]["found"]


async def test_engines_are_named_without_their_keys(
    said: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said.setenv("OUTLAST_SEARCH", "tavily,searxng,pubmed")
    said.setenv("OUTLAST_CONTACT", "a@b.example")
    said.setenv("TAVILY_API_KEY", "tvly-0123456789")
    said.setenv("NCBI_API_KEY", "ncbi-0123456789")
    said.setenv("SEARXNG_URL", "https://ann:hush-hush@search.example")
    ended, checks, shown = await checked(capsys)
    assert (ended, checks["web"]) == (Exit.DONE, {"ok": True, "found": "tavily, searxng, pubmed"})
    assert not any(secret in shown for secret in ("hush", "tvly-", "ncbi-"))


@pytest.mark.parametrize(
    ("names", "wrong"),
    [("tavily", "Set TAVILY_API_KEY"), ("searxng", "Set SEARXNG_URL"), ("gogle", "There is no search engine 'gogle'")],
)
async def test_an_engine_that_cannot_be_asked(
    said: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], names: str, wrong: str
) -> None:
    said.setenv("OUTLAST_SEARCH", names)
    ended, checks, _ = await checked(capsys)
    assert ended == Exit.FAILED
    assert wrong in checks["web"]["found"]


async def test_of_a_proxy_people_are_warned(said: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    said.setenv("HTTPS_PROXY", "http://ann:hush-hush@proxy.example:3128")
    ended, checks, shown = await checked(capsys)
    assert (ended, checks["proxy"]["warning"]) == (Exit.DONE, True)
    assert checks["proxy"]["found"].startswith("pages are fetched through http://proxy.example:3128. Host names")
    assert "but the proxy connects" in checks["proxy"]["found"]
    assert "hush" not in shown
    assert "!  proxy " in shown
    said.setenv("HTTPS_PROXY", "socks5://ann:hush-hush@proxy.example:1080")
    ended, checks, shown = await checked(capsys)
    assert (ended, checks["proxy"]["ok"]) == (Exit.FAILED, False)
    assert "hush" not in shown


async def test_what_packages_bring_is_listed(
    said: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    install(tmp_path / "packages")
    install(tmp_path / "packages", {"outlast.readers": {".quay": "gone"}}, "", name="quay", version="0.3")
    said.syspath_prepend(str(tmp_path / "packages"))
    suffixes.cache_clear()
    said.setenv("OUTLAST_REASONER", "careful")
    try:
        ended, checks, shown = await checked(capsys)
    finally:
        suffixes.cache_clear()
    assert ended == Exit.DONE
    engines = {each["name"]: each for each in checks["engines"]["extensions"]}
    assert engines["wikipedia"]["source"].startswith("outlast ")
    assert engines["harbour"]["source"] == "harbour 1.2"
    assert engines["harbour"]["problem"] == "The harbour wants to know who asks. Set OUTLAST_CONTACT."
    assert "warning" not in checks["engines"]
    assert checks["readers"]["warning"]
    assert ".tide of harbour 1.2\n" in checks["readers"]["found"]
    broken = "The reader of documents .quay of quay 0.3 cannot be loaded (ModuleNotFoundError: No module named 'gone')"
    assert f".quay of quay 0.3 cannot be used now: {broken}." in checks["readers"]["found"]
    assert "careful of harbour 1.2" in checks["reasoners"]["found"]
    assert "!  readers" in shown


@pytest.mark.parametrize(
    ("reasoner", "wrong"),
    [
        ("nobody", "There is no reasoner 'nobody'. Set OUTLAST_REASONER to one of extractive, model"),
        ("model", "OUTLAST_REASONER is model. This reasoner needs a model. Set OUTLAST_MODEL"),
    ],
)
async def test_a_reasoner_that_cannot_be_used(
    said: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], reasoner: str, wrong: str
) -> None:
    said.setenv("OUTLAST_REASONER", reasoner)
    ended, checks, _ = await checked(capsys)
    assert ended == Exit.FAILED
    assert wrong in checks["reasoners"]["found"]


@pytest.mark.usefixtures("processes")
def test_a_key_that_is_wrong_shows_within_seconds(tmp_path: Path) -> None:
    """As installed."""
    with OpenAIServer(in_order(fails(401, f"Incorrect API key provided: {KEY}."))) as server:
        nothing = dict.fromkeys((*OTHERS, *PROXIES), "")
        environment = nothing | {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": KEY}
        done = Terminal(tmp_path, OUTLAST_MODEL="openai:scripted", **environment).run("doctor")
    assert done.returncode == 1
    assert "-- model" in done.stdout
    assert "refuses the key for the model openai:scripted (401)" in done.stdout
    assert KEY not in done.stdout + done.stderr
    assert len(server.asked) == 1


async def test_a_sentence_encoder_is_missing_off_or_damaged(
    said: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    said.setenv("OUTLAST_ENCODER", str(tmp_path / "encoder"))
    ended, checks, _ = await checked(capsys)
    assert ended == Exit.DONE
    assert checks["encoder"]["found"].endswith("To find them by meaning too: outlast encoder")
    said.setattr("outlast.cli.doctor.is_library_installed", lambda: False)
    _, checks, _ = await checked(capsys)
    assert checks["encoder"]["found"].endswith("pip install 'outlast[encoder]', then: outlast encoder")
    said.undo()
    said.setenv("OUTLAST_HOME", str(tmp_path / "home"))
    said.setenv("OUTLAST_ENCODER", str(make_encoder(tmp_path / "encoder")))
    ended, checks, _ = await checked(capsys)
    assert (ended, checks["encoder"]) == (Exit.DONE, {"ok": True, "found": str(tmp_path / "encoder")})
    (tmp_path / "encoder" / "model.onnx").write_bytes(b"damaged")
    ended, checks, _ = await checked(capsys)
    assert ended == Exit.FAILED
    assert "build it again: outlast encoder" in checks["encoder"]["found"]
    said.setenv("OUTLAST_ENCODER", "off")
    _, checks, _ = await checked(capsys)
    assert checks["encoder"]["found"].startswith("off, as OUTLAST_ENCODER says")
