"""Places as people type and read them: by name, with the code behind it where there is one."""

import re
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from kit import db
from kit.db import Record
from kit.errors import InvalidInput, Language
from media_archive.assets.description import cleaned
from media_archive.places.service import places_of

MOST_LINES = 20
_MOST_OFFERED = 5
_TITLES = "^(tinh|thanh pho|quan|huyen|thi xa) "
_CODE = re.compile(r"(?:.*\()?([0-9]{2,5})\)?")


async def lines_of(asset_id: UUID, codes: Sequence[str], shown_in: Language) -> list[str]:
    """Return a line for each code of an asset: `Tỉnh Quảng Ninh (22)`, or the code alone where no name is known."""
    named = {one.code: one.vi if shown_in == "vi" else one.en for one in (await places_of([asset_id]))[asset_id]}
    return [f"{named[code]} ({code})" if code in named else code for code in codes]


async def codes_in(field: str, lines: Sequence[str], on: date) -> list[str]:
    """Return the codes that lines name: as `lines_of` writes them, codes alone, or names that a place has on a day.

    A name may go without `Tỉnh` or `Thành phố` and without accents; behind commas it may name the district and the
    province. A place that ended before the day, or begins after it, is meant where no other one is. InvalidInput for a
    name of none, or of several: the codes of some of them are told. More lines than there may be codes come back as
    they are.
    """
    if len(lines) > MOST_LINES:
        return list(lines)
    return [await _code_in(field, " ".join(cleaned(line).split()), on) for line in lines]


async def _code_in(field: str, line: str, on: date) -> str:
    if written := _CODE.fullmatch(line):
        return written[1]
    found = await _called(line, on)
    for preferred in ("is_on", "is_accented"):
        found = [row for row in found if row[preferred]] or found
    if len(found) == 1:
        return found[0]["code"]
    if not found:
        raise InvalidInput(
            field,
            f"“{line[:60]}” không phải tên hay mã của tỉnh, huyện, xã nào.",
            f"“{line[:60]}” is neither a name nor a code of a province, district or commune.",
        )
    offered = "; ".join(f"{row['vi']} ({row['code']})" for row in found[:_MOST_OFFERED])
    raise InvalidInput(
        field,
        f"“{line[:60]}” là tên của {len(found)} nơi; hãy ghi thêm huyện, tỉnh hoặc mã: {offered}",
        f"“{line[:60]}” is the name of {len(found)} places; add the district, the province or the code: {offered}",
    )


async def _called(line: str, on: date) -> list[Record]:
    name, *within = (part.strip() for part in line.split(","))
    return await db.rows(
        """SELECT place.code, called.vi, on_record.is_on,
                  lower(place.name_vi) IN (lower($1), 'tỉnh ' || lower($1), 'thành phố ' || lower($1)) AS is_accented
           FROM place
           CROSS JOIN LATERAL places_called(ARRAY[place.code], $3) AS called
           CROSS JOIN LATERAL place_on(place.code, $3) AS meant
           CROSS JOIN LATERAL (SELECT meant.since <= $3 AND coalesce(meant.until > $3, TRUE) AS is_on) AS on_record
           WHERE place.name_folded IN (vi_fold($1), 'tinh ' || vi_fold($1), 'thanh pho ' || vi_fold($1))
             AND meant.since = place.since
             AND NOT EXISTS (
               SELECT FROM unnest($2::text[]) AS within (name) WHERE NOT EXISTS (
                 SELECT FROM unnest(ARRAY[place.parent_code, place.province_code]) AS above (code)
                 CROSS JOIN LATERAL place_on(above.code, called.day) AS it
                 WHERE regexp_replace(it.name_folded, $4, '') = regexp_replace(vi_fold(within.name), $4, '')))
           ORDER BY place.code""",
        name,
        within,
        on,
        _TITLES,
    )
