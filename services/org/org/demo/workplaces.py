"""Believable, made-up workplaces: what they are called, how many work there, of which age and gender."""

import random
from collections.abc import Iterator
from typing import NamedTuple

from org.demo.words import each
from org.headcounts.service import Cell

SMALLEST, LARGEST = 15, 9_000


class Trade(NamedTuple):
    """A field of work in the demo: names of its workplaces, share of women, how young, how large (median workers)."""

    kind: str
    names: tuple[str, ...]
    women: float
    ages: tuple[int, int, int, int]
    median: int


YOUNG, MIXED, OLDER = (30, 40, 22, 8), (14, 36, 32, 18), (5, 27, 38, 30)
LEADING = ("Công ty Cổ phần", "Công ty TNHH", "Công ty TNHH Một thành viên")

TRADES = {
    "textile_footwear": Trade("enterprise", ("May", "Giày", "Dệt", "Sợi", "May xuất khẩu"), 0.78, YOUNG, 900),
    "electronics": Trade(
        "enterprise", ("Điện tử", "Linh kiện điện tử", "Công nghệ", "Thiết bị điện"), 0.68, YOUNG, 900
    ),
    "food_processing": Trade("enterprise", ("Thực phẩm", "Chế biến thủy sản", "Bánh kẹo", "Đồ uống"), 0.6, MIXED, 380),
    "mechanical": Trade("enterprise", ("Cơ khí", "Thép", "Khuôn mẫu", "Phụ tùng ô tô"), 0.22, MIXED, 300),
    "construction": Trade("enterprise", ("Xây dựng", "Xi măng", "Vật liệu xây dựng"), 0.15, MIXED, 240),
    "transport": Trade("enterprise", ("Vận tải", "Logistics", "Cảng", "Xe khách"), 0.14, MIXED, 260),
    "trade_services": Trade("enterprise", ("Thương mại", "Dịch vụ", "Du lịch", "Bán lẻ"), 0.55, MIXED, 160),
    "agriculture": Trade("enterprise", ("Nông sản", "Chè", "Cao su", "Cà phê"), 0.48, MIXED, 320),
    "electricity": Trade("enterprise", ("Điện lực",), 0.18, OLDER, 420),
    "mining": Trade("enterprise", ("Than", "Khai thác khoáng sản", "Tuyển than"), 0.14, MIXED, 900),
    "oil_gas": Trade("enterprise", ("Dầu khí", "Khí hóa lỏng", "Dịch vụ kỹ thuật dầu khí"), 0.17, MIXED, 420),
    "finance": Trade("enterprise", ("Ngân hàng", "Bảo hiểm", "Tài chính"), 0.6, MIXED, 340),
    "information": Trade("enterprise", ("Viễn thông", "Bưu chính", "Phần mềm"), 0.4, MIXED, 280),
    "education": Trade("school", ("Trường Trung học phổ thông", "Trường Tiểu học", "Trường Mầm non"), 0.74, OLDER, 75),
    "health": Trade("hospital", ("Bệnh viện Đa khoa", "Trung tâm Y tế"), 0.7, MIXED, 330),
    "administration": Trade("government_office", ("Cơ quan", "Viện Nghiên cứu", "Trung tâm"), 0.48, OLDER, 110),
}
# What a province is made of: industry most of all.
PROVINCIAL = (
    *("textile_footwear", "electronics", "food_processing", "mechanical") * 3,
    *("construction", "transport", "trade_services", "education", "health", "administration", "agriculture", "finance"),
)
PUBLIC = ("education", "health", "administration")
FIRST = each(
    "An Bình Cường Đại Đông Hải Hòa Hồng Hưng Kim Long Minh Nam Nhật "
    "Phú Phương Quang Sơn Tân Thái Thành Thịnh Tiến Việt"
)
SECOND = each(
    "An Châu Dương Đạt Giang Hà Khánh Lâm Linh Lộc Mai Ngọc Phát Phong "
    "Phước Quân Sáng Tâm Thắng Thọ Trung Vân Vinh Xuân"
)


def names(rng: random.Random, field: str) -> Iterator[str]:
    """Return workplaces' names of a field without end, none twice."""
    given: set[str] = set()
    while True:
        name = _name(rng, field)
        if name not in given:
            given.add(name)
            yield name


def _name(rng: random.Random, field: str) -> str:
    own = f"{rng.choice(FIRST)} {rng.choice(SECOND)}"
    kind = rng.choice(TRADES[field].names)
    return f"{kind} {own}" if field in PUBLIC else f"{rng.choice(LEADING)} {kind} {own}"


def workers(rng: random.Random, field: str) -> int:
    """Return how many work in a workplace: lognormal, as sizes of firms are."""
    return min(LARGEST, max(SMALLEST, round(TRADES[field].median * rng.lognormvariate(0, 1.0))))


def cells(rng: random.Random, field: str, total: int) -> list[Cell]:
    """Return `total` workers by age band and gender, and how many of them are members; a cell of nobody is left out."""
    trade = TRADES[field]
    women = min(0.97, max(0.03, rng.gauss(trade.women, 0.06)))
    organised = rng.uniform(0.8, 0.99)
    shares = {
        (band, gender): age * share * rng.uniform(0.85, 1.15)
        for band, age in zip(("under_25", "25_34", "35_44", "45_plus"), trade.ages, strict=True)
        for gender, share in (("female", women), ("male", 1 - women), ("other", 0.002))
    }
    counted = _apportion(shares, total)
    return [
        Cell(band, gender, members=round(count * organised), workers=count)
        for (band, gender), count in counted.items()
        if count
    ]


def _apportion(shares: dict[tuple[str, str], float], total: int) -> dict[tuple[str, str], int]:
    """Divide whole people by shares with the largest remainders, so that the parts sum to the total."""
    whole = sum(shares.values())
    exact = {cell: total * share / whole for cell, share in shares.items()}
    parts = {cell: int(part) for cell, part in exact.items()}
    missing = total - sum(parts.values())
    for cell in sorted(exact, key=lambda cell: parts[cell] - exact[cell])[:missing]:
        parts[cell] += 1
    return parts
