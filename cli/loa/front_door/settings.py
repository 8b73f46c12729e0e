"""What the front door needs to know; read from the environment (prefix `LOA_`)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class FrontDoorSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="LOA_", extra="ignore", use_attribute_docstrings=True)

    environment: Literal["development", "production"] = "production"
    """In `development` the issuer of demo sign-ins is served at /issuer when it has a key file."""
    listen_host: str = "127.0.0.1"
    """The address to listen on; `0.0.0.0` for the whole network."""
    listen_port: int = Field(default=8080, ge=0, le=65535)
    """The port to listen on; 0 takes a free one."""
    public_url: str = "http://127.0.0.1:8080"
    """The one origin that browsers see."""
    gateway_url: str = "http://127.0.0.1:8000"
    """Base URL of the gateway: /graphql and /auth."""
    org_url: str = "http://127.0.0.1:8001"
    """Base URL of the org service: /org."""
    survey_url: str = "http://127.0.0.1:8002"
    """Base URL of the survey service: /f and /results."""
    media_archive_url: str = "http://127.0.0.1:8003"
    """Base URL of the media-archive service: /archive, /files and /oai."""
    issuer_key_file: Path | None = None
    """The development issuer's private key; without one there is no issuer here."""
    tls_cert: Path | None = None
    """A PEM file with the certificate chain; with `tls_key` the front door speaks TLS."""
    tls_key: Path | None = None
    """The certificate's private key (PEM)."""
    access_log: bool = False
    """Whether requests are logged: method, path, status; never an address or a query, and of /f not even the path."""
    upstream_connections: int = Field(default=128, ge=1)
    """Connections to each service at most; further requests wait for a free one."""
    concurrency: int = Field(default=2000, ge=1)
    """Connections from outside at most; further ones are told to come back later."""

    @property
    def public_host(self) -> str:
        return urlsplit(self.public_url).netloc

    @property
    def scheme(self) -> str:
        return urlsplit(self.public_url).scheme

    @property
    def session_cookie(self) -> bytes:
        """The name of the gateway's session cookie."""
        return b"__Host-loa" if self.scheme == "https" else b"loa"

    @model_validator(mode="after")
    def _has_both_parts_of_a_certificate(self) -> Self:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("LOA_TLS_CERT and LOA_TLS_KEY go together")
        return self
