"""RSS 2.0, Atom and a sitemap: the newest public materials for readers, and all of them for search engines."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import sha256
from urllib.parse import urlencode
from xml.sax.saxutils import quoteattr

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from kit import db
from kit.db import Record
from kit.errors import Language, NotFound
from kit.graphql import parse_id, window
from kit.identity import ANONYMOUS
from kit.web import language
from media_archive.assets import service as assets
from media_archive.assets.visibility import visible_to
from media_archive.interop.following import catch_up
from media_archive.interop.oai.writing import element, text
from media_archive.settings import current
from media_archive.units import service as units

_ENTRIES = 50
_ONE_SITEMAP = 20_000
_MOST_IN_A_PART = 50_000  # what the protocol allows in a file
_PARTS = 256
_PART = re.compile("[0-9a-f]{2}")
_MINUTES = 5


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed tells: its name, its own address, the page that it follows, its entries."""

    title: str
    address: str
    page: str
    shown_in: Language
    rows: Sequence[Record]

    @property
    def changed_at(self) -> datetime:
        """When the newest entry came; of an empty feed the beginning of all clocks."""
        return self.rows[0]["added_at"] if self.rows else datetime(1970, 1, 1, tzinfo=UTC)


async def feed(request: Request) -> Response:
    """`/archive/feed.rss` and `.atom`, `?unit=&topic=&kind=`: the newest 50 public materials."""
    try:
        told = await _told(request)
    except NotFound:
        return PlainTextResponse("", 404)
    is_atom = request.url.path.endswith(".atom")
    body, media_type = (_atom(told), "application/atom+xml") if is_atom else (_rss(told), "application/rss+xml")
    return _sent(request, body, f"{media_type}; charset=utf-8")


async def sitemap(request: Request) -> Response:
    """`/archive/sitemap.xml`: all public materials, or, of many, where their lists are."""
    await catch_up()
    known = await db.value(
        "SELECT count(*) FROM (SELECT FROM oai_record WHERE NOT is_deleted LIMIT $1) AS shown", _ONE_SITEMAP + 1
    )
    if known <= _ONE_SITEMAP:
        return _sent(request, await _listed(0, _PARTS), "application/xml")
    parts = "".join(
        f"<sitemap><loc>{text(current().public_url)}/archive/sitemap/{part:02x}.xml</loc></sitemap>"
        for part in range(_PARTS)
    )
    return _sent(request, f"<sitemapindex {_SITEMAP}>{parts}</sitemapindex>", "application/xml")


async def sitemap_part(request: Request) -> Response:
    """`/archive/sitemap/{part}.xml`: the public materials whose ids begin with two digits."""
    if not _PART.fullmatch(request.path_params["part"]):
        return PlainTextResponse("", 404)
    part = int(request.path_params["part"], 16)
    return _sent(request, await _listed(part, part + 1), "application/xml")


_SITEMAP = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


async def _listed(first: int, end: int) -> str:
    public, arguments = visible_to(ANONYMOUS, 4)
    found = await db.rows(
        f"""SELECT asset_id, datestamp FROM oai_record JOIN asset ON asset.id = asset_id
            WHERE NOT is_deleted AND asset_id >= $1::uuid AND asset_id <= $2::uuid AND {public}
            ORDER BY asset_id LIMIT $3""",
        f"{first:02x}000000-0000-0000-0000-000000000000",
        f"{end - 1:02x}ffffff-ffff-ffff-ffff-ffffffffffff",
        _MOST_IN_A_PART,
        *arguments,
    )
    urls = "".join(
        f"<url><loc>{text(_page_of(row['asset_id']))}</loc>"
        f"<lastmod>{row['datestamp'].astimezone(UTC).isoformat()}</lastmod></url>"
        for row in found
    )
    return f"<urlset {_SITEMAP}>{urls}</urlset>"


async def _told(request: Request) -> Feed:
    asked = {name: request.query_params.get(name, "") for name in ("unit", "topic", "kind")}
    unit = await units.find_unit(parse_id(asked["unit"], "unit")) if asked["unit"] else None
    wanted = assets.Filter(
        within_path=unit.path if unit else None, kind=asked["kind"] or None, topic=asked["topic"] or None
    )
    rows = await assets.list_assets(ANONYMOUS, wanted, window(_ENTRIES, None))
    shown_in = language(request)
    title = "Kho tư liệu công đoàn" if shown_in == "vi" else "The union's archive"
    if unit:
        title += f" – {unit.name_vi if shown_in == 'vi' else unit.name_en or unit.name_vi}"
    query = urlencode({name: value for name, value in asked.items() if value})
    of_page = urlencode({name: value for name, value in asked.items() if value and name != "topic"})
    return Feed(
        title,
        current().public_url + request.url.path + (f"?{query}" if query else ""),
        f"{current().public_url}/archive/" + (f"?{of_page}" if of_page else ""),
        shown_in,
        rows[:_ENTRIES],
    )


def _rss(told: Feed) -> str:
    items = "".join(
        f"<item>{element('title', row['title'])}{element('link', _page_of(row['id']))}"
        f'<guid isPermaLink="false">urn:uuid:{row["id"]}</guid>'
        f"{element('pubDate', format_datetime(row['added_at'].astimezone(UTC), usegmt=True))}"
        f"{''.join(element('category', topic) for topic in (row['kind'], *row['topics']))}"
        f"{element('description', row['description'])}</item>"
        for row in told.rows
    )
    return (
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>'
        f"{element('title', told.title)}{element('link', told.page)}{element('description', told.title)}"
        f"{element('language', told.shown_in)}<ttl>{_MINUTES}</ttl>"
        f'<atom:link rel="self" type="application/rss+xml" href={quoteattr(told.address)}/>{items}</channel></rss>'
    )


def _atom(told: Feed) -> str:
    entries = "".join(
        f"<entry><id>urn:uuid:{row['id']}</id>{element('title', row['title'])}"
        f"<link href={quoteattr(_page_of(row['id']))}/>{element('updated', row['added_at'].isoformat())}"
        f"{''.join(f'<category term={quoteattr(topic)}/>' for topic in (row['kind'], *row['topics']))}"
        f"{element('summary', row['description'])}</entry>"
        for row in told.rows
    )
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{told.shown_in}">{element("id", told.address)}'
        f"{element('title', told.title)}{element('updated', told.changed_at.isoformat())}"
        f"<author>{element('name', told.title)}</author>"
        f'<link rel="self" href={quoteattr(told.address)}/><link href={quoteattr(told.page)}/>{entries}</feed>'
    )


def _page_of(asset_id: object) -> str:
    return f"{current().public_url}/archive/items/{asset_id}"


def _sent(request: Request, body: str, media_type: str) -> Response:
    content = f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'.encode()
    etag = f'"{sha256(content).hexdigest()[:32]}"'
    # The same for everybody; but who keeps it asks before showing it again: what was withdrawn is in it no more.
    headers = {
        "etag": etag,
        "cache-control": "public, no-cache",
        "vary": "accept-language, cookie",
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox",
    }
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


routes: list[BaseRoute] = [
    Route("/archive/feed.rss", feed),
    Route("/archive/feed.atom", feed),
    Route("/archive/sitemap.xml", sitemap),
    Route("/archive/sitemap/{part}.xml", sitemap_part),
]
