"""Pages on which a union office takes tables out, brings filled ones, and sees what came of them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from kit import db
from kit.app import caller
from kit.calendar import today
from kit.errors import Forbidden, InvalidInput, NotFound
from kit.graphql import encode_cursor, parse_id, window
from kit.identity import Caller
from kit.web import form, language, require_same_origin
from org.exchange import runs
from org.exchange.reading import MOST_BYTES
from org.exchange.service import HEAD, effects_table, export_headcounts, export_people, export_units
from org.exchange.sheets import SHEETS, Sheet
from org.exchange.templates import template
from org.exchange.types import counts_of
from org.exchange.writing import MOST_XLSX_ROWS, Cells, as_lines, as_xlsx
from org.headcounts.service import SEEING
from org.reorganisations.service import CHANGES, KeptEffects, reorganisations_by_version
from org.reorganisations.service import units_of as reorganisation_units
from org.units import service as units
from org.units.service import Decision
from org.web.days import day_asked
from org.web.effects import shown_effects
from org.web.showing import show, with_refusals
from org.web.words import COUNTS, STATES, STEPS

PAGE_SIZE = 20
MOST_REMARKS = 200
MOST_UNITS = 10
AT_ONCE = 1_000
# What the other fields and the boundaries of the form take besides the file.
_FORM_BYTES = 200_000
_CSV, _XLSX = "text/csv; charset=utf-8", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PRIVATE = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
_UNFINISHED = ("to_check", "to_apply")


async def exchange(request: Request) -> Response:
    """`/org/exchange`: what can be taken out and brought, and the files brought so far."""
    who = caller(request)
    who.require_someone()
    asked = window(PAGE_SIZE, request.query_params.get("after"), str, str)
    found = await runs.imports(who, asked.limit, asked.after)
    shown, is_more = found[: asked.first], len(found) > asked.first
    last = shown[-1] if shown else None
    following = encode_cursor((last["submitted_at"].isoformat(), str(last["id"]))) if last and is_more else None
    return _show(
        request,
        "exchange.html",
        sheets=SHEETS,
        tables=_tables_of(who),
        brings=[name for name in SHEETS if name in runs.purposes_of(who)],
        own_unit=await _own_unit(who),
        today=today(),
        runs=shown,
        following=following,
        kept_days=runs.KEPT_DAYS,
    )


def _tables_of(who: Caller) -> list[str]:
    """Return the tables that somebody may take out of some unit."""
    sees_headcounts = any(who.scopes(role) for role in SEEING)
    allowed = {"units": True, "headcounts": sees_headcounts, "people": bool(who.scopes("editor"))}
    return [name for name, may in allowed.items() if may]


async def _own_unit(who: Caller) -> str:
    """Return the code of a unit on which somebody holds a role, to begin with; blank for none."""
    if not who.grants:
        return ""
    first = min(who.grants, key=lambda grant: grant.path)
    [*found] = await units.units_by_id([UUID(first.unit_id)])
    return found[0]["code"] if found else ""


async def template_file(request: Request) -> Response:
    """`/org/exchange/templates/<table>.xlsx`: a workbook to fill in."""
    sheet = _sheet(request)
    content = await template(sheet, today())
    return _file(content, _XLSX, f"mau-{sheet.name}.xlsx")


async def table_file(request: Request) -> Response:
    """`/org/exchange/tables/<table>.<csv|xlsx>?unit=&on=`: a table of a unit and those below it, as of a day."""
    sheet, form_of_file = _sheet(request), request.path_params["format"]
    on = day_asked(request.query_params.get("on", ""))
    unit = await units.find_unit_by_code(request.query_params.get("unit", "").strip(), on)
    rows = await _rows(caller(request), sheet.name, unit["id"], on)
    name = f"{sheet.name}-{unit['code']}-{(on or today()).isoformat()}.{form_of_file}"
    if form_of_file == "csv":
        lines = as_lines([column.name for column in sheet.columns], _again(rows))
        # What is refused is refused before the first byte.
        first = await anext(lines)
        return StreamingResponse(_after(first, lines), 200, _headers(_CSV, name))
    if form_of_file != "xlsx":
        raise NotFound("file", name)
    cells = await _collected(_again(rows))
    return _file(await asyncio.to_thread(as_xlsx, sheet, cells), _XLSX, name)


@dataclass(frozen=True, slots=True)
class _Begun:
    """Rows of which the first page was read, so that refusals have been raised."""

    first: list[Cells]
    rest: AsyncIterator[Cells]


async def _rows(who: Caller, table: str, unit_id: UUID, on: date | None) -> _Begun:
    if table == "people":
        return _Begun(list(await export_people(who, unit_id, on)), _nothing())
    if table not in ("units", "headcounts"):
        raise NotFound("table", table)
    rows = export_units(unit_id, on) if table == "units" else export_headcounts(who, unit_id, on)
    try:
        return _Begun([await anext(rows)], rows)
    except StopAsyncIteration:
        return _Begun([], _nothing())


async def _nothing() -> AsyncIterator[Cells]:
    for row in list[Cells]():
        yield row


async def _again(rows: _Begun) -> AsyncIterator[Cells]:
    for row in rows.first:
        yield row
    async for row in rows.rest:
        yield row


async def _after(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for lines in rest:
        yield lines


async def _collected(rows: AsyncIterator[Cells]) -> list[Cells]:
    """Return the rows of a workbook; one row too many is enough to refuse."""
    cells: list[Cells] = []
    async for row in rows:
        cells.append(row)
        if len(cells) > MOST_XLSX_ROWS:
            break
    return cells


async def bring(request: Request) -> Response:
    """`POST /org/exchange`: a filled table, to be checked; whoever may bring nothing is refused before it is read."""
    require_same_origin(request)
    who = caller(request)
    who.require_someone()
    if not runs.purposes_of(who):
        raise Forbidden()
    try:
        filled = await form(request, max_bytes=MOST_BYTES + _FORM_BYTES, max_files=1, max_fields=20)
    except HTTPException as error:
        if error.status_code != 413:
            raise
        raise InvalidInput("file", "lớn hơn 20 MB.", "is larger than 20 MB.") from error
    try:
        file = filled.get("file")
        if not isinstance(file, UploadFile) or not file.filename:
            raise InvalidInput("file", "hãy chọn tệp.", "choose a file.")
        run_id = await runs.submit_import(
            who,
            _text(filled, "purpose"),
            await file.read(),
            file.filename,
            day_asked(_text(filled, "on")),
            Decision.checked(_text(filled, "decision_number"), None, _text(filled, "note")),
            _text(filled, "source"),
        )
    finally:
        await filled.close()
    return RedirectResponse(f"/org/exchange/{run_id}", 303)


async def run_page(request: Request) -> Response:
    """`/org/exchange/<id>`: how far a file is; what is wrong with it, or what it makes, and the button to do it."""
    run = await _run(request)
    remarks = await runs.remarks_of([run["id"]], MOST_REMARKS)
    asked, kept = request.query_params, KeptEffects.of(run)
    made = await reorganisations_by_version([run["version"]]) if run["version"] else []
    undoes = await reorganisations_by_version([run["undoes_version"]]) if run["undoes_version"] else []
    return _show(
        request,
        "import_run.html",
        run=run,
        is_running=run["state"] in _UNFINISHED,
        remarks=[(row, _said(row, english=language(request) == "en")) for row in remarks],
        columns=_columns(run["purpose"]),
        counts=_counts(run),
        kept_days=runs.KEPT_DAYS,
        units=await _units_of(run["version"]) if run["version"] else [],
        made=made[0] if made else None,
        undoes=undoes[0] if undoes else None,
        kinds=CHANGES,
        more_link=f"{request.url.path}?",
        **await shown_effects(
            caller(request), kept, asked.get("list", ""), asked.get("after"), undoing=run["purpose"] == "undo"
        ),
    )


async def apply(request: Request) -> Response:
    """`POST /org/exchange/<id>`: do what was checked."""
    require_same_origin(request)
    caller(request).require_someone()
    run = await _run(request)
    await runs.apply_import(caller(request), run["id"])
    return RedirectResponse(f"/org/exchange/{run['id']}", 303)


async def remarks_file(request: Request) -> Response:
    """`/org/exchange/<id>/remarks.csv`: all that is to be said about the rows, to work it off in a spreadsheet."""
    run = await _run(request)
    english = language(request) == "en"
    head = ("Row", "Column", "Code", "What") if english else ("Dòng", "Cột", "Mã", "Nội dung")
    columns = _columns(run["purpose"])

    async def rows() -> AsyncIterator[Cells]:
        after: tuple[int] | None = None
        while found := await runs.remarks_of([run["id"]], AT_ONCE, after):
            for row in found:
                column = columns.get(row["column_name"] or "")
                named = (column.en if english else column.vi) if column else row["column_name"]
                yield row["row"], named, row["code"], _said(row, english=english)
            after = (found[-1]["position"],)

    lines = as_lines(head, rows())
    return StreamingResponse(lines, 200, _headers(_CSV, f"ghi-chu-{run['id']}.csv"))


async def effects_file(request: Request) -> Response:
    """`/org/exchange/<id>/effects.csv`: everything that a checked run would do to the tree and what hangs on it."""
    run, told = await _run(request), language(request)
    lines = as_lines(HEAD[told], effects_table(caller(request), run, told))
    # What is refused is refused before the first byte.
    first = await anext(lines)
    return StreamingResponse(_after(first, lines), 200, _headers(_CSV, f"thay-doi-{run['id']}.csv"))


def _counts(run: db.Record) -> dict[str, int]:
    """Return how much a run makes of what, in the order in which people read it; what it makes none of is left out."""
    counts = counts_of(run)
    return {kind: counts[kind] for kind in dict.fromkeys([*COUNTS, *counts]) if counts.get(kind)}


def _said(remark: db.Record, *, english: bool) -> str:
    """Return what a remark says, without the name of its column, which stands beside it."""
    said = remark["en" if english else "vi"].removeprefix(f"{remark['column_name']}: ")
    return said[:1].upper() + said[1:]


async def _run(request: Request) -> db.Record:
    caller(request).require_someone()
    return await runs.import_state(caller(request), parse_id(request.path_params["id"], "import"))


async def _units_of(version: int) -> Sequence[db.Record]:
    """Return some of the units that a change concerned, to look at."""
    found = await reorganisation_units([version], MOST_UNITS, None)
    return await units.units_by_id([row["unit_id"] for row in found])


def _columns(purpose: str) -> dict[str, Any]:
    """Return the columns of a run's table; none for one that is of no file."""
    return {column.name: column for column in SHEETS[purpose].columns} if purpose in SHEETS else {}


def _sheet(request: Request) -> Sheet:
    name = request.path_params["table"]
    if name not in SHEETS:
        raise NotFound("table", name)
    return SHEETS[name]


def _text(filled: FormData, name: str) -> str:
    value = filled.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def _file(content: bytes, media_type: str, name: str) -> Response:
    return Response(content, 200, _headers(media_type, name))


def _headers(media_type: str, name: str) -> dict[str, str]:
    return {**_PRIVATE, "content-type": media_type, "content-disposition": f'attachment; filename="{name}"'}


def _show(request: Request, name: str, **values: Any) -> Response:
    position = 1 if language(request) == "en" else 0
    words = {
        "purpose_name": {name: text[position] for name, text in runs.names_of_purposes().items()},
        "state_name": {name: text[position] for name, text in STATES.items()},
        "step_name": {name: text[position] for name, text in STEPS.items()},
        "count_name": {name: text[position] for name, text in COUNTS.items()},
    }
    return show(request, name, **words, **values)


routes = [
    Route("/org/exchange", with_refusals(exchange), methods=["GET"]),
    Route("/org/exchange", with_refusals(bring), methods=["POST"]),
    Route("/org/exchange/templates/{table}.xlsx", with_refusals(template_file)),
    Route("/org/exchange/tables/{table}.{format}", with_refusals(table_file)),
    Route("/org/exchange/{id}", with_refusals(run_page), methods=["GET"]),
    Route("/org/exchange/{id}", with_refusals(apply), methods=["POST"]),
    Route("/org/exchange/{id}/remarks.csv", with_refusals(remarks_file)),
    Route("/org/exchange/{id}/effects.csv", with_refusals(effects_file)),
]
