"""Made-up officers, and the people as whom one may sign in on a development machine."""

import random
from typing import NamedTuple

from org.demo.words import each

FAMILIES = each("Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý")
WOMEN = each("An Bình Chi Dung Giang Hà Hạnh Hoa Hương Lan Liên Linh Mai Ngọc Nhung Oanh Phương Thảo Thu Trang Yến")
MEN = each("Anh Bách Cường Dũng Đức Hải Hiếu Hùng Huy Khánh Lâm Long Minh Nam Phúc Quang Sơn Thắng Tuấn Việt Vinh")


def full_name(rng: random.Random) -> str:
    """Return a name that anybody might have."""
    family = rng.choice(FAMILIES)
    return f"{family} Thị {rng.choice(WOMEN)}" if rng.random() < 0.5 else f"{family} Văn {rng.choice(MEN)}"


class DemoPerson(NamedTuple):
    """Somebody as whom one may sign in: the account, the name, and one role on one unit."""

    subject: str
    name: str
    role: str
    unit: str


PEOPLE = (
    DemoPerson("demo:lan", "Trịnh Thị Ngọc Lan", "admin", "TLD"),
    DemoPerson("demo:tam", "Đinh Minh Tâm", "analyst", "TLD"),
    DemoPerson("demo:hung", "Vương Quốc Hùng", "admin", "HN"),
    DemoPerson("demo:minh", "Lương Đức Minh", "editor", "HN"),
    DemoPerson("demo:ha", "Tạ Thu Hà", "analyst", "HN"),
    DemoPerson("demo:hoa", "Mai Thị Hoa", "contributor", "HN-001"),
    DemoPerson("demo:tuan", "Cao Anh Tuấn", "worker", "HN-001"),
    DemoPerson("demo:phuc", "Lâm Hoàng Phúc", "editor", "HCM"),
    DemoPerson("demo:quang", "Đoàn Nhật Quang", "editor", "EVN"),
    DemoPerson("demo:yen", "Thái Hải Yến", "contributor", "EVNNPC"),
    DemoPerson("demo:son", "Quách Thanh Sơn", "worker", "EVNNPC-001"),
    DemoPerson("demo:hai", "Chu Đình Hải", "analyst", "TKV"),
)
