"""The page on which a unit's members and workers are written down by hand, corrected and withdrawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from kit import db
from kit.app import caller
from kit.calendar import today
from kit.errors import DomainError, Forbidden, InvalidInput
from kit.graphql import encode_cursor, foreign_cursor, window
from kit.web import form, require_same_origin
from org.headcounts import service
from org.headcounts.service import Publication
from org.headcounts.service.store import lock_units
from org.units import service as units
from org.vocabularies import service as vocabularies
from org.web.changes import may
from org.web.days import day_asked
from org.web.filled import Filled, texts_of
from org.web.grid import Grid, name_of, read_cells, sums, texts_of_cells
from org.web.showing import show, with_refusals

PAGE_SIZE = 20
MOST_TERMS = 100
_FORM_BYTES = 200_000


class HeadcountsChangedMeanwhile(DomainError):
    """Somebody published, corrected or withdrew the unit's numbers of the day after the form was shown."""

    code = "HEADCOUNTS_CHANGED_MEANWHILE"
    vi = "Số liệu ngày {day} vừa được người khác thay đổi. Hãy xem số liệu đã công bố bên cạnh rồi lưu lại."
    en = "Somebody has changed the numbers of {day} meanwhile. Look at what is published beside yours and save again."


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a unit around a day: what it published for that day, and the last before it."""

    grid: Grid
    day: date
    standing: Publication | None
    earlier: Publication | None
    may_write: bool

    @property
    def shown(self) -> Publication | None:
        """What stands beside the fields: what is to be corrected, or else what was before."""
        return self.standing or self.earlier

    @property
    def fits(self) -> bool:
        """Whether what is published for the day can be corrected in the table without losing anything."""
        return self.standing is None or self.grid.holds(self.standing.cells)


async def counting(request: Request) -> Response:
    """`/org/units/<code>/headcounts?day=`: the table of a day, with what was known before, and the history."""
    unit = await _unit(request)
    filled = Filled({})
    day = today()
    with filled.noting("day"):
        day = day_asked(request.query_params.get("day", "")) or day
    known = await _known(request, unit, day)
    cells = known.standing.cells if known.standing else ()
    source = known.standing.source if known.standing and known.standing.origin == "entered" else ""
    texts = {"source": source, "day": request.query_params.get("day", ""), **texts_of_cells(known.grid, cells)}
    return await _show(request, unit, known, Filled(texts, filled.problems))


async def save(request: Request) -> Response:
    """`POST /org/units/<code>/headcounts`: add the numbers up, or publish, correct or withdraw those of a day."""
    require_same_origin(request)
    unit = await _unit(request)
    if not may(caller(request), "headcount.publish", unit):
        raise Forbidden()
    filled = Filled(texts_of(await form(request, max_bytes=_FORM_BYTES)))
    day = filled.day("day") or today()
    known = await _known(request, unit, day)
    if filled.text("step") == "withdraw":
        with filled.noting("withdraw_why"):
            await service.withdraw_headcounts(caller(request), unit["id"], day, filled.text("withdraw_why"))
        return await _after(request, unit, known, filled, "withdrawn")
    cells = read_cells(known.grid, filled)
    if not filled.problems and filled.text("step") != "sum":
        with filled.noting():
            await _write(request, unit, day, cells, filled)
    if filled.problems or filled.text("step") == "sum":
        return await _show(request, unit, known, filled, cells)
    return await _after(request, unit, known, filled, "saved")


async def _after(request: Request, unit: db.Record, known: Known, filled: Filled, done: str) -> Response:
    if filled.problems:
        return await _show(request, unit, known, filled)
    return RedirectResponse(f"/org/units/{unit['code']}/headcounts?day={known.day.isoformat()}&done={done}", 303)


async def _write(request: Request, unit: db.Record, day: date, cells: Sequence[service.Cell], filled: Filled) -> None:
    if not cells:
        raise InvalidInput(
            "table",
            "chưa có số nào; dòng bỏ trống nghĩa là chưa biết.",
            "there are no numbers yet; a row left blank is one that is not known.",
        )
    who, source = caller(request), filled.text("source")
    async with db.transaction():
        await lock_units([unit["id"]])
        standing = await _standing(unit["id"], day)
        if standing and set(standing.cells) == set(cells) and standing.source == source:
            # The button was pressed twice, or nothing was changed: what is said is published already.
            return
        if filled.text("seen") != (str(standing.id) if standing else ""):
            raise HeadcountsChangedMeanwhile(day=day)
        if standing:
            await service.correct_headcounts(who, unit["id"], day, cells, source, filled.text("why"))
        else:
            await service.publish_headcounts(who, unit["id"], day, cells, source)


async def _unit(request: Request) -> db.Record:
    who = caller(request)
    who.require_someone()
    unit = await units.find_unit_by_code(request.path_params["code"])
    if not may(who, "headcount.see", unit):
        raise Forbidden()
    return unit


async def _known(request: Request, unit: db.Record, day: date) -> Known:
    who = caller(request)
    terms = await vocabularies.terms_of(["age_band", "gender"], MOST_TERMS, day, None)
    grid = Grid(*([term for term in terms if term["vocabulary"] == name] for name in ("age_band", "gender")))
    return Known(
        grid,
        day,
        await _standing(unit["id"], day),
        await _earlier(unit["id"], day),
        may(who, "headcount.publish", unit),
    )


async def _standing(unit_id: UUID, day: date) -> Publication | None:
    """Return what counts for exactly this day."""
    found = (await service.cells_on([unit_id], day)).get(unit_id)
    return found if found and found.day == day else None


async def _earlier(unit_id: UUID, day: date) -> Publication | None:
    """Return what counted on the eve of a day."""
    return (await service.cells_on([unit_id], date.fromordinal(day.toordinal() - 1))).get(unit_id)


async def _show(
    request: Request, unit: db.Record, known: Known, filled: Filled, cells: Sequence[service.Cell] | None = None
) -> Response:
    asked = window(PAGE_SIZE, request.query_params.get("after"), int, str, str)
    history, following = await _history(unit["id"], asked.limit, asked.after)
    said = cells if cells is not None else known.standing.cells if known.standing else ()
    shown = known.shown.cells if known.shown and known.grid.holds(known.shown.cells) else ()
    return show(
        request,
        "headcounts.html",
        status=400 if filled.problems else 200,
        unit=unit,
        known=known,
        filled=filled,
        beside={cell.key[:2]: cell for cell in shown},
        beside_sums=sums(known.shown.cells) if known.shown else None,
        sums=sums(said),
        seen=_seen(known, filled),
        history=[(one, sums(one.cells)) for one in history],
        following=following,
        done=request.query_params.get("done", ""),
        today=today(),
        name_of=name_of,
        labels=await vocabularies.labels_by_code("age_band", "gender"),
    )


def _seen(known: Known, filled: Filled) -> str:
    """Return which numbers the form was shown with: those of its first time, until their change has been told."""
    told = any(isinstance(error, HeadcountsChangedMeanwhile) for error in filled.problems.values())
    if "seen" in filled.texts and not told:
        return filled.text("seen")
    return str(known.standing.id) if known.standing else ""


async def _history(
    unit_id: UUID, limit: int, after: tuple[int, str, str] | None
) -> tuple[list[Publication], str | None]:
    try:
        place = (date.fromordinal(after[0]), datetime.fromisoformat(after[1]), UUID(after[2])) if after else None
    except (ValueError, OverflowError) as error:
        raise foreign_cursor() from error
    found = (await service.publications_of([unit_id], limit, place))[unit_id]
    shown = found[: limit - 1]
    if len(found) < limit:
        return shown, None
    last = shown[-1]
    return shown, encode_cursor((last.day.toordinal(), last.published_at.astimezone(UTC).isoformat(), str(last.id)))


_PAGE = "/org/units/{code}/headcounts"
routes = [
    Route(_PAGE, with_refusals(counting), methods=["GET"]),
    Route(_PAGE, with_refusals(save), methods=["POST"]),
]
