"""For which waves and units somebody may call people to answer, and what is said of a wave then.

Whoever may print a unit's slips may do so: a contributor of the unit.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kit import db, settings
from kit.calendar import VIETNAM
from kit.errors import NotFound
from kit.identity import Caller, scope_predicate
from kit.paths import is_within
from survey.calendar import ends_with_its_day, last_moment, now
from survey.collection.groups import group_of_unit
from survey.collection.service import Way
from survey.collection.slips.service import SurveyUnitNotAsked, SurveyWaveOver
from survey.units.service import path_of

MOST_WAVES = 100


@dataclass(frozen=True, slots=True)
class Occasion:
    """A wave as the people of one unit are called to it: what it is, until when, where and how they answer."""

    wave_id: UUID
    title_vi: str
    title_en: str
    wave_number: int
    state: str
    opens_at: datetime
    closes_at: datetime
    unit_vi: str
    unit_en: str
    unit_code: str
    code: str
    way: Way
    ways: tuple[Way, ...]
    is_of_group: bool
    origin: str

    @property
    def url(self) -> str:
        """The form's address."""
        return f"{self.origin}/f/{self.code}"

    @property
    def host(self) -> str:
        """Where it is, as people type it."""
        return self.origin.partition("://")[2]

    @property
    def short_link(self) -> str:
        """The form's address as people type it."""
        return f"{self.host}/f/{self.code}"

    @property
    def opens(self) -> datetime:
        """When it opens, by Viet Nam's clocks."""
        return self.opens_at.astimezone(VIETNAM)

    @property
    def closes(self) -> datetime:
        """When it closes, by Viet Nam's clocks; a wave that closes at midnight does so at the end of the day before."""
        return last_moment(self.closes_at)

    @property
    def closes_at_midnight(self) -> bool:
        """Whether the last day is a whole one."""
        return ends_with_its_day(self.closes_at)


async def occasion(caller: Caller, wave_id: UUID, unit_id: UUID) -> Occasion:
    """Return what is said of a wave to the people of a unit. Needs a contributor of the unit.

    Where anybody may answer, the address is that of the unit's response group once the wave is open, and the whole
    wave's before. Raises NotFound, SurveyWaveOver, SurveyUnitNotAsked.
    """
    path = await path_of(unit_id)
    caller.require("contributor", path)
    found = await db.row(
        """
        SELECT w.id AS wave_id, w.number AS wave_number, w.state, w.opens_at, w.closes_at, p.title_vi, p.title_en,
               u.name_vi AS unit_vi, u.name_en AS unit_en, u.code AS unit_code, t.path AS target_path,
               EXISTS (SELECT FROM frame_unit f JOIN frame_unit target
                           ON target.wave_id = f.wave_id AND target.unit_id = p.target_unit_id
                       WHERE f.wave_id = w.id AND f.unit_id = u.id AND starts_with(f.path, target.path)) AS is_in_frame
        FROM wave w JOIN programme p ON p.id = w.programme_id CROSS JOIN unit u
        LEFT JOIN unit t ON t.id = p.target_unit_id
        WHERE w.id = $1 AND u.id = $2
        """,
        wave_id,
        unit_id,
    )
    if found is None:
        raise NotFound("survey wave", wave_id)
    wave = dict(found)
    if wave["state"] in ("closed", "cancelled") or wave["closes_at"] <= now():
        raise SurveyWaveOver()
    target_path, is_in_frame = wave.pop("target_path"), wave.pop("is_in_frame")
    if not is_in_frame and not (wave["state"] == "planned" and target_path and is_within(path, target_path)):
        raise SurveyUnitNotAsked()
    addresses = await _addresses(wave_id, await group_of_unit(wave_id, unit_id))
    return Occasion(
        **wave,
        code=addresses[0]["code"],
        way=addresses[0]["kind"],
        ways=tuple(dict.fromkeys(row["kind"] for row in addresses)),
        is_of_group=addresses[0]["response_group_id"] is not None,
        origin=settings.current().public_url,
    )


async def waves_to_announce(caller: Caller) -> list[db.Record]:
    """Return the waves that are planned or open and ask units whose contributor the caller is.

    Those that close first to begin with, at most a hundred.
    """
    scope, scopes = scope_predicate(caller, "contributor", "t.path", 4)
    return await db.rows(
        f"""
        SELECT w.id, w.number, w.state, w.opens_at, w.closes_at, p.title_vi, p.title_en
        FROM wave w JOIN programme p ON p.id = w.programme_id JOIN unit t ON t.id = p.target_unit_id
        WHERE w.state IN ('planned', 'open') AND w.closes_at > $2
          AND ({scope} OR EXISTS (SELECT FROM unnest($3::text[]) AS own (path) WHERE starts_with(own.path, t.path)))
        ORDER BY w.closes_at, w.id LIMIT $1
        """,
        MOST_WAVES,
        now(),
        list(caller.scopes("contributor")),
        *scopes,
    )


async def _addresses(wave_id: UUID, group_id: UUID | None) -> list[db.Record]:
    """Return the addresses at which a group's people answer, the one that asks least of them first."""
    return await db.rows(
        """
        SELECT code, kind, response_group_id FROM collector
        WHERE wave_id = $1 AND (response_group_id IS NULL OR response_group_id = $2)
        ORDER BY array_position('{open_link,slip,credential,paper}', kind), response_group_id NULLS LAST
        """,
        wave_id,
        group_id,
    )
