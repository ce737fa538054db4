"""The settings. No other module reads the environment.

Outlast's own variables begin with OUTLAST_: OUTLAST_HOME, OUTLAST_MODEL. Variables that other software uses too keep
their names: OPENAI_BASE_URL, TAVILY_API_KEY, HTTPS_PROXY. A provider's own client reads its key (OPENAI_API_KEY,
ANTHROPIC_API_KEY).
"""

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from outlast.evidence.errors import Permanent
from outlast.evidence.sources import sha256
from outlast.orchestration.embedded.home_folder import HOME_FOLDER_NAME, find_home
from outlast.tools.retrieval.encoder.encoder import MODEL_VERSION
from outlast.tools.web.engines.engine import EngineSettings

if TYPE_CHECKING:
    from temporalio.envconfig import ClientConfigProfile

SURROGATE = re.compile("[\ud800-\udfff]")
"""A byte that is not UTF-8, in a variable of the environment."""
HASH_PREFIX = "sha256:"
DEFAULT_WORKER_FILE = Path(__file__).resolve().parent.parent / "worker.py"


ENCODER_OFF = "off"


def user_data_folder() -> Path:
    """Return the folder for what this user's commands share, whatever folder they run in."""
    try:
        shared = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    except RuntimeError:  # the user has no known home
        shared = Path(HOME_FOLDER_NAME)
    return shared / "outlast"


def nearest_home() -> Path:
    """Return the home folder for the current folder."""
    try:
        return find_home(Path.cwd(), Path.home())
    except (OSError, RuntimeError):  # the current folder was deleted, or the user has no known home
        return Path(HOME_FOLDER_NAME)


class Settings(BaseSettings):
    """All settings; docs/settings.md explains each variable."""

    model_config = SettingsConfigDict(env_prefix="OUTLAST_", env_ignore_empty=True, frozen=True, populate_by_name=True)

    home: Path = Field(default_factory=nearest_home)
    """The folder for everything that this machine stores: the embedded server's data, objects, caches, logs. If it is
    not set: `.outlast` in the current folder, or the nearest one above."""
    objects: str = ""
    """The object store: a folder, or `s3://`, `gs://`, `az://`. Empty: `objects` inside `home`."""
    worker: Path = DEFAULT_WORKER_FILE
    """The Python file that the embedded mode runs as its worker: your own file, if you have your own graphs."""

    model: str = ""
    """The chat model as `provider:model`; empty: rules only."""
    cheap_model: str = ""
    """The chat model for the many small calls; empty: `model` makes them too."""
    reasoner: str = ""
    """Name of an installed reasoner; empty: `model` if a model is set, else `extractive`."""
    investigator: Literal["graph", "agent"] = "graph"
    encoder: str = ""
    """Folder of the sentence encoder, or `off`; empty: the folder of this user, which all home folders share."""
    openai_base_url: SecretStr = Field(default=SecretStr(""), validation_alias="OPENAI_BASE_URL")
    """A secret, because the URL may contain a name and a password."""

    search: Annotated[tuple[str, ...], NoDecode] = ()
    """Names of search engines; empty: the engines that have a key or an address, or else Wikipedia."""
    contact: str = ""
    wikipedia_language: str = "en"
    tavily_api_key: SecretStr = Field(default=SecretStr(""), validation_alias="TAVILY_API_KEY")
    searxng_url: SecretStr = Field(default=SecretStr(""), validation_alias="SEARXNG_URL")
    """A secret for the same reason as `openai_base_url`."""
    ncbi_api_key: SecretStr = Field(default=SecretStr(""), validation_alias="NCBI_API_KEY")
    http_proxy: SecretStr = Field(
        default=SecretStr(""), validation_alias=AliasChoices("HTTPS_PROXY", "ALL_PROXY", "HTTP_PROXY")
    )
    """The proxy for all pages: the first of the three variables that is set. A secret, as `openai_base_url`."""

    @field_validator("home", "worker")
    @classmethod
    def _expand_path(cls, path: Path) -> Path:
        return path.expanduser()

    @property
    def home_is_above(self) -> bool:
        """Whether the home folder was found in a folder above the current one."""
        return "home" not in self.model_fields_set and self.home.is_absolute()

    @property
    def object_store(self) -> str:
        """The object store's URL, or the full path of its folder, because a worker may run in another folder."""
        if "://" in self.objects:
            return self.objects
        return str(Path(self.objects).expanduser().resolve() if self.objects else (self.home / "objects").resolve())

    @field_validator("search", mode="before")
    @classmethod
    def _split_names(cls, value: Any) -> Any:
        return tuple(name.strip() for name in value.split(",") if name.strip()) if isinstance(value, str) else value

    @field_validator("investigator", mode="before")
    @classmethod
    def _check_investigator(cls, value: Any) -> Any:
        if value not in ("graph", "agent"):
            raise Permanent(f"OUTLAST_INVESTIGATOR must be graph or agent, not {value}.")
        return value

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
        """The URL of the proxy for pages, with its password; None for a direct connection."""
        url = self.http_proxy.get_secret_value()
        return f"http://{url}" if url and "://" not in url else url or None  # other programs accept it without http://

    def reasoning_settings(self) -> dict[str, str]:
        """Return the settings for models and the web that are set, by variable; of secrets, a few digits of a hash.

        Commands compare them with the settings of a worker that runs already.
        """
        fields = type(self).model_fields
        names = {name: str(field.validation_alias or f"OUTLAST_{name.upper()}") for name, field in fields.items()}
        names["http_proxy"] = "HTTPS_PROXY"
        values = {names[name]: getattr(self, name) for name in self.model_fields_set - {"home", "objects", "worker"}}
        providers = [name.partition(":")[0].upper() for name in (self.model, self.cheap_model)]
        for name, key in os.environ.items():  # providers' clients read their keys themselves
            key_provider = name.removesuffix("_API_KEY")
            if key_provider != name and any(provider.startswith(key_provider) for provider in providers):
                values[name] = SecretStr(key)
        return {name: _comparable(value) for name, value in sorted(values.items()) if value}

    def base_url(self, model: str) -> str:
        """Return the base URL of the model's server; "" if the provider's client knows it."""
        return self.openai_base_url.get_secret_value() if model.startswith("openai:") else ""

    @property
    def cache(self) -> Path:
        return self.home / "cache"

    @property
    def encoder_folder(self) -> Path | None:
        """The folder where the sentence encoder is, if it was built; None if none may be used."""
        if self.encoder.strip().lower() == ENCODER_OFF:
            return None
        return Path(self.encoder).expanduser() if self.encoder else user_data_folder() / MODEL_VERSION

    def temporal(self) -> "ClientConfigProfile | None":
        """Return Temporal's client configuration (TEMPORAL_ADDRESS, TEMPORAL_PROFILE, a file); None: embedded mode."""
        from temporalio.envconfig import ClientConfigProfile  # noqa: PLC0415 - `outlast ask` needs no Temporal

        try:
            profile = ClientConfigProfile.load(override_env_vars=decodable_environment())
        except RuntimeError as error:  # ConfigError is one
            raise Permanent(f"Temporal's client configuration cannot be used: {str(error).splitlines()[0]}") from None
        return profile if profile.address else None


def decodable_environment() -> dict[str, str]:
    """Return the variables that are UTF-8. The SDK, which is written in Rust, panics at any other one."""
    return {name: value for name, value in os.environ.items() if not SURROGATE.search(name + value)}


def _comparable(value: Any) -> str:
    if isinstance(value, SecretStr):
        return f"{HASH_PREFIX}{sha256(value.get_secret_value())[:8]}"
    return ",".join(value) if isinstance(value, tuple) else str(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
