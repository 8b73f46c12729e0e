"""News of places for the other services: all that is on record of the codes that a list changed."""

from collections.abc import Sequence
from typing import Any

from kit import db
from kit.events import publish_all

PLACES_IN_ONE_EVENT = 500


async def announce_places(changed: Sequence[tuple[str, str]]) -> None:
    """Tell of places by (kind, code), those that lie in others after them; a code of which nothing is left, too.

    Call it in the transaction of the change.
    """
    told = sorted(set(changed), key=lambda place: (len(place[1]), place[1]))
    versions: dict[tuple[str, str], list[dict[str, Any]]] = {place: [] for place in told}
    for row in await db.rows(
        """SELECT kind, code, name_vi, name_en, parent_code, province_code, region, lower(valid) AS since,
                  upper(valid) AS until
           FROM unnest($1::text[], $2::text[]) AS changed (kind, code) JOIN place USING (kind, code) ORDER BY valid""",
        [kind for kind, _ in told],
        [code for _, code in told],
    ):
        version = dict(row)
        versions[version.pop("kind"), version.pop("code")].append(version)
    places = [{"kind": kind, "code": code, "versions": some} for (kind, code), some in versions.items()]
    pieces = range(0, len(places), PLACES_IN_ONE_EVENT)
    await publish_all("places.changed", [{"places": places[start : start + PLACES_IN_ONE_EVENT]} for start in pieces])
