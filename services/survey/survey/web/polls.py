"""Pages on which a union office makes a quick poll in a minute, and finds what it takes to pass it on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from uuid import UUID

from markupsafe import Markup
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from kit.app import caller
from kit.calendar import VIETNAM, today
from kit.errors import DomainError, Forbidden, InvalidInput, NotFound, SignInRequired
from kit.web import form, language, page, require_same_origin
from survey.calendar import now
from survey.collection.printing.qr import qr_code
from survey.collection.slips.printing import own_unit_codes, unit_by_code
from survey.polls import reading, service
from survey.polls.question import Bilingual, PollQuestion
from survey.polls.reading import Poll
from survey.web.faults import said

# Behind the door that lets only those in who are known, where asked for; no programme's results are called so.
PREFIX = "/results"
TEMPLATES = Path(__file__).parent / "templates"
HOURS = (2, 8, 24, 72, 168, 336)
SCALES = ("1-5", "1-10", "0-10")
# Light modules around a QR code, without which scanners don't find it.
_QUIET = 4
_STATUS: Mapping[type[DomainError], int] = {SignInRequired: 401, Forbidden: 403, NotFound: 404, InvalidInput: 422}
# Where the page has another name for what the service found wrong.
_FIELDS = {
    "choices": "choices_vi",
    "closesAt": "hours",
    "opensAt": "opens_on",
    "allowedOrigins": "origins",
    "maximum": "scale",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody typed into the form, as it was typed."""

    unit: str = ""
    kind: str = "single"
    question_vi: str = ""
    question_en: str = ""
    choices_vi: str = ""
    choices_en: str = ""
    scale: str = "1-5"
    hours: str = "24"
    opens_on: str = ""
    opens_hour: str = "8"
    origins: str = ""
    age_band: str = ""
    gender: str = ""

    @classmethod
    def of(cls, posted: FormData) -> "Wish":
        """Read a posted form."""
        empty = cls()
        return cls(**{name: str(posted.get(name, getattr(empty, name))).strip() for name in cls.__dataclass_fields__})

    @property
    def question(self) -> PollQuestion:
        """The question as the service takes it; InvalidInput where the page's own fields don't fit together."""
        if self.scale not in SCALES:
            raise InvalidInput("scale", "không có thang điểm này", "is no scale")
        minimum, _, maximum = self.scale.partition("-")
        return PollQuestion(
            kind=self.kind,
            text=Bilingual(self.question_vi, self.question_en or None),
            choices=self._choices(),
            minimum=int(minimum),
            maximum=int(maximum),
            segments=[name for name, asked in (("age_band", self.age_band), ("gender", self.gender)) if asked],
        )

    def _choices(self) -> list[Bilingual]:
        vietnamese, english = _lines(self.choices_vi), _lines(self.choices_en)
        if english and len(english) != len(vietnamese):
            raise InvalidInput(
                "choices_en", "phải có đúng bấy nhiêu dòng như tiếng Việt", "must have as many lines as the Vietnamese"
            )
        return [Bilingual(vi, en) for vi, en in zip(vietnamese, english or [None] * len(vietnamese), strict=True)]

    @property
    def opens_at(self) -> datetime | None:
        """When it is to open; None for at once. InvalidInput for what is no day or hour."""
        if not self.opens_on:
            return None
        try:
            day = datetime.strptime(self.opens_on, "%Y-%m-%d").replace(tzinfo=VIETNAM)
            return datetime.combine(day.date(), time(int(self.opens_hour)), VIETNAM)
        except ValueError as error:
            raise InvalidInput("opens_on", "không phải ngày giờ", "is no day and hour") from error

    @property
    def length(self) -> timedelta:
        """For how long it is to be open; InvalidInput for a length that the page does not offer."""
        if self.hours not in {str(hours) for hours in HOURS}:
            raise InvalidInput("hours", "chọn một thời hạn trong danh sách", "must be one of those listed")
        return timedelta(hours=int(self.hours))


async def show_polls(request: Request) -> Response:
    """`/results/polls`: make a poll, and those made before."""
    who = caller(request)
    if who.subject is None:
        return _problem(request, SignInRequired())
    units = await own_unit_codes(who)
    return await _show(request, Wish(unit=units[0] if units else ""), None)


async def make_poll(request: Request) -> Response:
    """Make a poll and go to what it takes to pass it on; show the form again with what is wrong."""
    require_same_origin(request)
    who = caller(request)
    wish = Wish.of(await form(request, max_bytes=60_000))
    if who.subject is None:
        return _problem(request, SignInRequired())
    try:
        opens_at = wish.opens_at
        poll = service.NewPoll(
            unit_id=await unit_by_code(who, wish.unit),
            question=wish.question,
            closes_at=(opens_at or now()) + wish.length,
            opens_at=opens_at,
            allowed_origins=_lines(wish.origins),
        )
        poll_id = await service.create_poll(who, poll)
    except DomainError as error:
        return await _show(request, wish, error)
    return RedirectResponse(f"{PREFIX}/polls/{poll_id}", 303, {"cache-control": "no-store"})


async def show_poll(request: Request) -> Response:
    """`/results/polls/<poll>`: link, QR code, text to send on, HTML for websites."""
    return await _show_made(request, request.path_params["poll"])


async def _show_made(
    request: Request, poll_id: UUID, written: str | None = None, error: InvalidInput | None = None
) -> Response:
    who = caller(request)
    try:
        who.require_someone()
        poll = await reading.poll_by_id(who, poll_id)
        if not await reading.may_run(who, poll):
            raise NotFound("quick poll", poll.id)
    except DomainError as refused:
        return _problem(request, refused)
    return page(
        request,
        "poll_made.html",
        folder=TEMPLATES,
        status=422 if error else 200,
        origins="\n".join(poll.allowed_origins) if written is None else written,
        problem=said(error, language(request)) if error else None,
        static_prefix=PREFIX,
        prefix=PREFIX,
        poll=poll,
        qr=qr_svg(poll.link),
        message=_message(poll),
        moment=_moment,
    )


async def change_origins(request: Request) -> Response:
    """Change which websites may show a poll within theirs; show the page again with what is wrong."""
    require_same_origin(request)
    poll_id = request.path_params["poll"]
    written = str((await form(request, max_bytes=10_000)).get("origins", ""))
    try:
        await service.change_origins(caller(request), poll_id, _lines(written))
    except InvalidInput as error:
        return await _show_made(request, poll_id, written, error)
    except DomainError as error:
        return _problem(request, error)
    return RedirectResponse(f"{PREFIX}/polls/{poll_id}#websites", 303, {"cache-control": "no-store"})


async def close_poll(request: Request) -> Response:
    """Close a poll, or call it off."""
    require_same_origin(request)
    poll_id = request.path_params["poll"]
    try:
        await service.close_poll(caller(request), poll_id)
    except DomainError as error:
        return _problem(request, error)
    return RedirectResponse(f"{PREFIX}/polls/{poll_id}", 303, {"cache-control": "no-store"})


routes: list[BaseRoute] = [
    Route(f"{PREFIX}/polls", show_polls, methods=["GET"]),
    Route(f"{PREFIX}/polls", make_poll, methods=["POST"]),
    Route(f"{PREFIX}/polls/{{poll:uuid}}", show_poll, methods=["GET"]),
    Route(f"{PREFIX}/polls/{{poll:uuid}}/websites", change_origins, methods=["POST"]),
    Route(f"{PREFIX}/polls/{{poll:uuid}}/close", close_poll, methods=["POST"]),
]


def qr_svg(text: str) -> Markup:
    """Return a text's QR code as SVG: one path, in colours that need no style."""
    matrix = qr_code(text)
    dark = "".join(
        f"M{column + _QUIET} {line + _QUIET}h1v1h-1z"
        for line, row in enumerate(matrix.rows())
        for column, module in enumerate(row)
        if module == "1"
    )
    size = matrix.size + 2 * _QUIET
    return Markup(  # noqa: S704  # digits and letters of ours alone
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" width="240" height="240"'
        f' aria-hidden="true" focusable="false"><rect width="{size}" height="{size}" fill="#fff"/>'
        f'<path d="{dark}" fill="#000"/></svg>'
    )


async def _show(request: Request, wish: Wish, error: DomainError | None) -> Response:
    who = caller(request)
    return page(
        request,
        "polls.html",
        folder=TEMPLATES,
        status=200 if error is None else _STATUS.get(type(error), 409),
        static_prefix=PREFIX,
        prefix=PREFIX,
        wish=wish,
        units=await own_unit_codes(who),
        polls=await reading.polls_of_staff(who),
        problem=said(error, language(request)) if error else None,
        faulty=_faulty(error),
        hours=HOURS,
        scales=SCALES,
        first_day=today(),
        last_day=today() + service.FURTHEST_AHEAD,
        moment=_moment,
    )


def _faulty(error: DomainError | None) -> str | None:
    """Return the field that an error is about."""
    if isinstance(error, InvalidInput):
        field = str(error.details["field"])
        return {**_FIELDS, "question": "question_vi"}.get(field, field)
    return "unit" if error else None


def _message(poll: Poll) -> Mapping[str, str]:
    """Return what to send on in a chat, by language; English where the poll has it."""
    until = _moment(poll.closes_at)
    asker_vi, asker_en = poll.unit_vi or "Công đoàn", poll.unit_en or "The union"
    said = {
        "vi": f"{asker_vi} hỏi nhanh: “{poll.question_vi}”\nTrả lời trong một phút, không hỏi tên: {poll.link}\n"
        f"Nhận câu trả lời đến {until}. Kết quả sau đó ở: {poll.embed}"
    }
    if poll.question_en:
        said["en"] = (
            f"{asker_en} asks: “{poll.question_en}”\nIt takes a minute and no name: {poll.link}?lang=en\n"
            f"Until {until}. The result will then be at: {poll.embed}?lang=en"
        )
    return said


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(VIETNAM):%H:%M, %d/%m/%Y}"


def _problem(request: Request, error: DomainError) -> Response:
    status = _STATUS.get(type(error), 409)
    return page(
        request,
        "poll_problem.html",
        folder=TEMPLATES,
        status=status,
        static_prefix=PREFIX,
        message=error.message(language(request)),
        status_code=status,
    )
