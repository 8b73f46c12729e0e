"""The little world that the test subgraphs and the monolith both tell of, so that their answers can be compared."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]

UNITS: dict[str, Row] = {
    str(n): {
        "id": str(n),
        "name": f"Công đoàn số {n}",
        "level": "PROVINCE" if n < 3 else "GRASSROOTS",
        "memberCount": n * 37 % 900 + 10,
        "motto": f"Đoàn kết {n}" if n % 3 else None,
        "parentId": str(n // 3) if n >= 3 else None,
        "tags": [f"t{n % 2}", f"t{n % 5}"],
    }
    for n in range(1, 13)
}
SURVEYS: dict[str, Row] = {
    str(n): {
        "id": str(n),
        "title": f"Khảo sát {n}",
        "unitId": str(n % 12 + 1),
        "isOpen": n % 2 == 0,
        "questions": [
            {"__typename": "ChoiceQuestion", "code": f"q{n}a", "choices": [f"c{k}" for k in range(n % 4)]},
            {"__typename": "TextQuestion", "code": f"q{n}b", "maxLength": n * 10 if n % 2 else None},
        ],
    }
    for n in range(1, 21)
}
MATERIALS: dict[str, Row] = {
    str(n): {
        "__typename": "Photo" if n % 2 else "Video",
        "id": str(n),
        "title": f"Tư liệu {n}",
        "unitId": str(n % 12 + 1),
        "surveyId": str(n % 20 + 1),
        "width": n * 100,
        "seconds": n * 1.5,
        "caption": f"Ảnh {n}" if n % 3 else None,
    }
    for n in range(1, 16)
}


def children(unit: Row) -> list[Row]:
    return [row for row in UNITS.values() if row["parentId"] == unit["id"]]


def units(first: int, level: str | None, min_members: int) -> list[Row]:
    fits = [row for row in UNITS.values() if level in (None, row["level"]) and row["memberCount"] >= min_members]
    return fits[:first]


def headcount(unit: Row, gender: str) -> int | None:
    shares = {"ALL": unit["memberCount"], "FEMALE": unit["memberCount"] // 2}
    return shares.get(gender)


def surveys_of(unit_id: str) -> list[Row]:
    return [row for row in SURVEYS.values() if row["unitId"] == unit_id]


def latest_survey(unit_id: str) -> Row | None:
    return next(reversed(surveys_of(unit_id)), None)


def materials_of(unit_id: str, first: int) -> list[Row]:
    return [row for row in MATERIALS.values() if row["unitId"] == unit_id][:first]


def cover(unit_id: str) -> Row | None:
    return next((row for row in materials_of(unit_id, 99) if row["__typename"] == "Photo"), None)


def find(text: str) -> list[Row]:
    return [row for row in MATERIALS.values() if text in row["title"]]
