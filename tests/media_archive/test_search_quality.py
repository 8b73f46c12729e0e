"""How well the search ranks Vietnamese, on a collection that is kept outside the product."""

import os
from pathlib import Path

import pytest

from media_archive.assets.visibility import Sight
from media_archive.search.evaluation import evaluate
from media_archive.search.index import AssetIndex, IndexedAsset, Question

ALL = Sight(everything=True)


def test_ranks_the_reference_collection_as_well_as_measured():
    if "LOA_REFERENCE_DIR" not in os.environ:
        pytest.skip("LOA_REFERENCE_DIR is not set: the reference collection is not part of the product")
    figures = evaluate(Path(os.environ["LOA_REFERENCE_DIR"], "search-reference"))
    assert (figures.documents, figures.questions, figures.confusable_questions) == (2249, 363, 676)
    assert figures.ndcg_as_written >= 0.886
    assert figures.ndcg_bare >= 0.884
    assert abs(figures.ndcg_as_written - figures.ndcg_decomposed) <= 0.002
    assert figures.confusable_precision >= 0.78


def index_of(tmp_path: Path, *texts: str) -> AssetIndex:
    index = AssetIndex(tmp_path / "index")
    index.write(IndexedAsset(id=str(number), text=text) for number, text in enumerate(texts))
    return index


def test_a_query_without_accents_finds_all_and_one_with_accents_prefers_what_is_meant(tmp_path: Path):
    index = index_of(tmp_path, "công đoàn cơ sở", "cong doan co so", "công đoan")
    assert set(index.search(Question("cong doan", ALL), limit=9).ids) == {"0", "1", "2"}
    assert index.search(Question("công đoàn", ALL), limit=9).ids[0] == "0"


@pytest.mark.parametrize(("one", "other"), [("hoà giải", "hòa giải"), ("uỷ ban", "ủy ban"), ("sức khoẻ", "sức khỏe")])
def test_both_places_of_a_tone_give_identical_lists(tmp_path: Path, one: str, other: str):
    index = index_of(
        tmp_path, "hoà giải ở cơ sở", "hòa giải viên", "uỷ ban", "ủy ban nhân dân", "sức khoẻ", "sức khỏe tốt"
    )
    assert index.search(Question(one, ALL), limit=9) == index.search(Question(other, ALL), limit=9)


def test_syllables_that_never_stand_together_are_found_apart_when_nothing_else_is(tmp_path: Path):
    index = index_of(tmp_path, "ảnh chụp ngày hội Tết", "ảnh chân dung")
    assert index.search(Question("ảnh tết", ALL), limit=9).ids == ["0"]


def test_one_common_syllable_is_not_enough(tmp_path: Path):
    index = index_of(tmp_path, "an toàn lao động", "an cư lạc nghiệp")
    found = index.search(Question("an toàn", ALL), limit=9)
    assert (found.ids, found.total) == (["0"], 1)


def test_upserting_replaces_and_removing_removes(tmp_path: Path):
    index = index_of(tmp_path, "tờ rơi", "áp phích")
    index.write([IndexedAsset(id="0", text="pa nô")], gone=["1"])
    assert index.search(Question("tờ rơi", ALL), limit=9).total == 0
    assert index.search(Question("áp phích", ALL), limit=9).total == 0
    assert index.search(Question("pa nô", ALL), limit=9).ids == ["0"]


def test_filters_by_unit_kind_and_sight(tmp_path: Path):
    index = AssetIndex(tmp_path / "index")
    index.write(
        [
            IndexedAsset("public", "bản tin", units=("00001", "00002"), kind="news", sight=("public",)),
            IndexedAsset("union", "bản tin", units=("00001", "00003"), kind="news", sight=("union",)),
            IndexedAsset("unit", "bản tin", units=("00001", "00003"), kind="leaflet", sight=("at_00001", "at_00003")),
        ]
    )

    def found(sight: Sight, within: str | None = None, kind: str | None = None) -> set[str]:
        return set(index.search(Question("ban tin", sight, within, kind), limit=9).ids)

    assert found(Sight()) == {"public"}
    assert found(Sight(tokens=("public", "union"))) == {"public", "union"}
    assert found(Sight(tokens=("public", "union", "at_00003"))) == {"public", "union", "unit"}
    assert found(Sight(tokens=("public", "union", "at_00002"))) == {"public", "union"}
    assert found(ALL, within="00003") == {"union", "unit"}
    assert found(ALL, within="00001", kind="leaflet") == {"unit"}
