"""Settings, read from the environment here and nowhere else. OUTLAST_HOME, OUTLAST_OBJECTS, OUTLAST_WORKER."""

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from evidence.errors import Permanent

if TYPE_CHECKING:
    from temporalio.envconfig import ClientConfigProfile

WORKER = Path(__file__).resolve().parent.parent / "worker.py"


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="OUTLAST_", env_ignore_empty=True, frozen=True)

    home: Path = Path(".outlast")
    """Where everything lives that this machine keeps: the embedded server's data, objects, caches, logs."""
    objects: str = ""
    """The object store: a folder, or `s3://`, `gs://`, `az://`. Empty: `objects` inside `home`."""
    worker: Path = WORKER
    """The Python file that the embedded mode runs as its worker: yours, if you have graphs of your own."""

    @field_validator("home", "worker")
    @classmethod
    def _expanded(cls, path: Path) -> Path:
        return path.expanduser()

    @property
    def object_store(self) -> str:
        """An address, or the full path of a folder: a worker may run elsewhere."""
        if "://" in self.objects:
            return self.objects
        return str(Path(self.objects).expanduser().resolve() if self.objects else (self.home / "objects").resolve())

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
