"""What the verbs share: who may do what with whom, what days and texts must be like, and the refusals that say why."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from kit import db
from kit.calendar import today
from kit.errors import DomainError, Forbidden, InvalidInput, Name, NotFound
from kit.identity import Caller, Role
from kit.paths import without_redundant
from org.units.service import UnitClosed
from org.vietnamese import clean

EARLIEST = date(1900, 1, 1)
FARTHEST_AHEAD = timedelta(days=50 * 366)
LONGEST_DECISION = 100

# Whoever may work with the records of training and of collaborators.
TRAINERS: tuple[Role, ...] = ("editor", "analyst")


class PersonErased(DomainError):
    """The person's data were erased on request; nothing more is written about them."""

    code = "PERSON_ERASED"
    vi = "Dữ liệu của người này đã được xóa theo yêu cầu."
    en = "This person's data were erased on request."


class PeopleDateBackwards(DomainError):
    """The date lies before something that the change builds on; `earliest` is the first date possible."""

    code = "DATE_BACKWARDS"
    vi = "Ngày {day} quá sớm: sớm nhất là {earliest}."
    en = "The date {day} is too early: the earliest possible is {earliest}."
    extra = {"earliest": date}


def require_not_before(on: date, earliest: date) -> None:
    """Raise PeopleDateBackwards for a day before `earliest`."""
    if on < earliest:
        raise PeopleDateBackwards(day=on, earliest=earliest)


def require_open(unit: db.Record, on: date) -> None:
    """Raise PeopleDateBackwards or UnitClosed unless the unit exists on a day."""
    require_not_before(on, unit["created_on"])
    if unit["closed_on"] and unit["closed_on"] <= on:
        raise UnitClosed(unit=Name(unit["name_vi"], unit["name_en"]), closed_on=unit["closed_on"])


def check_day(field: str, day: date) -> date:
    """Return a day that people can have meant, or raise InvalidInput."""
    latest = today() + FARTHEST_AHEAD
    if not EARLIEST <= day <= latest:
        raise InvalidInput(
            field,
            f"phải từ {EARLIEST:%d/%m/%Y} đến {latest:%d/%m/%Y}.",
            f"must be between {EARLIEST.isoformat()} and {latest.isoformat()}.",
        )
    return day


def check_span(on: date, until: date | None) -> None:
    """Raise InvalidInput or PeopleDateBackwards unless the first day is before the first day after."""
    check_day("on", on)
    if until is not None:
        check_day("until", until)
        require_not_before(until, on + timedelta(days=1))


def check_text(field: str, text: str, longest: int) -> str:
    """Return a cleaned text; InvalidInput when it is blank or too long."""
    cleaned = clean(text)
    if not cleaned:
        raise InvalidInput(field, "không được để trống.", "must not be blank.")
    if len(cleaned) > longest:
        raise InvalidInput(field, f"dài hơn {longest} ký tự.", f"is longer than {longest} characters.")
    return cleaned


def check_optional(field: str, text: str | None, longest: int) -> str | None:
    """Return a cleaned text, None for none or a blank one; InvalidInput when it is too long."""
    return check_text(field, text, longest) if text is not None and clean(text) else None


def check_decision(text: str | None) -> str | None:
    """Return the number of a decision, None when there is none; InvalidInput when it is too long."""
    return check_optional("decisionNumber", text, LONGEST_DECISION)


def scope(caller: Caller, roles: Sequence[Role], column: str, first_parameter: int) -> tuple[str, list[str]]:
    """Return SQL and its arguments that hold for paths on which the caller has one of the roles; `FALSE` for none.

    As `kit.identity.scope_predicate`, for rights that two roles have of which neither implies the other.
    """
    scopes = without_redundant([path for role in roles for path in caller.scopes(role)])
    numbers = range(first_parameter, first_parameter + len(scopes))
    ranges = [f"({column} >= ${n} AND {column} < ${n} || '~')" for n in numbers]
    return (f"({' OR '.join(ranges)})" if ranges else "FALSE"), list(scopes)


async def paths_answering(person_id: UUID) -> list[str]:
    """Return where the units that answer for a person are governed from today; none for somebody who serves nowhere."""
    rows = await db.rows(
        """SELECT stands.path FROM units_answering($2) AS answers CROSS JOIN LATERAL (
             SELECT path FROM unit_path WHERE unit_id = answers.unit_id
             ORDER BY since <= $2 DESC, abs(since - $2) LIMIT 1) AS stands
           WHERE answers.person_id = $1 ORDER BY stands.path""",
        person_id,
        today(),
    )
    return [row["path"] for row in rows]


async def locked_person(person_id: UUID) -> db.Record:
    """Return a person whose row is locked to the end of the transaction, or raise NotFound."""
    found = await db.row(
        """SELECT id, subject, display_name, unit_id, email, phone, erased_on FROM person
           WHERE id = $1 FOR UPDATE""",
        person_id,
    )
    if found is None:
        raise NotFound("person", person_id)
    return found


async def require_editor_of(caller: Caller, person_id: UUID) -> db.Record:
    """Return a person, locked, for whom a unit answers of which the caller is an editor.

    Somebody for whom no unit answers belongs to the product itself. NotFound, Forbidden or PersonErased otherwise.
    """
    caller.require_someone()
    person = await locked_person(person_id)
    paths = await paths_answering(person_id) or [""]
    if not any(caller.may("editor", path) for path in paths):
        raise Forbidden()
    if person["erased_on"]:
        raise PersonErased()
    return person
