"""What the survey service alone needs to be told."""

from functools import cache
from pathlib import Path

from pydantic import Field, SecretStr, field_validator

from kit.settings import Settings


class SurveySettings(Settings):
    """The settings of the survey service's processes."""

    credential_secret: SecretStr = Field(
        SecretStr(""),
        description="Secret that seals the keys with which members' credentials are signed, at least 32 characters; "
        "without it no wave gives credentials.",
    )

    sealing_keys: Path | None = Field(
        None,
        description="Folder of the private keys that open the inbox. The worker needs it, and nobody else may read it; "
        "it belongs into no backup.",
    )

    release_workings: Path | None = Field(
        None,
        description="Folder in which the worker keeps what each release was computed from, so that all of it can be "
        "computed again: single answers, and what the release hides. They must never leave the worker nor be in a "
        "backup; without it nothing is kept.",
    )

    open_link_answers: int = Field(
        3,
        ge=1,
        le=1_000,
        description="How many answers an open link takes at most for each person of its group, and 1,000 besides: a "
        "bound against floods. Then forms are told to come later, until it is raised.",
    )

    # The server is started with it, before any of our code runs (deploy/container/run).
    trusted_proxies: str = Field(
        "127.0.0.1",
        description="Addresses whose `X-Forwarded-For` is believed, by commas, or `*` where only a proxy that replaces "
        "it can reach the web: networks are kept by it from flooding the forms.",
    )

    @field_validator("credential_secret")
    @classmethod
    def _is_long_enough(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < 32:
            raise ValueError("LOA_CREDENTIAL_SECRET must have at least 32 characters")
        return value


@cache
def current() -> SurveySettings:
    """Return this process's settings; read on first use and never again."""
    return SurveySettings()  # pyright: ignore[reportCallIssue]  # every field has a default
