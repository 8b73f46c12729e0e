"""What was typed into a page's form, read as texts, days and whole numbers."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from kit.errors import InvalidInput
from kit.graphql import parse_id
from kit.numbers import written_number


def text_in(given: Mapping[str, Any], name: str) -> str:
    """Return a field as text, without the zero bytes that PostgreSQL refuses; empty where there is none."""
    value = given.get(name)
    return value.replace("\x00", "") if isinstance(value, str) else ""


def texts_in(given: Mapping[str, Any]) -> dict[str, str]:
    """Return all fields that are texts."""
    return {name: text_in(given, name) for name, value in given.items() if isinstance(value, str)}


def day_in(given: Mapping[str, Any], name: str) -> date | None:
    """Return a field as a day; None for an empty one, InvalidInput for what is no day."""
    text = text_in(given, name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InvalidInput(name, "cần ngày dạng 2026-05-01", "needs a day such as 2026-05-01") from error


def asset_in(text: str) -> UUID:
    """Return the material whose page's address, or whose id, somebody typed; NotFound for what is neither."""
    return parse_id(text.strip().partition("?")[0].rstrip("/").rpartition("/")[2], "asset")


def number_in(given: Mapping[str, Any], name: str, *, field: str | None = None, digits: int = 9) -> int:
    """Return a field as a whole number, which may be grouped as `1.000.000` is; InvalidInput names `field`."""
    number = written_number(text_in(given, name).strip())
    if number is None or number >= 10**digits:
        raise InvalidInput(field or name, "cần một số nguyên", "needs a whole number")
    return number
