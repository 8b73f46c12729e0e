"""What may be done in org and which role it takes, named by codes that people can ask about."""

from dataclasses import dataclass
from typing import Literal

from kit.errors import none_of
from kit.identity import ROLES, Caller, Role
from kit.paths import WIDTH

Place = Literal["unit", "parent", "top"]


@dataclass(frozen=True, slots=True)
class Action:
    """Something that takes one of the roles on a unit, on the one directly above it (`parent`), or on the topmost."""

    code: str
    roles: tuple[Role, ...]
    vi: str
    en: str
    place: Place = "unit"

    def judged_at(self, path: str) -> str:
        """Return the path on which the role is needed for the unit at `path`; empty above the top."""
        return {"unit": path, "parent": path[:-WIDTH], "top": path[:WIDTH]}[self.place]

    def is_open_to(self, caller: Caller, path: str) -> bool:
        """Whether a caller may do it with the unit at `path`."""
        return any(caller.may(role, self.judged_at(path)) for role in self.roles)


_ADMIN: tuple[Role, ...] = ("admin",)
_EDITOR: tuple[Role, ...] = ("editor",)
_TRAINERS: tuple[Role, ...] = ("editor", "analyst")

_ACTIONS = (
    Action("unit.create", _ADMIN, "lập đơn vị trực thuộc", "create a unit below it"),
    Action("unit.rename", _EDITOR, "đổi tên đơn vị", "rename the unit"),
    Action("unit.change", _EDITOR, "thay đổi thông tin của đơn vị", "change what is known of the unit"),
    Action("unit.reclassify", _ADMIN, "đổi mã, cấp, loại của đơn vị", "change its code, level or kind", "parent"),
    Action("unit.move", _ADMIN, "chuyển đơn vị đi nơi khác", "move the unit elsewhere", "parent"),
    Action("unit.receive", _ADMIN, "nhận đơn vị khác chuyển hoặc nhập vào", "receive a unit that moves or merges"),
    Action("unit.merge", _ADMIN, "sáp nhập đơn vị vào đơn vị khác", "merge the unit into another", "parent"),
    Action("unit.split", _ADMIN, "chia, tách đơn vị", "split the unit", "parent"),
    Action("unit.dissolve", _ADMIN, "giải thể đơn vị", "dissolve the unit", "parent"),
    Action("headcount.see", ("editor", "analyst"), "xem số liệu đoàn viên, lao động", "see headcounts"),
    Action("headcount.publish", _EDITOR, "công bố, đính chính số liệu đoàn viên, lao động", "publish headcounts"),
    Action("officers.see", ("worker",), "xem cán bộ, ban và chức danh", "see officers, departments and posts"),
    Action("department.found", _EDITOR, "lập, đổi tên, kết thúc ban", "found, rename and close departments"),
    Action("officer.appoint", _EDITOR, "phân công cán bộ, định số lượng chức danh", "appoint officers and set seats"),
    Action("person.record", _EDITOR, "ghi nhận, sửa thông tin người", "put people on record and correct them"),
    Action("collaborators.see", _TRAINERS, "xem mạng lưới cộng tác viên", "see the network of collaborators"),
    Action("collaborator.add", _EDITOR, "thêm, bớt cộng tác viên", "add and end collaborators"),
    Action("training.see", _TRAINERS, "xem việc tập huấn truyền thông", "see communications training"),
    Action("training.record", _EDITOR, "ghi nhận lớp tập huấn, chứng chỉ", "record classes and certificates"),
    Action("channel.see", ("worker",), "xem kênh không công khai", "see channels that are not public"),
    Action("channel.add", _EDITOR, "thêm, sửa, đóng kênh truyền thông", "add, change and close channels"),
    Action("group.create", _EDITOR, "lập, sửa, đóng nhóm đơn vị", "create, change and close groups of units"),
    Action(
        "vocabulary.change", _ADMIN, "thay đổi danh mục, quy định về cấp", "change vocabularies, level rules", "top"
    ),
    Action("grant.see", _ADMIN, "xem ai có vai trò gì", "see who holds which role"),
    Action("grant.give", _ADMIN, "cấp, gia hạn, thu hồi vai trò", "give, extend and revoke roles"),
)
# Other services name the role that they need; a role asked about is an action of its own.
ROLE_NAMES: dict[str, tuple[str, str]] = {
    "worker": ("người lao động", "worker"),
    "contributor": ("cộng tác viên", "contributor"),
    "editor": ("biên tập viên", "editor"),
    "analyst": ("người phân tích", "analyst"),
    "admin": ("quản trị viên", "admin"),
}

ACTIONS: dict[str, Action] = {action.code: action for action in _ACTIONS} | {
    role: Action(role, (role,), f"làm việc với tư cách “{ROLE_NAMES[role][0]}”", f"act as “{ROLE_NAMES[role][1]}”")
    for role in ROLES
}


def find_action(code: str) -> Action:
    """Return the action of a code, or raise InvalidInput naming those there are."""
    action = ACTIONS.get(code)
    if action is None:
        raise none_of("action", {known.code: (known.vi, known.en) for known in ACTIONS.values()})
    return action


def role_name(role: Role, language: Literal["vi", "en"]) -> str:
    """Return what people call a role."""
    vi, en = ROLE_NAMES[role]
    return vi if language == "vi" else en
