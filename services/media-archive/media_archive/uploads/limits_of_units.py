"""Units bound what roles may upload to them and to those below: each as the one above allows, the top as it likes."""

from dataclasses import asdict, dataclass
from uuid import UUID

from kit import db
from kit.audit import record
from kit.db import Record
from kit.errors import DomainError, InvalidInput, none_of
from kit.graphql import Window
from kit.identity import Caller
from kit.paths import parents
from media_archive.units.service import KnownUnit, find_unit
from media_archive.uploads.limits import ROLES, Limits, limits_of

CEILINGS = Limits(50_000, 1_000, 100_000, ("image", "pdf", "office", "text", "audio", "video"))
"""What nobody allows more than."""

_CALLED = {
    "most_megabytes": ("mostMegabytes", "số MB của một tệp", "megabytes of a file"),
    "most_open": ("mostOpen", "số tệp dang dở", "unfinished uploads"),
    "most_a_day": ("mostADay", "số tệp một ngày", "files a day"),
}
ROLE_NAMES = {
    "contributor": ("người đóng góp", "contributor"),
    "editor": ("biên tập viên", "editor"),
    "admin": ("quản trị viên", "admin"),
}
FAMILY_NAMES = {
    "image": ("ảnh", "pictures"),
    "pdf": ("PDF", "PDFs"),
    "office": ("văn bản soạn thảo", "office documents"),
    "text": ("văn bản thuần", "plain texts"),
    "audio": ("âm thanh", "sounds"),
    "video": ("phim", "films"),
}


class UploadLimitTooHigh(DomainError):
    """The units above allow less than this."""

    code = "UPLOAD_LIMIT_TOO_HIGH"
    vi = "Cấp trên chỉ cho phép nhiều nhất: {most} ({vi})."
    en = "The units above allow at most: {most} ({en})."
    extra = {"most": str}


@dataclass(frozen=True, slots=True)
class RoleLimits:
    """What a role may upload to a unit, and whether the unit itself says so."""

    role: str
    limits: Limits
    is_own: bool


@dataclass(frozen=True, slots=True)
class RoleBounds:
    """What a role may upload to a unit: what holds, what the unit itself says, and what those above leave it to say.

    What holds is less than what the unit says where those above came to allow less.
    """

    role: str
    in_force: Limits
    own: Limits | None
    allowed: Limits


async def limits_at_unit(caller: Caller, unit_id: UUID) -> list[RoleLimits]:
    """Return what each role may upload to a unit; needs an admin of it."""
    unit = await _unit(caller, unit_id)
    own = {row["role"] for row in await db.rows("SELECT role FROM unit_upload_limit WHERE unit_id = $1", unit.id)}
    found = await limits_of(ROLES, unit.path)
    return [RoleLimits(role, found[role], role in own) for role in ROLES]


async def bounds_at_unit(caller: Caller, unit_id: UUID) -> list[RoleBounds]:
    """Return what bounds each role at a unit, the highest role first; needs an admin of it."""
    unit = await _unit(caller, unit_id)
    rows = await db.rows(
        "SELECT role, most_megabytes, most_open, most_a_day, families FROM unit_upload_limit WHERE unit_id = $1",
        unit.id,
    )
    own = {row["role"]: _limits(row) for row in rows}
    found, above = await limits_of(ROLES, unit.path), parents(unit.path)
    allowed = await limits_of(ROLES, above[-1]) if above else dict.fromkeys(ROLES, CEILINGS)
    return [RoleBounds(role, found[role], own.get(role), allowed[role]) for role in ROLES]


async def units_with_own_limits(caller: Caller, unit_id: UUID, window: Window) -> list[Record]:
    """Return up to `window.limit` units below one that bound roles themselves, along the tree; needs an admin of it.

    Each with its id, path, names and the roles that it bounds.
    """
    unit = await _unit(caller, unit_id)
    return await db.rows(
        """SELECT unit.id, unit.path, unit.name_vi, unit.name_en,
                  array_agg(said.role ORDER BY said.role) AS roles
           FROM unit_upload_limit AS said JOIN unit ON unit.id = said.unit_id
           WHERE unit.path > $1 AND unit.path < $1 || '~' AND unit.path > $2 AND unit.closed_on IS NULL
           GROUP BY unit.id ORDER BY unit.path LIMIT $3""",
        unit.path,
        window.after[0] if window.after else "",
        window.limit,
    )


async def set_limits(caller: Caller, unit_id: UUID, role: str, limits: Limits) -> RoleLimits:
    """Bound what a role may upload to a unit and those below it; needs an admin of it.

    UploadLimitTooHigh beyond what the units above allow. What is being uploaded goes on as it was begun.
    """
    unit = await _unit(caller, unit_id)
    _check_role(role)
    async with db.transaction():
        _check(limits, await _allowed(unit, role))
        before = await _own(unit, role)
        await db.execute(
            """INSERT INTO unit_upload_limit (unit_id, role, most_megabytes, most_open, most_a_day, families)
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (unit_id, role) DO UPDATE SET
                   most_megabytes = excluded.most_megabytes, most_open = excluded.most_open,
                   most_a_day = excluded.most_a_day, families = excluded.families""",
            unit.id,
            role,
            limits.most_megabytes,
            limits.most_open,
            limits.most_a_day,
            list(limits.families),
        )
        await _tell(caller, "upload_limit.set", unit, role, before, limits)
    return RoleLimits(role, limits, is_own=True)


async def clear_limits(caller: Caller, unit_id: UUID, role: str) -> RoleLimits:
    """Let the units above bound what a role may upload; needs an admin of the unit. Again changes nothing."""
    unit = await _unit(caller, unit_id)
    _check_role(role)
    async with db.transaction():
        before = await _own(unit, role)
        if before is not None:
            await db.execute("DELETE FROM unit_upload_limit WHERE unit_id = $1 AND role = $2", unit.id, role)
            await _tell(caller, "upload_limit.cleared", unit, role, before, None)
        return RoleLimits(role, (await limits_of([role], unit.path))[role], is_own=False)


async def _unit(caller: Caller, unit_id: UUID) -> KnownUnit:
    caller.require_someone()
    unit = await find_unit(unit_id)
    caller.require("admin", unit.path)
    return unit


def _check_role(role: str) -> None:
    if role not in ROLE_NAMES:
        raise none_of("role", ROLE_NAMES)


async def _allowed(unit: KnownUnit, role: str) -> Limits:
    above = parents(unit.path)
    return (await limits_of([role], above[-1]))[role] if above else CEILINGS


def _check(limits: Limits, allowed: Limits) -> None:
    for name, (field, vi, en) in _CALLED.items():
        wanted, most = getattr(limits, name), getattr(allowed, name)
        if wanted < 1:
            raise InvalidInput(field, "cần một số từ 1", "needs a number from 1")
        if wanted > most:
            raise UploadLimitTooHigh(most=str(most), vi=vi, en=en)
    if not limits.families or not set(limits.families) <= set(FAMILY_NAMES):
        raise none_of("families", FAMILY_NAMES)
    if not set(limits.families) <= set(allowed.families):
        raise UploadLimitTooHigh(most=", ".join(allowed.families), vi="loại tệp", en="types of files")


async def _own(unit: KnownUnit, role: str) -> Limits | None:
    found = await db.row(
        """SELECT most_megabytes, most_open, most_a_day, families FROM unit_upload_limit
           WHERE unit_id = $1 AND role = $2 FOR UPDATE""",
        unit.id,
        role,
    )
    return None if found is None else _limits(found)


def _limits(row: Record) -> Limits:
    return Limits(row["most_megabytes"], row["most_open"], row["most_a_day"], tuple(row["families"]))


async def _tell(
    caller: Caller, action: str, unit: KnownUnit, role: str, before: Limits | None, after: Limits | None
) -> None:
    await record(
        caller,
        action,
        unit.id,
        "upload_limit",
        f"{unit.id}/{role}",
        asdict(before) if before else None,
        asdict(after) if after else None,
    )
