"""What is recorded about a unit besides its names, level, kind and parent: its place and how to reach it."""

import re
from dataclasses import dataclass
from datetime import date

from kit.errors import InvalidInput
from org.places.service import region_of, require_place
from org.vietnamese import clean
from org.vocabularies.service import require_term

_PROVINCE = re.compile(r"[0-9]{2}")
_COMMUNE = re.compile(r"[0-9]{5}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_WEBSITE = re.compile(r"https?://[^\s/]+\.[^\s/]+(/\S*)?")
_PHONE = re.compile(r"\+?[0-9][0-9 ().-]{4,38}")
_LONGEST_ADDRESS = 300


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """Place (codes of the statistics office) and office contact of a unit; what is None is not known."""

    province: str | None = None
    commune: str | None = None
    address: str | None = None
    phone: str | None = None
    email: str | None = None
    website: str | None = None

    @classmethod
    def checked(
        cls,
        province: str | None = None,
        commune: str | None = None,
        address: str | None = None,
        phone: str | None = None,
        email: str | None = None,
        website: str | None = None,
    ) -> "UnitFacts":
        """Return cleaned facts, blank texts as None; InvalidInput for what can't be what it claims to be."""
        return cls(
            province=_matching("province", province, _PROVINCE, 2),
            commune=_matching("commune", commune, _COMMUNE, 5),
            address=_matching("address", address, None, _LONGEST_ADDRESS),
            phone=_matching("phone", phone, _PHONE, 40),
            email=_matching("email", email, _EMAIL, 200),
            website=_matching("website", website, _WEBSITE, 300),
        )

    def columns(self) -> dict[str, object]:
        """Return the columns of a version."""
        return {name: getattr(self, name) for name in self.__slots__}


def _matching(field: str, value: str | None, pattern: re.Pattern[str] | None, longest: int) -> str | None:
    text = clean(value or "")
    if not text:
        return None
    if len(text) > longest or (pattern and not pattern.fullmatch(text)):
        raise InvalidInput(field, f"“{text[:60]}” không hợp lệ.", f"“{text[:60]}” is not valid.")
    return text


async def require_facts(level: str, kind: str, region: str | None, facts: UnitFacts, on: date) -> None:
    """Raise UnknownCode naming the first code that its list does not have on that day.

    InvalidInput for a commune of another province than the one given.
    """
    await require_term("level", "level", level, on)
    await require_term("kind", "unit_kind", kind, on)
    if region is not None:
        await require_term("region", "region", region, on)
    if facts.province is not None:
        await require_place("province", "province", facts.province, on)
    if facts.commune is not None:
        await require_place("commune", "commune", facts.commune, on, within=facts.province)


async def region_for(region: str | None, facts: UnitFacts, on: date) -> str | None:
    """Return the region given, or else the one in which the province lies on that day."""
    return region if region is not None or facts.province is None else await region_of(facts.province, on)
