"""What the archive alone needs to be told."""

import tempfile
from functools import cache
from pathlib import Path

from pydantic import Field, SecretStr, model_validator

from kit.settings import Settings

_PROVIDER = r"^(espeak-ng|off|[A-Za-z_][\w.]*:[A-Za-z_]\w*)$"


class ArchiveSettings(Settings):
    """The settings of the archive's processes."""

    file_url_key: SecretStr = Field(
        SecretStr(""),
        description="Secret that signs the addresses of files, at least 32 characters; required in production.",
    )
    files_url: str = Field(
        "",
        pattern=r"^(https?://[^/]+)?$",
        description="Origin from which files are sent, of its own and without a trailing slash, so that nothing in a "
        "file can act on the pages; empty: the public one.",
    )
    file_url_hours: int = Field(6, ge=1, le=168, description="How many hours the address of a file works.")
    upload_most_megabytes: int = Field(
        200, ge=1, le=5_000, description="Largest file that is accepted in one piece, in MB."
    )
    upload_resume_hours: int = Field(
        48, ge=1, le=720, description="How many hours an upload that was cut off can be resumed."
    )
    deleted_keep_days: int = Field(
        90, ge=1, le=3_650, description="How many days a deleted material can be brought back before it goes for good."
    )
    quarantine_days: int = Field(
        90, ge=1, le=3_650, description="How many days files that were refused as harmful are kept as evidence."
    )
    fixity_megabytes: int = Field(
        20_000,
        ge=1,
        le=10_000_000,
        description="How many MB of kept files each hourly run reads again, to see them unchanged.",
    )
    clamd_address: str = Field(
        "",
        pattern=r"^(|tcp://.+|unix:///.+)$",
        description="Where clamd looks into new files: `tcp://host:3310` or `unix:///socket`; empty: nobody looks.",
    )
    clamd_is_optional: bool = Field(
        False, description="Whether files are let in unlooked at while clamd can't be asked, or does not take them."
    )
    search_folder: Path = Field(
        Path(tempfile.gettempdir(), "loa-search"),
        description="Local folder for search indexes; they are disposable and built from the database.",
    )
    search_pause_seconds: float = Field(
        0.5, gt=0, le=60, description="How often a web process looks for changes to index."
    )
    ocr_most_pages: int = Field(20, ge=1, le=500, description="How many pages of a PDF without text are read by OCR.")
    viewer_most_pages: int = Field(
        100, ge=1, le=500, description="How many pages of a PDF are drawn for reading in the browser."
    )
    speaker: str = Field(
        "espeak-ng",
        pattern=_PROVIDER,
        description="Who reads bulletins aloud: `espeak-ng`, `off`, or a provider as `package.module:factory`.",
    )
    transcriber: str = Field(
        "off",
        pattern=_PROVIDER,
        description="Who writes down what is said: `off`, or a provider as `package.module:factory`.",
    )

    @model_validator(mode="after")
    def _needs_a_key(self) -> "ArchiveSettings":
        if not self.is_development and len(self.file_url_key.get_secret_value()) < 32:
            raise ValueError("LOA_FILE_URL_KEY must have at least 32 characters")
        return self


@cache
def current() -> ArchiveSettings:
    """Return this process's settings; read on first use and never again."""
    return ArchiveSettings()  # pyright: ignore[reportCallIssue]  # every field has a default
