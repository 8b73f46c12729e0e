"""The provinces that became part of others on 1 July 2025: 63 were left as 34, and the demo's tree remembers it."""

from typing import NamedTuple


class FormerPlace(NamedTuple):
    """A province until 30 June 2025, and the code of the one that took it in."""

    code: str
    name: str
    region: str
    heir: str


FORMER_PLACES = (
    FormerPlace("HG", "Hà Giang", "northern_midlands", "TQ"),
    FormerPlace("YB", "Yên Bái", "northern_midlands", "LCA"),
    FormerPlace("BKA", "Bắc Kạn", "northern_midlands", "TN"),
    FormerPlace("VP", "Vĩnh Phúc", "red_river_delta", "PT"),
    FormerPlace("HB", "Hòa Bình", "northern_midlands", "PT"),
    FormerPlace("BG", "Bắc Giang", "northern_midlands", "BN"),
    FormerPlace("TB", "Thái Bình", "red_river_delta", "HY"),
    FormerPlace("HD", "Hải Dương", "red_river_delta", "HP"),
    FormerPlace("HNA", "Hà Nam", "red_river_delta", "NB"),
    FormerPlace("ND", "Nam Định", "red_river_delta", "NB"),
    FormerPlace("QB", "Quảng Bình", "north_central", "QT"),
    FormerPlace("QNA", "Quảng Nam", "south_central", "DN"),
    FormerPlace("KT", "Kon Tum", "central_highlands", "QNG"),
    FormerPlace("BDI", "Bình Định", "south_central", "GL"),
    FormerPlace("NT", "Ninh Thuận", "south_central", "KH"),
    FormerPlace("DNO", "Đắk Nông", "central_highlands", "LD"),
    FormerPlace("BTH", "Bình Thuận", "south_central", "LD"),
    FormerPlace("PY", "Phú Yên", "south_central", "DL"),
    FormerPlace("BRVT", "Bà Rịa – Vũng Tàu", "southeast", "HCM"),
    FormerPlace("BDU", "Bình Dương", "southeast", "HCM"),
    FormerPlace("BP", "Bình Phước", "southeast", "DNA"),
    FormerPlace("LA", "Long An", "mekong_delta", "TNI"),
    FormerPlace("ST", "Sóc Trăng", "mekong_delta", "CT"),
    FormerPlace("HGI", "Hậu Giang", "mekong_delta", "CT"),
    FormerPlace("BTR", "Bến Tre", "mekong_delta", "VL"),
    FormerPlace("TV", "Trà Vinh", "mekong_delta", "VL"),
    FormerPlace("TG", "Tiền Giang", "mekong_delta", "DT"),
    FormerPlace("BL", "Bạc Liêu", "mekong_delta", "CM"),
    FormerPlace("KG", "Kiên Giang", "mekong_delta", "AG"),
)
