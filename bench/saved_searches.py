"""Ten thousand saved searches asked of what just came in: how long one run of the job that makes notices thinks."""

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import orjson

from kit.paths import label
from media_archive.assets.visibility import sight_of
from media_archive.collections.jobs import MOST_TOLD
from media_archive.collections.new_materials import NewMaterials
from media_archive.collections.questions import understood
from media_archive.collections.standing import owner
from media_archive.search.asking import Question
from media_archive.search.documents import IndexedAsset

SEARCHES = 10_000
MATERIALS = (1, 50, 500)
_UNITS = 300
_WORDS = [
    *("an", "toàn", "lao", "động", "điện", "lực", "công", "đoàn", "tuyên", "truyền", "viên", "người", "sử", "dụng"),
    *("pháp", "luật", "quyền", "lợi", "tết", "sum", "vầy", "tháng", "nhân", "đối", "thoại", "thi", "đua", "sáng"),
    *("kiến", "cơ", "sở", "văn", "hóa", "gia", "đình", "nhà", "ở", "bảo", "hiểm", "tiền", "lương", "thỏa", "ước"),
]


def run(seed: int, out: Path, say: Callable[[str], None]) -> bool:
    """Measure and show seconds of one processor; there is no bound."""
    chance = random.Random(seed)  # noqa: S311  # the same searches for the same seed
    questions = list(_questions(chance))
    figures: dict[str, dict[str, float]] = {}
    for number in MATERIALS:
        began = time.process_time()
        index = NewMaterials([_material(chance, one) for one in range(number)])
        built = time.process_time() - began
        found = sum(len(index.found(question, MOST_TOLD)) for question in questions)
        asked = time.process_time() - began - built
        figures[str(number)] = {"built": built, "asked": asked, "found": found}
        say(f"{number:4} new: index {built:.2f} s, {SEARCHES:,} searches {asked:.2f} s, {found:,} found")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(orjson.dumps(figures))
    say(f"Written to {out}")
    return True


def _questions(chance: random.Random) -> Iterator[Question]:
    paths = {UUID(int=number): label(1) + label(number) for number in range(2, _UNITS + 2)}
    for number in range(SEARCHES):
        saved = understood(f"q={'+'.join(chance.choices(_WORDS, k=3))}&kind=news")
        assert saved is not None  # it has words
        unit = chance.choice(list(paths))
        yield saved.asked(sight_of(owner(f"person {number}", [("contributor", str(unit))], paths)), None)


def _material(chance: random.Random, number: int) -> IndexedAsset:
    return IndexedAsset(
        id=str(UUID(int=number)),
        title=" ".join(chance.choices(_WORDS, k=8)),
        text=" ".join(chance.choices(_WORDS, k=60)),
        units=(label(1), label(2)),
        kind="news",
        sight=("union",),
    )
