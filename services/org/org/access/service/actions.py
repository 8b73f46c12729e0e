"""What may be done in org and which role it takes, named by codes that people can ask about."""

from dataclasses import dataclass
from typing import Literal

from kit.errors import InvalidInput
from kit.identity import ROLES, Role

Place = Literal["unit", "parent"]


@dataclass(frozen=True, slots=True)
class Action:
    """Something that takes a role on a unit, or on the unit directly above it (`parent`)."""

    code: str
    role: Role
    vi: str
    en: str
    place: Place = "unit"


_ACTIONS = (
    Action("unit.create", "admin", "lập đơn vị trực thuộc", "create a unit below it"),
    Action("unit.rename", "editor", "đổi tên đơn vị", "rename the unit"),
    Action("unit.move", "admin", "chuyển đơn vị đi nơi khác", "move the unit elsewhere", "parent"),
    Action("unit.receive", "admin", "nhận đơn vị khác chuyển đến", "receive a unit that moves"),
    Action("headcount.see", "analyst", "xem số liệu đoàn viên, lao động", "see headcounts"),
    Action("headcount.publish", "editor", "công bố số liệu đoàn viên, lao động", "publish headcounts"),
    Action("officers.see", "worker", "xem cán bộ và ban", "see officers and departments"),
    Action("department.found", "editor", "lập ban", "found a department"),
    Action("officer.appoint", "editor", "phân công cán bộ", "appoint an officer"),
    Action("grant.see", "admin", "xem ai có vai trò gì", "see who holds which role"),
    Action("grant.give", "admin", "cấp, gia hạn, thu hồi vai trò", "give, extend and revoke roles"),
)
# Other services name the role that they need; a role asked about is an action of its own.
_ROLES = {
    "worker": ("người lao động", "worker"),
    "contributor": ("cộng tác viên", "contributor"),
    "editor": ("biên tập viên", "editor"),
    "analyst": ("người phân tích", "analyst"),
    "admin": ("quản trị viên", "admin"),
}

ACTIONS: dict[str, Action] = {action.code: action for action in _ACTIONS} | {
    role: Action(role, role, f"làm việc cần vai trò “{_ROLES[role][0]}”", f"do what takes the role “{_ROLES[role][1]}”")
    for role in ROLES
}


def find_action(code: str) -> Action:
    """Return the action of a code, or raise InvalidInput naming those there are."""
    action = ACTIONS.get(code)
    if action is None:
        codes = ", ".join(ACTIONS)
        raise InvalidInput("action", f"phải là một trong: {codes}.", f"must be one of: {codes}.")
    return action


def role_name(role: Role, language: Literal["vi", "en"]) -> str:
    """Return what people call a role."""
    vi, en = _ROLES[role]
    return vi if language == "vi" else en
