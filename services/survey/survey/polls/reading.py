"""What may be read of quick polls: those that were ever open by everybody, others by who may make them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from uuid import UUID

from kit import db, settings
from kit.errors import NotFound
from kit.graphql.paging import Window
from kit.identity import ANONYMOUS, Caller, scope_predicate
from kit.paths import parents
from survey.collection.service import find_collection
from survey.polls.question import QUESTION, SEGMENTS
from survey.questionnaires.service import published_definition
from survey.results import reading as results
from survey.results.reading import CellResult, Release
from survey.units.service import path_of

STAFF = ("contributor", "analyst")


@dataclass(frozen=True, slots=True)
class Poll:
    """A poll with the addresses at which it is answered. `outcome` is null until its result was asked for."""

    id: UUID
    unit_id: UUID
    wave_id: UUID
    state: str
    opens_at: datetime
    closes_at: datetime
    title_vi: str
    title_en: str
    question_vi: str
    question_en: str | None
    kind: str
    collector: str
    allowed_origins: Sequence[str]
    outcome: str | None
    unit_vi: str | None
    unit_en: str | None
    problem_vi: str | None
    problem_en: str | None

    @property
    def link(self) -> str:
        """Where people answer."""
        return f"{settings.current().public_url}/f/{self.collector}"

    @property
    def embed(self) -> str:
        """The page that other websites may show within theirs, and that shows the result in the end."""
        return f"{self.link}/embed"

    @property
    def snippet(self) -> str:
        """HTML that shows the poll within a page."""
        return (
            f'<iframe src="{escape(self.embed)}" title="{escape(self.title_vi)}" width="100%" height="560"'
            ' loading="lazy" referrerpolicy="no-referrer" style="border:0"></iframe>'
        )


# The open link is of the whole wave; the question is that of the version which it asks, or will ask.
_POLL = """
SELECT q.id, q.unit_id, q.wave_id, w.state, w.opens_at, w.closes_at, p.title_vi, p.title_en,
       v.definition #>> '{sections,0,questions,0,text,vi}' AS question_vi,
       v.definition #>> '{sections,0,questions,0,text,en}' AS question_en,
       v.definition #>> '{sections,0,questions,0,kind}' AS kind,
       c.code AS collector, q.allowed_origins, q.outcome, o.name_vi AS unit_vi, o.name_en AS unit_en,
       w.problem_vi, w.problem_en
FROM quick_poll q
JOIN wave w ON w.id = q.wave_id
JOIN programme p ON p.id = w.programme_id
JOIN collector c ON c.wave_id = w.id AND c.kind = 'open_link' AND c.response_group_id IS NULL
LEFT JOIN unit o ON o.id = q.unit_id
CROSS JOIN LATERAL (
    SELECT definition FROM questionnaire_version each
    WHERE each.questionnaire_id = p.questionnaire_id AND each.published_at IS NOT NULL
      AND (w.questionnaire_version_id IS NULL OR each.id = w.questionnaire_version_id)
    ORDER BY each.number DESC LIMIT 1
) v
"""


async def polls_asking(caller: Caller, unit_id: UUID, window: Window) -> list[Poll]:
    """Return the polls that ask the people of a unit, its own and those of units above it, the latest first.

    The window's cursor holds the opening (a datetime) and the id (a UUID) of the last one already seen.
    """
    path = await path_of(unit_id)
    staff, scopes = _staff(caller, 5)
    opens_at, last = window.after or (None, None)
    found = await db.rows(
        f"{_POLL} WHERE o.path = ANY ($1::text[]) AND (w.frozen_at IS NOT NULL OR {staff})"
        " AND ($3::timestamptz IS NULL OR (w.opens_at, q.id) < ($3, $4::uuid))"
        " ORDER BY w.opens_at DESC, q.id DESC LIMIT $2",
        [*parents(path), path],
        window.limit,
        opens_at,
        last,
        *scopes,
    )
    return [Poll(**row) for row in found]


async def polls_of_staff(caller: Caller, most: int = 50) -> list[Poll]:
    """Return the polls of all units on which the caller is a contributor, the latest first."""
    scope, scopes = scope_predicate(caller, "contributor", "o.path", 2)
    found = await db.rows(f"{_POLL} WHERE {scope} ORDER BY w.opens_at DESC, q.id DESC LIMIT $1", most, *scopes)
    return [Poll(**row) for row in found]


async def poll_by_id(caller: Caller, poll_id: UUID) -> Poll:
    """Return a poll; NotFound also for one that the caller may not see."""
    staff, scopes = _staff(caller, 2)
    found = await db.row(f"{_POLL} WHERE q.id = $1 AND (w.frozen_at IS NOT NULL OR {staff})", poll_id, *scopes)
    if found is None:
        raise NotFound("quick poll", poll_id)
    return Poll(**found)


async def poll_at(code: str) -> Poll | None:
    """Return the poll behind the code of its open link, as people may write it."""
    collection = await find_collection(code)
    found = await db.row(f"{_POLL} WHERE c.code = $1", collection.code) if collection else None
    return Poll(**found) if found else None


async def may_run(caller: Caller, poll: Poll) -> bool:
    """Whether the caller may close a poll."""
    return caller.may("contributor", await path_of(poll.unit_id))


@dataclass(frozen=True, slots=True)
class PollResult:
    """What a closed poll tells everybody: of all who answered, and by each segment that it asked for besides."""

    release: Release
    everyone: CellResult
    split: Sequence[tuple[str, Sequence[CellResult]]]
    kind: str


async def result_of(poll: Poll) -> PollResult | None:
    """Return a poll's public result; None while there is none."""
    release = await results.latest_release(ANONYMOUS, poll.wave_id)
    if release is None:
        return None
    found = await results.question_result(release, QUESTION, [], {})
    definition = await published_definition(release.version_id)
    asked = [name for name in SEGMENTS if any(question.role == name for question in definition.questions)]
    split = [(name, (await results.question_result(release, QUESTION, [name], {})).cells) for name in asked]
    return PollResult(release, found.cells[0], split, poll.kind)


async def is_untold(poll: Poll) -> bool:
    """Whether a closed poll will have no result, because too few have answered."""
    if poll.outcome != "asked":
        return poll.outcome == "too_few"
    return await db.value(
        """
        SELECT coalesce((SELECT state = 'refused' FROM release_request WHERE wave_id = $1
                         ORDER BY requested_at DESC LIMIT 1), false)
        """,
        poll.wave_id,
    )


def _staff(caller: Caller, first_parameter: int) -> tuple[str, list[str]]:
    parts: list[str] = []
    scopes: list[str] = []
    for role in STAFF:
        sql, args = scope_predicate(caller, role, "o.path", first_parameter + len(scopes))
        parts.append(sql)
        scopes += args
    return f"({' OR '.join(parts)})", scopes
