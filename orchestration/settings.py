"""Settings, read from the environment here and nowhere else. OUTLAST_HOME, OUTLAST_OBJECTS, OUTLAST_WORKER."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict
from temporalio.envconfig import ClientConfigProfile

WORKER = Path(__file__).resolve().parent.parent / "worker.py"


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="OUTLAST_", frozen=True)

    home: Path = Path(".outlast")
    """Where everything lives that this machine keeps: the embedded server's data, objects, caches, logs."""
    objects: str = ""
    """The object store: a folder, or `s3://`, `gs://`, `az://`. Empty: `objects` inside `home`."""
    worker: Path = WORKER
    """The Python file that the embedded mode runs as its worker: yours, if you have graphs of your own."""

    @property
    def object_store(self) -> str:
        return self.objects or str(self.home / "objects")

    @property
    def cache(self) -> Path:
        return self.home / "cache"

    def temporal(self) -> ClientConfigProfile | None:
        """Temporal's own client configuration (TEMPORAL_ADDRESS, TEMPORAL_PROFILE, its file); None: embedded mode."""
        profile = ClientConfigProfile.load()
        return profile if profile.address else None
