"""The menu of the archive's pages, and the page of a unit's work: each shows what its reader may do, and no more."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from kit import app
from kit.errors import Forbidden
from kit.graphql import window
from kit.identity import Caller, Role
from kit.web import language
from media_archive.collections.notices import count_unseen
from media_archive.rights.expiry import expiring
from media_archive.sharing.requests import open_requests
from media_archive.similarity.waiting import waiting_pairs
from media_archive.web.places import first_unit
from media_archive.web.showing import picked, show, with_refusals


@dataclass(frozen=True, slots=True)
class Task:
    """A page of the work, who has it, what it is called and what it is for, in Vietnamese and English."""

    path: str
    roles: tuple[Role, ...]
    called: tuple[str, str]
    about: tuple[str, str]


_MOST = 99
_SOON = 30

TASKS = (
    Task(
        "/archive/requests",
        ("editor",),
        ("Yêu cầu xem tài liệu", "Requests for materials"),
        ("Trả lời những người xin xem.", "Answer those who ask to see something."),
    ),
    Task(
        "/archive/expiring",
        ("editor",),
        ("Quyền và chia sẻ sắp hết hạn", "Rights and shares that end soon"),
        ("Gia hạn hoặc thay trước khi bị ẩn.", "Renew or replace them before materials are hidden."),
    ),
    Task(
        "/archive/alike",
        ("contributor",),
        ("Ảnh gần giống chờ xem", "Pictures that look alike"),
        ("Xác nhận ảnh nào là một.", "Say which show the same."),
    ),
    Task(
        "/archive/reuse",
        ("contributor",),
        ("Đơn vị đã dùng lại gì", "What the unit used"),
        ("Theo tháng, theo đơn vị, tải bảng về.", "By month and by unit, with tables to take away."),
    ),
    Task(
        "/archive/coverage",
        ("contributor", "analyst"),
        ("Mức độ số hóa", "How far digitising is"),
        ("So với chỉ tiêu của chương trình.", "Against the programme's targets."),
    ),
    Task(
        "/archive/royalties",
        ("admin",),
        ("Nhuận bút, thù lao", "Royalties"),
        ("Mức chi, tác giả, bảng thanh toán.", "Rate cards, authors, statements."),
    ),
    Task(
        "/archive/limits",
        ("admin",),
        ("Giới hạn tải lên", "Upload limits"),
        ("Ai được tải lên bao nhiêu, loại tệp nào.", "Who may upload how much, and which types of files."),
    ),
    Task(
        "/archive/deleted",
        ("editor",),
        ("Tài liệu đã xóa", "Deleted materials"),
        ("Khôi phục trong thời hạn giữ.", "Bring them back while they are kept."),
    ),
    Task(
        "/archive/guard",
        ("editor",),
        ("Tệp hỏng và tệp bị giữ riêng", "Damaged files and files held apart"),
        ("Đưa lại tệp đúng để sửa.", "Bring the right file again."),
    ),
)


async def work_page(request: Request) -> Response:
    """`/archive/work`: what there is to do for the reader's units."""
    caller, shown_in = app.caller(request), language(request)
    caller.require_someone()
    tasks = [one for one in TASKS if any(caller.scopes(role) for role in one.roles)]
    if not tasks:
        raise Forbidden()
    waiting = await _waiting(caller)
    return show(
        request,
        "work.html",
        tasks=[
            {
                "path": one.path,
                "called": picked(shown_in, *one.called),
                "about": picked(shown_in, *one.about),
                "waiting": waiting.get(one.path, 0),
            }
            for one in tasks
        ],
        most=_MOST,
        notices=await count_unseen(caller),
    )


async def _waiting(caller: Caller) -> dict[str, int]:
    """Return how much waits on a page, for the unit with which it opens; at most one more than is counted."""
    counted: dict[str, int] = {}
    if scopes := caller.scopes("editor"):
        unit = await first_unit(scopes)
        requests = await open_requests(caller, unit.id, window(_MOST, None))
        counted["/archive/requests"] = len(requests)
        counted["/archive/expiring"] = len(await expiring(caller, unit.id, _SOON, window(_MOST, None)))
    if scopes := caller.scopes("contributor"):
        unit = await first_unit(scopes)
        counted["/archive/alike"] = len(await waiting_pairs(caller, unit.path, _MOST + 1, None))
    return counted


routes: list[BaseRoute] = [Route("/archive/work", with_refusals(work_page))]
