"""What files of tables say besides numbers: how these were made, and what the columns are, in both languages."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from kit.calendar import VIETNAM
from kit.errors import Language
from survey.questionnaires.definition import Text
from survey.results.formats import Formats
from survey.results.reading import SOLID_BASE, Release
from survey.results.unit_tables import Place


class Line(NamedTuple):
    """One thing that is said of a release."""

    name: Text
    value: str


def both(vi: str, en: str) -> Text:
    """Return a text in both languages."""
    return Text({"vi": vi, "en": en})


HIDDEN = both(
    "Không công bố: nhóm quá nhỏ, hoặc phải giấu để không ai tính ngược ra một nhóm nhỏ.",
    "Not published: the group is too small, or would let somebody work out one that is.",
)
SAMPLES = {
    "self_selected": both(
        "người tự nguyện trả lời qua một địa chỉ chung; sai số ngẫu nhiên không nói hết độ tin cậy",
        "people who chose to answer at one address for all; random error is not all of the uncertainty",
    ),
    "census": both("mời tất cả mọi người trong khung đối tượng", "everyone of the frame was asked"),
}
WEIGHTINGS = {
    "post_stratified": both("hậu phân tầng theo khung đối tượng", "post-stratified to the frame"),
    "collapsed": both(
        "hậu phân tầng theo khung đối tượng, nhóm ít phiếu được gộp",
        "post-stratified to the frame, small groups joined",
    ),
    "raked": both("hiệu chỉnh theo các lề của khung đối tượng", "raked to the margins of the frame"),
}


def day(moment: datetime) -> str:
    """Return a day in Viet Nam."""
    return f"{moment.astimezone(VIETNAM):%d/%m/%Y}"


def method_lines(release: Release, place: Place, language: Language) -> Sequence[Line]:
    """Return how a release, and its tables of a place, were made, line by line."""
    method, formats = release.method, Formats(language)
    trimmed = method.get("trimmed")
    lines = [
        Line(both("Chương trình", "Programme"), release.programme_title.in_(language)),
        Line(both("Đợt", "Wave"), f"{release.wave_number} ({day(release.opens_at)} – {day(release.closes_at)})"),
        Line(both("Lần công bố", "Release"), f"{release.number} ({day(release.published_at)})"),
        Line(both("Số phiếu trả lời", "Answers"), "–" if release.answers is None else formats.number(release.answers)),
        Line(both("Số người trong khung đối tượng", "People of the frame"), formats.number(release.people)),
        Line(both("Mẫu", "Sample"), SAMPLES[method["sample"]].in_(language)),
        Line(both("Gia trọng", "Weighting"), WEIGHTINGS[method["weighting"]].in_(language)),
        Line(both("Số tầng", "Post-strata"), formats.number(method["post_strata"])),
        Line(both("Cỡ mẫu hiệu dụng (Kish)", "Effective size (Kish)"), formats.number(method["effective_size"])),
        Line(both("Hệ số thiết kế", "Design effect"), formats.mean(method["design_effect"])),
        Line(
            both("Tỷ lệ phiếu bị cắt trọng số", "Share of answers trimmed"),
            "–" if trimmed is None else formats.percent(trimmed),
        ),
        Line(both("Khoảng tin cậy", "Interval"), f"Wilson, {method['confidence']:.0%}"),
        Line(
            both("Bảo vệ", "Protection"),
            both(
                f"nhóm dưới {release.minimum_base} phiếu không được công bố, cùng những nhóm cần giấu thêm; "
                f"nhóm dưới {SOLID_BASE} phiếu được đánh dấu",
                f"groups of under {release.minimum_base} answers are hidden, with those that would give them away; "
                f"groups of under {SOLID_BASE} are marked",
            ).in_(language),
        ),
        Line(
            both("Không nêu tuổi, giới tính, vùng", "Age, gender or region not said"),
            both(
                "xếp ngẫu nhiên theo cơ cấu khung đối tượng", "placed at random, following the people of the frame"
            ).in_(language),
        ),
    ]
    if place.is_combined:
        lines.insert(0, Line(both("Đơn vị", "Unit"), _made_of(place).in_(language)))
    if release.is_simulated:
        warning = both("SỐ LIỆU MÔ PHỎNG: không phải câu trả lời thật", "MADE-UP FIGURES: nobody gave these answers")
        lines.insert(0, Line(both("Lưu ý", "Note"), warning.in_(language)))
    return lines


def _made_of(place: Place) -> Text:
    """Return what stands for a unit that the frame does not have."""
    parts = len(place.units)
    if not parts:
        return both(
            "không gồm trọn những đơn vị có khi lập khung đối tượng, nên không có số liệu",
            "not made of whole units of the frame, and so without figures",
        )
    if place.is_wider:
        return both(
            f"gộp từ {parts} đơn vị của khung đối tượng; gồm cả người đã sang đơn vị khác khi chia tách",
            f"put together from units of the frame: {parts}; with people who went to other units when one was split",
        )
    return both(f"gộp từ {parts} đơn vị của khung đối tượng", f"put together from units of the frame: {parts}")


COLUMNS: Sequence[tuple[str, Text]] = (
    ("programme, wave, release, release_id", both("chương trình, đợt, lần công bố", "programme, wave, release")),
    ("is_simulated", both("số liệu mô phỏng", "figures were made up")),
    ("unit_id, unit_code, unit_vi, unit_en", both("đơn vị", "the unit")),
    ("is_combined", both("gộp từ các đơn vị của khung đối tượng", "put together from units of the frame")),
    ("is_wider", both("gồm cả người nay ở đơn vị khác", "with people who are in other units today")),
    (
        "question, concept, kind, question_vi, question_en",
        both("câu hỏi; * là tham gia", "question; * is participation"),
    ),
    ("age_band, gender, region", both("mã phân tổ; trống: tất cả", "codes of the segment; empty: all")),
    ("choice, choice_vi, choice_en", both("câu trả lời", "the choice")),
    ("status", both("shown: công bố; hidden: không công bố", "shown, or hidden without numbers")),
    ("low_base", both(f"dưới {SOLID_BASE} phiếu: đọc thận trọng", f"under {SOLID_BASE} answers: read with care")),
    ("n", both("số người trả lời câu hỏi trong ô", "how many of the cell answered the question")),
    ("people", both("số người của khung đối tượng trong ô", "people of the frame in the cell")),
    ("coverage", both("n / people, 0…1", "n / people, 0…1")),
    ("share, low, high", both("tỷ lệ gia trọng và khoảng 95%, 0…1", "weighted share and its 95 % interval, 0…1")),
    ("standard_error", both("sai số chuẩn của tỷ lệ, 0…1", "standard error of the share, 0…1")),
    ("mean, mean_error", both("trung bình thang điểm và sai số", "mean of a scale and its standard error")),
)
