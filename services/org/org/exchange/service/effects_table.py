"""Everything that a checked run would do, as a table to be read in a spreadsheet before somebody has it done."""

from collections.abc import AsyncIterator, Mapping

from kit import db
from kit.errors import Language, NotFound
from kit.identity import Caller
from org.access.service.actions import ROLE_NAMES
from org.exchange.writing import Cells
from org.reorganisations.service import CutEffect, HeadcountEffect, KeptEffects, UnitEffect, names_of
from org.reorganisations.service.effects import LISTS, AlongEffect, Effect
from org.vocabularies import service as vocabularies

_AT_ONCE = 1_000
HEAD = {
    "vi": (
        "Loại",
        "Thay đổi",
        "Mã trước",
        "Mã sau",
        "Tên trước",
        "Tên sau",
        "Các cấp trên trước",
        "Các cấp trên sau",
        "Đoàn viên trước",
        "Đoàn viên sau",
        "Người lao động trước",
        "Người lao động sau",
        "Chức danh, quyền, lớp",
        "Của ai",
    ),
    "en": (
        "What",
        "Change",
        "Code before",
        "Code after",
        "Name before",
        "Name after",
        "Units above before",
        "Units above after",
        "Members before",
        "Members after",
        "Workers before",
        "Workers after",
        "Post, role, class",
        "Whose",
    ),
}
_LISTS = {
    "units": ("Đơn vị", "Unit"),
    "along": ("Đơn vị chuyển cùng", "Unit going along"),
    "headcounts": ("Số liệu", "Headcount"),
    "officers": ("Chức danh", "Post"),
    "grants": ("Quyền", "Role"),
    "classes": ("Lớp tập huấn", "Training class"),
}
# Of units, where a change is undone.
_UNDONE = {"created": ("trở lại", "comes back"), "closed": ("không còn", "goes away")}
_WHAT = {
    "created": ("lập mới", "created"),
    "closed": ("kết thúc", "closed"),
    "renamed": ("đổi tên", "renamed"),
    "moved": ("chuyển", "moved"),
    "changed": ("thay đổi", "changed"),
    "ended": ("kết thúc", "ended"),
    "removed": ("bỏ, vì bắt đầu sau đó", "removed, as it would begin later"),
    "given": ("được giao", "given"),
    "restored": ("khôi phục", "restored"),
}


async def effects_table(caller: Caller, run: db.Record, language: Language) -> AsyncIterator[Cells]:
    """Give the rows below HEAD; who may see the run is asked before. NotFound where nothing is kept beside it."""
    kept = KeptEffects.of(run)
    if kept is None:
        raise NotFound("import", run["id"])
    english = language == "en"
    what = {**_WHAT, **_UNDONE} if run["purpose"] == "undo" else _WHAT
    said = {name: words[english] for name, words in what.items()}
    posts = (await vocabularies.labels_by_code("post")).values()
    said |= {f"of {post['code']}": post["label_en" if english else "label_vi"] for post in posts}
    said |= {f"of {role}": names[english] for role, names in ROLE_NAMES.items()}
    for name in LISTS:
        after: tuple[int, str] | None = None
        while (found := await kept.page(caller, name, _AT_ONCE, after)).effects:
            cuts = [effect for effect in found.effects if isinstance(effect, CutEffect)]
            names = await names_of(caller, name, cuts) if cuts else [None] * len(found.effects)
            for effect, named in zip(found.effects, names, strict=True):
                yield (_LISTS[name][english], *_cells(effect, named, said))
            after = (found.positions[-1], found.mark)


def _cells(effect: Effect, named: str | None, said: Mapping[str, str]) -> Cells:
    match effect:
        case UnitEffect():
            return (
                ", ".join(said[what] for what in effect.what),
                effect.code_before,
                effect.code_after,
                effect.name_before,
                effect.name_after,
                " › ".join(effect.place_before),
                " › ".join(effect.place_after),
                *[None] * 6,
            )
        case AlongEffect():
            return (None, effect.code, effect.code, effect.name, effect.name, *[None] * 8)
        case HeadcountEffect():
            counts = ("members_before", "members_after", "workers_before", "workers_after")
            return (
                None,
                effect.code,
                effect.code,
                effect.name,
                effect.name,
                *[None] * 2,
                *(effect.total(count) for count in counts),
                *[None] * 2,
            )
        case CutEffect():
            return (
                said[effect.what],
                effect.code,
                None,
                effect.name,
                *[None] * 7,
                said.get(f"of {effect.of}", effect.of),
                named,
            )
