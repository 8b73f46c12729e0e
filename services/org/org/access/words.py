"""An explanation of who may do what, in sentences for people."""

from kit import db
from kit.errors import Language
from org.access.service import Explanation, role_name


def in_words(found: Explanation, language: Language) -> str:
    """Return why somebody may do something, or what is missing and who could give it."""
    return _vietnamese(found) if language == "vi" else _english(found)


def _vietnamese(found: Explanation) -> str:
    needed = " hoặc ".join(f"“{role_name(role, 'vi')}”" for role in found.action.roles)
    if found.needed_on is None:
        return f"Không được: để {found.action.vi} cần vai trò ở phía trên đơn vị cao nhất, nơi không ai có vai trò nào."
    if found.ways:
        held = "; ".join(
            f"vai trò “{role_name(way.grant.role, 'vi')}” tại “{way.units[0]['name_vi']}”" for way in found.ways
        )
        return f"Được: để {found.action.vi} cần vai trò {needed}, và tài khoản có {held}."
    who = "; ".join(f"“{unit['name_vi']}”" for unit in found.admins_on)
    asked = f"Quản trị viên của {who} có thể cấp." if who else "Hiện chưa có quản trị viên nào có thể cấp."
    place = found.needed_on["name_vi"]
    return f"Không được: để {found.action.vi} cần vai trò {needed} tại “{place}” hoặc ở đơn vị cấp trên. {asked}"


def _english(found: Explanation) -> str:
    needed = " or ".join(f"“{role_name(role, 'en')}”" for role in found.action.roles)
    if found.needed_on is None:
        return f"No: to {found.action.en} takes a role above the topmost unit, where nobody holds any."
    if found.ways:
        held = "; ".join(
            f"the role “{role_name(way.grant.role, 'en')}” on “{_name(way.units[0])}”" for way in found.ways
        )
        return f"Yes: to {found.action.en} takes the role {needed}, and the account holds {held}."
    who = "; ".join(f"“{_name(unit)}”" for unit in found.admins_on)
    asked = f"Admins of {who} could give it." if who else "At present there is no admin who could give it."
    place = _name(found.needed_on)
    return f"No: to {found.action.en} takes the role {needed} on “{place}” or on a unit above it. {asked}"


def _name(unit: db.Record) -> str:
    return unit["name_en"] or unit["name_vi"]
