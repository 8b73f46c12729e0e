"""Asking what place a code means on a day, and loading the statistics office's lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from kit import db
from kit.errors import InvalidInput, NotFound, UnknownCode, none_of
from kit.identity import Caller
from org.audit.service import record
from org.places.announce import announce_places
from org.vietnamese import clean, search_form, sort_key

PlaceKind = Literal["province", "district", "commune"]
KINDS: tuple[PlaceKind, ...] = ("province", "district", "commune")
LONGEST_QUERY = 100

_CODE_LENGTHS = {"province": 2, "district": 3, "commune": 5}
_COLUMNS = """place.kind, place.code, place.name_vi, place.name_en, place.parent_code, place.province_code,
              place.region, place.sort_key, lower(place.valid) AS since, upper(place.valid) AS until"""
_TITLES = ("thành phố", "tỉnh", "quận", "huyện", "thị xã", "thị trấn", "phường", "xã", "đặc khu")


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A place as a list gives it. `is_hint`: the list is about something else, so it adds but never corrects."""

    kind: PlaceKind
    code: str
    name_vi: str
    parent_code: str
    province_code: str
    since: date | None
    until: date | None
    name_en: str | None = None
    is_hint: bool = False


@dataclass(frozen=True, slots=True)
class SuccessionRow:
    """What became of a place on a day; partial: only a part of it went there."""

    old_code: str
    new_code: str
    on: date
    is_partial: bool
    note: str | None


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many places and successions are other than before."""

    places: int
    successions: int


def is_place_code(kind: str, code: str) -> bool:
    """Whether a text can be the code of such a place at all."""
    return len(code) == _CODE_LENGTHS.get(kind) and code.isascii() and code.isdigit()


def kind_of(code: str) -> str | None:
    """Return which kind of place a code belongs to, by its length; None for none."""
    return next((kind for kind in KINDS if is_place_code(kind, code)), None)


_CALLED = {
    "province": ("Tỉnh, thành phố", "Provinces"),
    "district": ("Quận, huyện", "Districts"),
    "commune": ("Xã, phường, đặc khu", "Communes"),
}


def unknown_place(field: str, kind: str, code: str, on: date) -> UnknownCode:
    """Return the refusal of a code that no place of the kind has on a day."""
    return UnknownCode(field, kind, code, on, _CALLED.get(kind))


async def _require_known(within: str, on: date) -> None:
    """Raise UnknownCode unless a place on record has, or had, the code: an empty list would look like an answer."""
    kind = kind_of(within)
    if kind is None or not await db.value(
        "SELECT EXISTS (SELECT FROM place WHERE kind = $1 AND code = $2)", kind, within
    ):
        raise unknown_place("within", kind or "province", within, on)


def require_kind(kind: str) -> None:
    """Raise InvalidInput for a kind that there is not."""
    if kind not in KINDS:
        raise none_of("kind", _CALLED)


async def require_place(field: str, kind: PlaceKind, code: str, on: date, within: str | None = None) -> None:
    """Raise UnknownCode unless there is such a place on that day; InvalidInput when it is not in the province `within`.

    Communes and districts are checked only where a list of that day was loaded.
    """
    if is_place_code(kind, code):
        province = await db.value(
            "SELECT province_code FROM place WHERE kind = $1 AND code = $2 AND valid @> $3::date", kind, code, on
        )
        if province is not None:
            _require_within(field, code, province, within)
            return
        if kind != "province" and not await is_listed(kind, on):
            return
    raise unknown_place(field, kind, code, on)


def _require_within(field: str, code: str, province: str, within: str | None) -> None:
    if within is not None and province != within:
        raise InvalidInput(
            field,
            f"“{code}” thuộc tỉnh có mã {province}, không thuộc tỉnh có mã {within}.",
            f"“{code}” is in the province {province}, not in the province {within}.",
        )


async def is_listed(kind: str, on: date) -> bool:
    """Whether a list of that day is there to check codes against: communes and districts are loaded from a file."""
    return await db.value("SELECT EXISTS (SELECT FROM place WHERE kind = $1 AND valid @> $2::date)", kind, on)


async def region_of(province: str, on: date) -> str | None:
    """Return the region (a code of that vocabulary) in which a province lies on a day; None for an unknown province."""
    if not is_place_code("province", province):
        return None
    return await db.value(
        "SELECT region FROM place WHERE kind = 'province' AND code = $1 AND valid @> $2::date", province, on
    )


async def find_place(kind: str, code: str, on: date) -> db.Record:
    """Return the place that a code means on a day, or raise NotFound."""
    require_kind(kind)
    found = await places_by_code([(code, on)]) if is_place_code(kind, code) else []
    if not found:
        raise NotFound(kind, code)
    return found[0]


async def places_by_code(asked: Sequence[tuple[str, date]]) -> list[db.Record]:
    """Return the places that codes mean, each on a day (`asked_on`), in no order; nothing for one that means none."""
    asked = [(code, on) for code, on in asked if kind_of(code)]
    return await db.rows(
        f"""SELECT {_COLUMNS}, asked.day AS asked_on
            FROM unnest($1::text[], $2::text[], $3::date[]) AS asked (kind, code, day)
            JOIN place ON place.kind = asked.kind AND place.code = asked.code AND place.valid @> asked.day""",
        [kind_of(code) for code, _ in asked],
        [code for code, _ in asked],
        [on for _, on in asked],
    )


async def search_places(
    kind: str, query: str | None, within: str | None, on: date, limit: int, after: tuple[int, str, str] | None
) -> list[db.Record]:
    """Return up to `limit` places of a kind on a day, in a province or district, after (rank, sort key, code).

    With words: those that have them all, accents left out or right; the name that begins with them first.
    """
    require_kind(kind)
    if query is not None and len(query) > LONGEST_QUERY:
        raise InvalidInput("query", f"dài hơn {LONGEST_QUERY} ký tự.", f"is longer than {LONGEST_QUERY} characters.")
    if within is not None:
        await _require_known(within, on)
    words = search_form(query).split() if query is not None else []
    if query is not None and not words:
        return []
    rank, key, code = after or (None, None, None)
    return await db.rows(
        f"""SELECT * FROM (
              SELECT {_COLUMNS}, ({_RANK})::bigint AS rank FROM place
              WHERE kind = $1 AND valid @> $2::date
                AND ($3::text IS NULL OR parent_code = $3 OR (province_code = $3 AND code <> $3))
                AND search_folded LIKE ALL (SELECT '% ' || search_words(word) || '%' FROM unnest($4::text[]) AS word)
            ) AS found
            WHERE $6::bigint IS NULL OR (rank, sort_key, code) > ($6, $7, $8)
            ORDER BY rank, sort_key, code LIMIT $5""",
        kind,
        on,
        within,
        words,
        limit,
        rank,
        key,
        code,
    )


# Best first: all accents as typed, then the words together and in order; the same for all where there are no words.
_RANK = """(SELECT count(*) FROM unnest($4::text[]) AS word
            WHERE word <> search_words(word) AND strpos(search_accented, ' ' || word) = 0) * 10
           + (strpos(search_folded, ' ' || search_words(array_to_string($4::text[], ' '))) = 0)::int"""


async def successors_of(codes: Sequence[str], on: date, limit: int, after: str | None) -> list[db.Record]:
    """Return up to `limit` successions of each place that ended, or changed, at the end of its days that hold `on`.

    `asked` names the place; they come by the successor's code, after `after`.
    """
    return await _successions(codes, on, limit, after, own="old_code", other="new_code", day="upper(place.valid)")


async def predecessors_of(codes: Sequence[str], on: date, limit: int, after: str | None) -> list[db.Record]:
    """Return up to `limit` successions from which each place came on the first of its days that hold `on`.

    `asked` names the place; they come by the predecessor's code, after `after`.
    """
    return await _successions(codes, on, limit, after, own="new_code", other="old_code", day="lower(place.valid)")


async def _successions(
    codes: Sequence[str], on: date, limit: int, after: str | None, *, own: str, other: str, day: str
) -> list[db.Record]:
    return await db.rows(
        f"""SELECT found.* FROM unnest($1::text[], $2::text[]) AS asked (kind, code)
            JOIN place ON place.kind = asked.kind AND place.code = asked.code AND place.valid @> $3::date
            CROSS JOIN LATERAL (
              SELECT {own} AS asked, {other} AS other_code, old_code, new_code, effective_on, is_partial, note
              FROM place_succession
              WHERE {own} = asked.code AND effective_on = {day} AND ($5::text IS NULL OR {other} > $5)
              ORDER BY {other} LIMIT $4) AS found""",
        [kind_of(code) for code in codes],
        list(codes),
        on,
        limit,
        after,
    )


async def load_places(caller: Caller, places: Sequence[PlaceRow], successions: Sequence[SuccessionRow] = ()) -> Loaded:
    """Bring districts, communes and what became of them in step with a list; the same list twice changes nothing.

    Only the product itself loads them. What a list does not mention stays. The other services are told what changed.
    """
    caller.require("admin", "")
    async with db.transaction():
        # Two loads wait for one another, or both would count what one has done.
        await db.execute("LOCK TABLE place, place_succession IN SHARE ROW EXCLUSIVE MODE")
        # The lists proper come first, so that what another only mentions does not take their places.
        changed = await _load([row for row in places if not row.is_hint], _CORRECT)
        changed += await _load([row for row in places if row.is_hint], "DO NOTHING")
        followed = await _load_successions(successions)
        if changed or followed:
            after = {"places": len(changed), "successions": followed}
            await record(caller, "places.loaded", None, "place", "list", None, after)
        await announce_places(changed)
    return Loaded(places=len(changed), successions=followed)


_CORRECT = """DO UPDATE SET name_vi = excluded.name_vi, name_en = coalesce(excluded.name_en, place.name_en),
                parent_code = excluded.parent_code, province_code = excluded.province_code, valid = excluded.valid,
                sort_key = excluded.sort_key, search_accented = excluded.search_accented
              WHERE (place.name_vi, place.name_en, place.parent_code, place.province_code, place.valid)
                IS DISTINCT FROM (excluded.name_vi, coalesce(excluded.name_en, place.name_en), excluded.parent_code,
                                  excluded.province_code, excluded.valid)"""


async def _load(rows: Sequence[PlaceRow], on_conflict: str) -> list[tuple[str, str]]:
    """Write places, and return those that are others than before, each by (kind, code) for each of its changed rows.

    One that is listed twice counts as it is first listed.
    """
    once = {(row.kind, row.code, row.since): row for row in reversed(rows)}
    wanted = [once[key] for key in sorted(once, key=lambda key: (key[0], key[1], key[2] or date.min))]
    written = await db.rows(
        f"""INSERT INTO place (kind, code, name_vi, name_en, parent_code, province_code, valid, sort_key,
                               search_accented)
            SELECT kind, code, name_vi, name_en, parent_code, province_code, daterange(since, until), sort_key, accented
            FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::date[], $8::date[],
                        $9::text[], $10::text[]) AS listed (kind, code, name_vi, name_en, parent_code, province_code,
                        since, until, sort_key, accented)
            ON CONFLICT (kind, code, coalesce(lower(valid), '-infinity'::date)) {on_conflict}
            RETURNING kind, code""",
        [row.kind for row in wanted],
        [row.code for row in wanted],
        [row.name_vi for row in wanted],
        [row.name_en for row in wanted],
        [row.parent_code for row in wanted],
        [row.province_code for row in wanted],
        [row.since for row in wanted],
        [row.until for row in wanted],
        [sort_key(bare_name(row.name_vi)) for row in wanted],
        [" " + search_form(f"{row.name_vi} {row.name_en or ''}") for row in wanted],
    )
    return [(row["kind"], row["code"]) for row in written]


async def _load_successions(rows: Sequence[SuccessionRow]) -> int:
    once = {(row.old_code, row.new_code, row.on): row for row in reversed(rows)}
    wanted = list(once.values())
    done = await db.execute(
        """INSERT INTO place_succession (old_code, new_code, effective_on, is_partial, note)
           SELECT * FROM unnest($1::text[], $2::text[], $3::date[], $4::boolean[], $5::text[])
           ON CONFLICT (old_code, new_code, effective_on) DO UPDATE
             SET is_partial = excluded.is_partial, note = excluded.note
             WHERE (place_succession.is_partial, place_succession.note)
               IS DISTINCT FROM (excluded.is_partial, excluded.note)""",
        [row.old_code for row in wanted],
        [row.new_code for row in wanted],
        [row.on for row in wanted],
        [row.is_partial for row in wanted],
        [row.note for row in wanted],
    )
    return int(done.rpartition(" ")[2])


def bare_name(name: str) -> str:
    """Return a place's name without what it is: `Phường Ba Đình` sorts as `Ba Đình`, but `Phường 1` by all of it."""
    text = clean(name)
    for title in _TITLES:
        rest = text[len(title) :].strip()
        if text.lower().startswith(f"{title} ") and not rest[:1].isdigit():
            return rest
    return text
