"""Settings, read from the environment here and nowhere else.

Ours begin with OUTLAST_: OUTLAST_HOME, OUTLAST_MODEL. What others named before us keeps its name: OPENAI_BASE_URL,
TAVILY_API_KEY, HTTPS_PROXY. A provider's own key (OPENAI_API_KEY, ANTHROPIC_API_KEY) is read by that provider's client.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from outlast.evidence.errors import Permanent
from outlast.evidence.sources import sha256
from outlast.orchestration.embedded.home_folder import HOME_FOLDER_NAME, find_home
from outlast.tools.web.engines.engine import EngineSettings

if TYPE_CHECKING:
    from temporalio.envconfig import ClientConfigProfile

HASH_PREFIX = "sha256:"
DEFAULT_WORKER_FILE = Path(__file__).resolve().parent.parent / "worker.py"


def nearest_home() -> Path:
    """Of the folder where the person stands."""
    try:
        return find_home(Path.cwd(), Path.home())
    except (OSError, RuntimeError):  # the folder is gone, or nobody knows whose this process is
        return Path(HOME_FOLDER_NAME)


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="OUTLAST_", env_ignore_empty=True, frozen=True, populate_by_name=True)

    home: Path = Field(default_factory=nearest_home)
    """Where everything lives that this machine keeps: the embedded server's data, objects, caches, logs. Where it is
    not set: `.outlast` in this folder, or the nearest one above."""
    objects: str = ""
    """The object store: a folder, or `s3://`, `gs://`, `az://`. Empty: `objects` inside `home`."""
    worker: Path = DEFAULT_WORKER_FILE
    """The Python file that the embedded mode runs as its worker: yours, if you have graphs of your own."""

    model: str = ""
    """`provider:model`; empty: rules only."""
    cheap_model: str = ""
    """For the many small calls; empty: `model` makes them too."""
    reasoner: str = ""
    """Name of a reasoner that is installed; empty: `model` where a model is set, else `extractive`."""
    investigator: Literal["graph", "agent"] = "graph"
    openai_base_url: SecretStr = Field(default=SecretStr(""), validation_alias="OPENAI_BASE_URL")
    """A secret, since it may carry a name and a password."""

    search: Annotated[tuple[str, ...], NoDecode] = ()
    """Names of search engines; empty: those that have a key or an address, or else Wikipedia."""
    contact: str = ""
    wikipedia_language: str = "en"
    tavily_api_key: SecretStr = Field(default=SecretStr(""), validation_alias="TAVILY_API_KEY")
    searxng_url: SecretStr = Field(default=SecretStr(""), validation_alias="SEARXNG_URL")
    """A secret, as `openai_base_url`."""
    ncbi_api_key: SecretStr = Field(default=SecretStr(""), validation_alias="NCBI_API_KEY")
    http_proxy: SecretStr = Field(
        default=SecretStr(""), validation_alias=AliasChoices("HTTPS_PROXY", "ALL_PROXY", "HTTP_PROXY")
    )
    """What all pages are fetched through: the first of the three that is set. A secret, as `openai_base_url`."""

    @field_validator("home", "worker")
    @classmethod
    def _expand_path(cls, path: Path) -> Path:
        return path.expanduser()

    @property
    def home_is_above(self) -> bool:
        """Whether the home was found in a folder above this one."""
        return "home" not in self.model_fields_set and self.home.is_absolute()

    @property
    def object_store(self) -> str:
        """An address, or the full path of a folder: a worker may run elsewhere."""
        if "://" in self.objects:
            return self.objects
        return str(Path(self.objects).expanduser().resolve() if self.objects else (self.home / "objects").resolve())

    @field_validator("search", mode="before")
    @classmethod
    def _split_names(cls, given: Any) -> Any:
        return tuple(name.strip() for name in given.split(",") if name.strip()) if isinstance(given, str) else given

    @field_validator("investigator", mode="before")
    @classmethod
    def _check_investigator(cls, given: Any) -> Any:
        if given not in ("graph", "agent"):
            raise Permanent(f"OUTLAST_INVESTIGATOR is graph or agent, unlike {given}.")
        return given

    @property
    def engines(self) -> EngineSettings:
        return EngineSettings(
            names=self.search,
            tavily_api_key=self.tavily_api_key.get_secret_value(),
            searxng_url=self.searxng_url.get_secret_value(),
            ncbi_api_key=self.ncbi_api_key.get_secret_value(),
            contact=self.contact,
            wikipedia_language=self.wikipedia_language,
        )

    @property
    def proxy(self) -> str | None:
        """What pages are fetched through, with its password; None: nothing is between."""
        given = self.http_proxy.get_secret_value()
        return f"http://{given}" if given and "://" not in given else given or None  # as everybody else reads it

    def reasoning_settings(self) -> dict[str, str]:
        """What was set for models and the web, by the names of the environment; of secrets a few digits of their hash.

        For comparing what two processes were given.
        """
        fields = type(self).model_fields
        names = {name: str(field.validation_alias or f"OUTLAST_{name.upper()}") for name, field in fields.items()}
        names["http_proxy"] = "HTTPS_PROXY"
        given = {names[name]: getattr(self, name) for name in self.model_fields_set - {"home", "objects", "worker"}}
        providers = [name.partition(":")[0].upper() for name in (self.model, self.cheap_model)]
        for name, key in os.environ.items():  # providers' clients read their keys themselves
            provider = name.removesuffix("_API_KEY")
            if provider != name and any(each.startswith(provider) for each in providers):
                given[name] = SecretStr(key)
        return {name: _comparable(value) for name, value in sorted(given.items()) if value}

    def base_url(self, model: str) -> str:
        """Where the server of that model is; "" where its provider's client knows."""
        return self.openai_base_url.get_secret_value() if model.startswith("openai:") else ""

    @property
    def cache(self) -> Path:
        return self.home / "cache"

    def temporal(self) -> "ClientConfigProfile | None":
        """Temporal's own client configuration (TEMPORAL_ADDRESS, TEMPORAL_PROFILE, its file); None: embedded mode."""
        from temporalio.envconfig import ClientConfigProfile  # noqa: PLC0415 - `outlast ask` needs no Temporal

        try:
            profile = ClientConfigProfile.load()
        except RuntimeError as error:  # ConfigError is one
            raise Permanent(f"Temporal's client configuration cannot be used: {str(error).splitlines()[0]}") from None
        return profile if profile.address else None


def _comparable(value: Any) -> str:
    if isinstance(value, SecretStr):
        return f"{HASH_PREFIX}{sha256(value.get_secret_value())[:8]}"
    return ",".join(value) if isinstance(value, tuple) else str(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
