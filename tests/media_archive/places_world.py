"""Places as org tells of them: provinces before and since the reform of 2025, and a commune whose code went on."""

from typing import Any

from archive_world import tell


def version(
    name_vi: str, name_en: str | None, province: str, since: str | None, until: str | None, parent: str | None = None
) -> dict[str, Any]:
    return {
        "name_vi": name_vi,
        "name_en": name_en,
        "parent_code": parent,
        "province_code": province,
        "region": None,
        "since": since,
        "until": until,
    }


def place(kind: str, code: str, *versions: dict[str, Any]) -> dict[str, Any]:
    return {"kind": kind, "code": code, "versions": list(versions)}


REFORM = "2025-07-01"
PROVINCES = [
    place("province", "01", version("Thành phố Hà Nội", "Ha Noi City", "01", None, None)),
    place("province", "10", version("Tỉnh Lào Cai", "Lao Cai Province", "10", None, REFORM)),
    place(
        "province",
        "15",
        version("Tỉnh Yên Bái", "Yen Bai Province", "15", None, REFORM),
        version("Tỉnh Lào Cai", "Lao Cai Province", "15", REFORM, None),
    ),
    place("province", "22", version("Tỉnh Quảng Ninh", "Quang Ninh Province", "22", None, None)),
]
DISTRICTS = [place("district", "001", version("Quận Ba Đình", None, "01", None, REFORM))]
COMMUNES = [
    place(
        "commune",
        "00004",
        version("Phường Trúc Bạch", "Truc Bach Ward", "01", None, REFORM, "001"),
        version("Phường Ba Đình", None, "01", REFORM, None),
    ),
    place("commune", "06649", version("Phường Hồng Gai", None, "22", REFORM, None)),
]


async def tell_places(*places: dict[str, Any]) -> None:
    await tell("places.changed", places=list(places))
