"""How the graph shows captions."""

from datetime import datetime
from typing import Self

import strawberry

from kit.db import Record
from media_archive.files.addresses import file_path
from media_archive.settings import current


@strawberry.type(description="What is said in a film or a sound, with its times.")
class AssetCaptions:
    language: str = strawberry.field(description="ISO 639 code of the language they are in.")
    kind: str = strawberry.field(
        description="`captions` (shown while it plays) or `transcript` (read beside it or instead of it)."
    )
    cues: int = strawberry.field(description="How many pieces with a time of their own there are.")
    revision: int = strawberry.field(description="Goes up with each change; give it back when you replace them.")
    is_automatic: bool = strawberry.field(description="Whether a machine wrote them and nobody has corrected them yet.")
    changed_at: datetime = strawberry.field(description="When they were last changed.")
    content: str = strawberry.field(description="The captions as WebVTT.")
    url: str = strawberry.field(
        description="Where a player loads them for some hours, as WebVTT, with the same right to see."
    )

    @classmethod
    def of(cls, row: Record) -> Self:
        """Show a track."""
        return cls(
            language=row["language"],
            kind=row["kind"],
            cues=row["cues"],
            revision=row["revision"],
            is_automatic=row["is_automatic"],
            changed_at=row["changed_at"],
            content=row["content"],
            url=current().public_url + captions_path(row),
        )


def captions_path(row: Record) -> str:
    """Return the path of a track on our origin; `row` has asset_id, kind and language."""
    variant = f"{row['kind']}-{row['language']}"
    return file_path(row["asset_id"], variant, f"{variant}.vtt")
