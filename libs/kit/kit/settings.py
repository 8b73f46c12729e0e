"""The settings of one process, read once from the environment, so that no other module reads `os.environ`."""

from functools import cache
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What every service needs to know; a service subclasses it for what it alone needs."""

    model_config = SettingsConfigDict(env_prefix="LOA_", extra="ignore", frozen=True)

    environment: Literal["development", "production"] = Field(
        "production", description="`development` turns on conveniences that must never be on in production."
    )
    database_url: str = Field(
        "", description="PostgreSQL database of this service, `postgres://user:password@host:port/name`."
    )
    database_pool_size: int = Field(10, ge=1, le=200, description="Most connections this process opens to PostgreSQL.")
    redis_url: str = Field("", description="Valkey or Redis for jobs and events, `redis://:password@host:port/0`.")
    storage_url: str = Field("", description="Where files are kept: `file:///folder` or `s3://bucket/prefix`.")
    public_url: str = Field(
        "http://127.0.0.1:8080", description="The one origin that browsers see, without a trailing slash."
    )
    passport_public_key: str = Field("", description="Ed25519 public key (PEM) that verifies passports.")
    passport_private_key: SecretStr = Field(
        SecretStr(""), description="Ed25519 private key (PEM) that signs passports; org only."
    )
    internal_key: SecretStr = Field(
        SecretStr(""), description="Shared secret with which the gateway asks org for passports."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severe log line that is written."
    )

    @property
    def is_development(self) -> bool:
        """Whether conveniences of development are on."""
        return self.environment == "development"


@cache
def current() -> Settings:
    """Return this process's settings; read on first use and never again."""
    return Settings()  # pyright: ignore[reportCallIssue]  # every field has a default
