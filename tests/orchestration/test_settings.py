"""What the environment says, under which names; keys are not shown."""

import os
from pathlib import Path

import pytest
from pydantic import SecretStr

from outlast.evidence.errors import Permanent
from outlast.orchestration.settings import Settings

PROXIES = ("HTTPS_PROXY", "ALL_PROXY", "HTTP_PROXY")


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment in which nobody has set anything of ours."""
    for field in Settings.model_fields:
        monkeypatch.delenv(f"OUTLAST_{field.upper()}", raising=False)
    keys = [name for name in os.environ if name.endswith("_API_KEY")]
    for name in ("OPENAI_BASE_URL", "SEARXNG_URL", *keys, *PROXIES):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def test_without_anything_rules_read_documents() -> None:
    settings = Settings()
    assert (settings.model, settings.cheap_model, settings.investigator) == ("", "", "graph")
    assert (settings.engines.names, settings.engines.tavily_api_key, settings.engines.wikipedia_language) == (
        (),
        "",
        "en",
    )
    assert settings.proxy is None


def test_ours_begin_with_our_name(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {
        "MODEL": "openai:gpt-5-mini", "CHEAP_MODEL": "openai:gpt-5-nano", "INVESTIGATOR": "agent",
        "SEARCH": " tavily, arxiv,", "CONTACT": "a@b.example", "WIKIPEDIA_LANGUAGE": "de",
    }  # fmt: skip
    for name, value in given.items():
        monkeypatch.setenv(f"OUTLAST_{name}", value)
    settings = Settings()
    assert (settings.model, settings.cheap_model) == ("openai:gpt-5-mini", "openai:gpt-5-nano")
    assert settings.investigator == "agent"
    assert settings.engines.names == ("tavily", "arxiv")
    assert (settings.engines.contact, settings.engines.wikipedia_language) == ("a@b.example", "de")


def test_what_others_named_keeps_its_name_and_keys_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:8080/v1")
    monkeypatch.setenv("TAVILY_API_KEY", "tvly-0123456789")
    monkeypatch.setenv("SEARXNG_URL", "https://ann:hush-hush@search.example")
    monkeypatch.setenv("NCBI_API_KEY", "ncbi-0123456789")
    monkeypatch.setenv("HTTPS_PROXY", "http://ann:hush-hush@proxy.example:3128")
    settings = Settings()
    engines = settings.engines
    assert settings.openai_base_url.get_secret_value() == "http://localhost:8080/v1"
    assert (engines.tavily_api_key, engines.ncbi_api_key) == ("tvly-0123456789", "ncbi-0123456789")
    assert engines.searxng_url == "https://ann:hush-hush@search.example"
    assert settings.proxy == "http://ann:hush-hush@proxy.example:3128"
    shown = f"{settings!r} {settings.model_dump_json()} {engines!r}"
    assert not any(secret in shown for secret in ("hush", "tvly-", "ncbi-"))


def test_the_base_url_is_that_of_openais_protocol_alone() -> None:
    settings = Settings(openai_base_url=SecretStr("http://localhost:8080/v1"))
    assert settings.base_url("openai:qwen3") == "http://localhost:8080/v1"
    assert settings.base_url("anthropic:claude-sonnet-4-5") == ""


@pytest.mark.parametrize(("name", "others"), [(PROXIES[0], PROXIES[1:]), (PROXIES[1], PROXIES[2:]), (PROXIES[2], ())])
def test_pages_go_through_the_first_proxy_that_is_set(
    monkeypatch: pytest.MonkeyPatch, name: str, others: tuple[str, ...]
) -> None:
    for other in others:
        monkeypatch.setenv(other, "http://other.example:3128")
    monkeypatch.setenv(name.lower(), "http://proxy.example:3128")  # as most systems write it
    assert Settings().proxy == "http://proxy.example:3128"


def test_a_proxy_without_a_scheme_is_one_of_http(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "proxy.example:3128")
    assert Settings().proxy == "http://proxy.example:3128"


def test_an_investigator_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTLAST_INVESTIGATOR", "swarm")
    with pytest.raises(Permanent, match="OUTLAST_INVESTIGATOR must be graph or agent, not swarm"):
        Settings()


def test_code_may_say_it_too(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, search=("wikipedia",), http_proxy=SecretStr("http://proxy.example:3128"))
    assert (settings.engines.names, settings.proxy) == (("wikipedia",), "http://proxy.example:3128")


def test_what_is_compared_between_processes_is_what_was_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OUTLAST_HOME", str(tmp_path))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789abcdef")
    monkeypatch.setenv("WEATHER_API_KEY", "0123456789abcdef")
    assert Settings().reasoning_settings() == {}  # that key is nobody's yet
    monkeypatch.setenv("OUTLAST_MODEL", "openai:gpt-5-mini")
    monkeypatch.setenv("OUTLAST_SEARCH", "tavily,arxiv")
    monkeypatch.setenv("TAVILY_API_KEY", "tvly-0123456789")
    monkeypatch.setenv("ALL_PROXY", "http://ann:hush@proxy.example:3128")
    compared = Settings().reasoning_settings()
    assert list(compared) == ["HTTPS_PROXY", "OPENAI_API_KEY", "OUTLAST_MODEL", "OUTLAST_SEARCH", "TAVILY_API_KEY"]
    assert (compared["OUTLAST_MODEL"], compared["OUTLAST_SEARCH"]) == ("openai:gpt-5-mini", "tavily,arxiv")
    assert all(compared[name].startswith("sha256:") for name in ("HTTPS_PROXY", "OPENAI_API_KEY", "TAVILY_API_KEY"))
    assert not any(secret in str(compared) for secret in ("hush", "0123456789"))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789abcdeg")
    assert Settings().reasoning_settings()["OPENAI_API_KEY"] != compared["OPENAI_API_KEY"]


@pytest.mark.parametrize(
    ("model", "key"),
    [
        ("google_genai:gemini-2.5-flash", "GOOGLE_API_KEY"),
        ("mistralai:mistral-small-latest", "MISTRAL_API_KEY"),
        ("anthropic:claude-sonnet-4-5", "ANTHROPIC_API_KEY"),
    ],
)
def test_the_key_of_a_provider_is_compared_too(monkeypatch: pytest.MonkeyPatch, model: str, key: str) -> None:
    monkeypatch.setenv("OUTLAST_CHEAP_MODEL", model)
    monkeypatch.setenv(key, "0123456789abcdef")
    assert key in Settings().reasoning_settings()


def test_the_sentence_encoder_is_in_a_folder_of_the_user_unless_it_is_named_or_off(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert Settings().encoder_folder == tmp_path / "outlast" / "minilm-l6-1"
    monkeypatch.delenv("XDG_DATA_HOME")
    assert Settings().encoder_folder == Path.home() / ".local" / "share" / "outlast" / "minilm-l6-1"
    monkeypatch.setenv("OUTLAST_ENCODER", str(tmp_path / "mine"))
    assert Settings().encoder_folder == tmp_path / "mine"
    monkeypatch.setenv("OUTLAST_ENCODER", "off")
    assert Settings().encoder_folder is None
