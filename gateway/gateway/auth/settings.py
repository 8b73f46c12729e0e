"""What an operator tells the gateway about identity; read from the environment (prefix `LOA_`)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SHORTEST_INTERNAL_KEY = 32


class AuthSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="LOA_", extra="ignore", use_attribute_docstrings=True)

    environment: Literal["development", "production"] = "production"
    """In `production` the identity settings are checked more strictly when the gateway starts."""
    public_url: str = "http://127.0.0.1:8080"
    """The one origin that browsers see; with `https` the session cookie is Secure and carries the `__Host-` prefix."""
    org_url: str = "http://127.0.0.1:8001"
    """Base URL of the org service, asked for passports at /internal/passport below it."""
    redis_url: str = ""
    """Valkey or Redis for browser sessions and org's events; without it nobody can sign in by browser."""
    internal_key: SecretStr = SecretStr("")
    """The secret shared with org, and the source of the key that seals login attempts; the same in every replica."""

    oidc_issuer: str = ""
    """The provider's issuer, exactly as its tokens name it; empty: the development issuer at PUBLIC_URL/issuer."""
    oidc_client_id: str = "loa-pages"
    """This product's client at the identity provider, for browser login."""
    oidc_client_secret: SecretStr | None = None
    """The client's secret; without one the client is public and proves itself by PKCE alone."""
    oidc_audience: str = "loa"
    """The audience of access tokens; never the client's id, or id tokens would pass as access tokens."""
    oidc_scope: str = "openid profile"
    """What browser login asks the identity provider for."""
    oidc_jwks_url: str = ""
    """Where the provider's signing keys are; empty: as its discovery document says."""
    oidc_token_url: str = ""
    """Where codes are exchanged for tokens; empty: as the discovery document says."""
    oidc_authorize_url: str = ""
    """Where browsers are sent to sign in; empty: as the discovery document says."""
    oidc_ca_file: Path | None = None
    """A PEM file of certificate authorities to trust besides the system's when the provider is asked."""

    session_idle_minutes: int = Field(default=120, ge=5, le=24 * 60)
    """Minutes without a request after which a browser has to sign in again."""
    session_hours: int = Field(default=12, ge=1, le=24 * 7)
    """Hours after which a browser has to sign in again whatever it did meanwhile."""

    @property
    def issuer(self) -> str:
        return self.oidc_issuer or f"{self.public_origin}/issuer"

    @property
    def public_origin(self) -> str:
        return self.public_url.rstrip("/")

    @property
    def redirect_uri(self) -> str:
        return f"{self.public_origin}/auth/callback"

    @property
    def is_https(self) -> bool:
        return urlsplit(self.public_url).scheme == "https"

    @model_validator(mode="after")
    def _tells_token_kinds_apart(self) -> Self:
        if self.oidc_audience == self.oidc_client_id:
            raise ValueError(
                "LOA_OIDC_AUDIENCE must differ from LOA_OIDC_CLIENT_ID, or id tokens would pass as access tokens"
            )
        return self

    @model_validator(mode="after")
    def _is_strict_in_production(self) -> Self:
        if self.environment != "production":
            return self
        if urlsplit(self.oidc_issuer).scheme != "https":
            raise ValueError("LOA_OIDC_ISSUER must be an https address in production")
        if len(self.internal_key.get_secret_value()) < SHORTEST_INTERNAL_KEY:
            raise ValueError(f"LOA_INTERNAL_KEY needs at least {SHORTEST_INTERNAL_KEY} characters in production")
        return self
