"""What the development issuer needs to know; read from the environment (prefix `LOA_`)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class IssuerSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="LOA_", extra="ignore", use_attribute_docstrings=True)

    environment: Literal["development", "production"] = "production"
    """The development issuer refuses to start unless this is `development`."""
    public_url: str = "http://127.0.0.1:8080"
    """The one origin that browsers see; the issuer is /issuer below it, and sends browsers back to nowhere else."""
    org_url: str = "http://127.0.0.1:8001"
    """Base URL of the org service, asked for the demo people at /internal/people below it."""
    internal_key: SecretStr = SecretStr("")
    """The secret shared with org."""
    issuer_key_file: Path = Path("issuer-key.pem")
    """The private key that signs tokens; made when it is not there."""
    oidc_client_id: str = "loa-pages"
    """The one client that may sign people in."""
    oidc_client_secret: SecretStr | None = None
    """The client's secret, when it has one."""
    oidc_audience: str = "loa"
    """The audience of access tokens."""

    @property
    def issuer(self) -> str:
        return f"{self.public_url.rstrip('/')}/issuer"

    @property
    def redirect_uri(self) -> str:
        return f"{self.public_url.rstrip('/')}/auth/callback"
