"""What search engines read in the page of a public material: schema.org in JSON-LD.

A `<script type="application/ld+json">` is a block of data that no browser runs, so the content security policy of
pages needs no exception for it (HTML, "prepare the script element": the type is looked at before the policy).
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from markupsafe import Markup

from kit import db
from kit.identity import ANONYMOUS
from media_archive.assets import service as assets
from media_archive.places.service import KnownPlace, places_of
from media_archive.settings import current

_BY_FILE = {"image": "ImageObject", "video": "VideoObject", "audio": "AudioObject"}
_BY_KIND = {"news": "NewsArticle", "article": "Article", "report": "Report", "slides": "PresentationDigitalDocument"}


async def json_ld(asset_id: UUID) -> Markup | None:
    """Return the script element for a material's page; None unless everybody may see the material."""
    described = await public_description(asset_id)
    if described is None:
        return None
    # Nothing in it may end the element.
    said = orjson.dumps(described).decode().replace("<", "\\u003c")
    return Markup(f'<script type="application/ld+json">{said}</script>')  # noqa: S704  # escaped above


async def public_description(asset_id: UUID) -> dict[str, Any] | None:
    """Return a material in the words of schema.org; None unless everybody may see it."""
    row = (await assets.assets_by_id(ANONYMOUS, [asset_id])).get(asset_id)
    if row is None:
        return None
    told = await db.row(
        """SELECT (SELECT name_vi FROM unit WHERE id = $1) AS unit, ARRAY(
               SELECT DISTINCT ON (code) vi FROM term WHERE vocabulary = 'topic' AND code = ANY($2::text[])
               ORDER BY code, valid_from DESC) AS topics,
               (SELECT url FROM licence WHERE code = $3) AS licence_url,
               (SELECT creator FROM asset_about WHERE asset_id = $4) AS creator,
               (SELECT places FROM asset_about WHERE asset_id = $4) AS places""",
        row["unit_id"],
        row["topics"],
        row["licence"],
        asset_id,
    )
    assert told is not None
    on_record = (await places_of([asset_id]))[asset_id]
    url = f"{current().public_url}/archive/items/{asset_id}"
    said: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": _BY_FILE.get(row["media_type"].partition("/")[0]) or _BY_KIND.get(row["kind"], "DigitalDocument"),
        "@id": url,
        "url": url,
        "name": row["title"],
        "description": row["description"],
        "inLanguage": row["language"],
        "dateCreated": row["created_on"].isoformat(),
        "datePublished": row["added_at"].isoformat(),
        "encodingFormat": row["media_type"],
        "contentSize": f"{row['size']} B",
        "keywords": list(told["topics"]),
        "isAccessibleForFree": True,
        "publisher": {"@type": "Organization", "name": told["unit"]} if told["unit"] else None,
        # `creator` would have to say whether that is a person or an organisation, which nobody is asked.
        "creditText": told["creator"],
        "contentLocation": [{"@type": "Place", "name": name} for name in _different(told["places"] or (), on_record)],
        "license": told["licence_url"],
        "copyrightNotice": f"© {row['rights_holder']}" if row["rights_holder"] else None,
    }
    return {name: value for name, value in said.items() if value not in ("", [], None)}


def _different(names: Sequence[str], on_record: Sequence[KnownPlace]) -> list[str]:
    return list(dict.fromkeys([*names, *(place.vi for place in on_record)]))
