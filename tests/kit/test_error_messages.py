"""Messages of refusals: what people read, in their language and by their calendar."""

from datetime import UTC, date, datetime

from kit.errors import DomainError, Name


class TooEarly(DomainError):
    """A refusal that tells a day and a moment."""

    code = "TOO_EARLY"
    vi = "Ngày {day} quá sớm; đã kết thúc lúc {ended}."
    en = "The day {day} is too early; it ended at {ended}."


def test_days_and_moments_are_told_as_people_write_them_in_viet_nam():
    refusal = TooEarly(day=date(2026, 1, 5), ended=datetime(2026, 1, 4, 17, 30, tzinfo=UTC))
    assert refusal.message("vi") == "Ngày 05/01/2026 quá sớm; đã kết thúc lúc 00:30 05/01/2026."
    assert refusal.message("en") == "The day 2026-01-05 is too early; it ended at 2026-01-05 00:30."


def test_the_details_stay_values_for_programs():
    assert TooEarly(day=date(2026, 1, 5), ended=None).details == {"day": date(2026, 1, 5), "ended": None}


class Closed(DomainError):
    """A refusal that names something."""

    code = "CLOSED"
    vi = "“{unit}” đã đóng."
    en = "“{unit}” is closed."


def test_a_name_is_told_in_the_language_of_the_text():
    refusal = Closed(unit=Name("Công đoàn Hà Nội", "Trade union of Hanoi"))
    assert refusal.message("vi") == "“Công đoàn Hà Nội” đã đóng."
    assert refusal.message("en") == "“Trade union of Hanoi” is closed."


def test_without_an_english_name_the_vietnamese_one_is_told():
    assert Closed(unit=Name("Công đoàn Hà Nội", None)).message("en") == "“Công đoàn Hà Nội” is closed."
