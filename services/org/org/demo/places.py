"""The 34 provinces and cities since 1 July 2025, as the statistics office lists them, each with its region."""

from typing import NamedTuple


class Place(NamedTuple):
    """A province or city; `number` is the statistics office's, `weight` how many grassroots unions the demo makes."""

    number: str
    code: str
    name: str
    is_city: bool
    region: str
    weight: int


PLACES = (
    Place("01", "HN", "Hà Nội", True, "red_river_delta", 32),
    Place("04", "CB", "Cao Bằng", False, "northern_midlands", 3),
    Place("08", "TQ", "Tuyên Quang", False, "northern_midlands", 4),
    Place("11", "DB", "Điện Biên", False, "northern_midlands", 3),
    Place("12", "LCH", "Lai Châu", False, "northern_midlands", 3),
    Place("14", "SL", "Sơn La", False, "northern_midlands", 4),
    Place("15", "LCA", "Lào Cai", False, "northern_midlands", 5),
    Place("19", "TN", "Thái Nguyên", False, "northern_midlands", 9),
    Place("20", "LS", "Lạng Sơn", False, "northern_midlands", 4),
    Place("22", "QN", "Quảng Ninh", False, "red_river_delta", 7),
    Place("24", "BN", "Bắc Ninh", False, "red_river_delta", 15),
    Place("25", "PT", "Phú Thọ", False, "northern_midlands", 9),
    Place("31", "HP", "Hải Phòng", True, "red_river_delta", 14),
    Place("33", "HY", "Hưng Yên", False, "red_river_delta", 9),
    Place("37", "NB", "Ninh Bình", False, "red_river_delta", 9),
    Place("38", "TH", "Thanh Hóa", False, "north_central", 9),
    Place("40", "NA", "Nghệ An", False, "north_central", 8),
    Place("42", "HT", "Hà Tĩnh", False, "north_central", 5),
    Place("44", "QT", "Quảng Trị", False, "north_central", 5),
    Place("46", "HUE", "Huế", True, "north_central", 6),
    Place("48", "DN", "Đà Nẵng", True, "south_central", 10),
    Place("51", "QNG", "Quảng Ngãi", False, "south_central", 5),
    Place("52", "GL", "Gia Lai", False, "central_highlands", 6),
    Place("56", "KH", "Khánh Hòa", False, "south_central", 6),
    Place("66", "DL", "Đắk Lắk", False, "central_highlands", 5),
    Place("68", "LD", "Lâm Đồng", False, "central_highlands", 6),
    Place("75", "DNA", "Đồng Nai", False, "southeast", 18),
    Place("79", "HCM", "Hồ Chí Minh", True, "southeast", 36),
    Place("80", "TNI", "Tây Ninh", False, "southeast", 9),
    Place("82", "DT", "Đồng Tháp", False, "mekong_delta", 6),
    Place("86", "VL", "Vĩnh Long", False, "mekong_delta", 5),
    Place("91", "AG", "An Giang", False, "mekong_delta", 5),
    Place("92", "CT", "Cần Thơ", True, "mekong_delta", 7),
    Place("96", "CM", "Cà Mau", False, "mekong_delta", 4),
)
