"""Central industry and corporation unions, and the nine corporation unions of the electricity union."""

from typing import NamedTuple


class Industry(NamedTuple):
    """A union directly below the confederation; `field` is a code of the vocabulary of fields of work."""

    code: str
    vi: str
    en: str
    kind: str
    field: str
    weight: int


INDUSTRIES = (
    Industry("EVN", "Điện lực", "Electricity", "corporation", "electricity", 3),
    Industry("TKV", "Than – Khoáng sản", "Coal and Minerals", "corporation", "mining", 16),
    Industry("CDVC", "Viên chức", "Public Employees", "central_industry", "administration", 8),
    Industry("DMVN", "Dệt May", "Textile and Garment", "central_industry", "textile_footwear", 7),
    Industry("DKVN", "Dầu khí", "Petroleum", "corporation", "oil_gas", 5),
    Industry("CSVN", "Cao su", "Rubber", "corporation", "agriculture", 5),
    Industry("DSVN", "Đường sắt", "Railway", "corporation", "transport", 4),
    Industry("GDVN", "Giáo dục", "Education", "central_industry", "education", 5),
    Industry("YTVN", "Y tế", "Health", "central_industry", "health", 5),
    Industry("CTVN", "Công Thương", "Industry and Trade", "central_industry", "trade_services", 5),
    Industry("XDVN", "Xây dựng", "Construction", "central_industry", "construction", 4),
    Industry("NHVN", "Ngân hàng", "Banking", "central_industry", "finance", 5),
    Industry("HHVN", "Hàng hải", "Maritime", "corporation", "transport", 4),
    Industry(
        "TTVN", "Thông tin và Truyền thông", "Information and Communications", "central_industry", "information", 4
    ),
)


class Corporation(NamedTuple):
    """A corporation union below the electricity union, and the grassroots unions that the demo gives it."""

    code: str
    vi: str
    en: str
    region: str | None
    companies: tuple[str, ...]


def _power(*places: str) -> tuple[str, ...]:
    return tuple(f"Công ty Điện lực {place}" for place in places)


CORPORATIONS = (
    Corporation(
        "EVNNPC",
        "Điện lực miền Bắc",
        "Northern Power",
        None,
        _power("Bắc Ninh", "Cao Bằng", "Hải Phòng", "Lạng Sơn", "Nghệ An", "Phú Thọ", "Thái Nguyên", "Thanh Hóa"),
    ),
    Corporation(
        "EVNCPC",
        "Điện lực miền Trung",
        "Central Power",
        None,
        _power("Đà Nẵng", "Đắk Lắk", "Gia Lai", "Huế", "Khánh Hòa", "Quảng Ngãi"),
    ),
    Corporation(
        "EVNSPC",
        "Điện lực miền Nam",
        "Southern Power",
        None,
        _power("An Giang", "Cà Mau", "Cần Thơ", "Đồng Nai", "Đồng Tháp", "Lâm Đồng", "Tây Ninh"),
    ),
    Corporation(
        "EVNHANOI",
        "Điện lực thành phố Hà Nội",
        "Hà Nội Power",
        "red_river_delta",
        _power("Ba Đình", "Cầu Giấy", "Đống Đa", "Gia Lâm", "Hà Đông"),
    ),
    Corporation(
        "EVNHCMC",
        "Điện lực Thành phố Hồ Chí Minh",
        "Hồ Chí Minh City Power",
        "southeast",
        _power("Bình Chánh", "Gò Vấp", "Sài Gòn", "Tân Bình", "Thủ Đức"),
    ),
    Corporation(
        "EVNNPT",
        "Truyền tải điện Quốc gia",
        "National Power Transmission",
        None,
        tuple(f"Công ty Truyền tải điện {number}" for number in range(1, 5)),
    ),
    *(
        Corporation(
            f"EVNGENCO{number}",
            f"Phát điện {number}",
            f"Power Generation {number}",
            None,
            tuple(f"Nhà máy {name}" for name in plants),
        )
        for number, plants in (
            (1, ("Thủy điện Suối Vàng", "Nhiệt điện Đông Bắc", "Nhiệt điện Biển Xanh")),
            (2, ("Thủy điện Sông Mơ", "Nhiệt điện Bến Nước", "Thủy điện Thác Trắng")),
            (3, ("Nhiệt điện Cửa Đông", "Thủy điện Đá Bạc", "Nhiệt điện Cù Lao")),
        )
    ),
)
